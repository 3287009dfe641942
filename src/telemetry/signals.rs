//! Ctrl-C and SIGTERM, on request.
//!
//! A thread with a runtime of its own waits for them, so it works whatever runtime the application has,
//! and even if that no longer makes progress.

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;

use super::running::Telemetry;

/// The exit code that shells use for a process that a signal has ended.
const INTERRUPTED: i32 = 128 + 2;
#[cfg(unix)]
const TERMINATED: i32 = 128 + 15;

/// Once this returns, the signals shut the telemetry down and end the process. A second one ends it at once.
pub(super) fn end_on_signals(telemetry: Telemetry, timeout: Duration) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut signals = {
        let _entered = runtime.enter();
        Signals::new()?
    };
    thread::Builder::new()
        .name("tracing-genai-signals".into())
        .spawn(move || {
            let code = runtime.block_on(signals.next());
            // Without that thread the shutdown's timeout is waited for.
            let _ = thread::Builder::new()
                .name("tracing-genai-signals".into())
                .spawn(move || std::process::exit(runtime.block_on(signals.next())));
            telemetry.shutdown_and_warn(timeout);
            std::process::exit(code);
        })?;
    Ok(())
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> i32 {
        poll_fn(|context| {
            if self.interrupt.poll_recv(context).is_ready() {
                Poll::Ready(INTERRUPTED)
            } else if self.terminate.poll_recv(context).is_ready() {
                Poll::Ready(TERMINATED)
            } else {
                Poll::Pending
            }
        })
        .await
    }
}

#[cfg(windows)]
struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: tokio::signal::windows::ctrl_c()?,
        })
    }

    async fn next(&mut self) -> i32 {
        poll_fn(|context| self.interrupt.poll_recv(context).map(|_| INTERRUPTED)).await
    }
}
