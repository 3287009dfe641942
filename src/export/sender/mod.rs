//! The thread that delivers a destination's encoded requests.
//!
//! Contract: every request that comes in goes out, to disk, or is counted as lost, and the thread ends
//! by the deadline of the shutdown. Up to four requests are under way at once, so neither a slow
//! backend nor a slow request holds back the next.

mod batch;
mod closing;
mod event;
mod split;
mod work_loop;

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use futures_channel::mpsc::{UnboundedSender, unbounded};
use opentelemetry::Context;

use self::work_loop::WorkLoop;
use super::queue::Queue;
use crate::otlp::transport::{self, Transport};

pub(crate) use self::batch::{Batch, Command};
pub(crate) use self::work_loop::SenderSetup;

/// The way to the thread.
#[derive(Clone)]
pub(crate) struct Commands(UnboundedSender<Command>);

impl Commands {
    #[cfg(test)]
    pub(crate) fn new(commands: UnboundedSender<Command>) -> Self {
        Self(commands)
    }

    /// Without a thread, what a command holds counts as lost to a fault.
    pub(crate) fn send(&self, command: Command) {
        let _ = self.0.unbounded_send(command);
    }
}

/// The thread and the way to it.
pub(crate) struct Sender {
    commands: Commands,
    thread: Option<JoinHandle<()>>,
}

impl Sender {
    pub(crate) fn start<T: Transport + 'static>(setup: SenderSetup<T>) -> Self {
        let (commands, inbox) = unbounded();
        let queue = Arc::clone(&setup.queue);
        let started = thread::Builder::new()
            .name("tracing-genai-send".into())
            .spawn(move || {
                let _suppressed = Context::enter_telemetry_suppressed_scope();
                let _idle = Idle(Arc::clone(&setup.queue));
                match transport::runtime() {
                    Ok(runtime) => WorkLoop::new(setup, runtime, inbox).run(),
                    Err(message) => setup.queue.failed(message),
                }
            });
        let thread = started.map_err(|error| {
            queue.set_backlog(false);
            queue.failed(format!("no thread could be started: {error}"));
        });
        Self {
            commands: Commands(commands),
            thread: thread.ok(),
        }
    }

    pub(crate) fn send(&self, command: Command) {
        self.commands.send(command);
    }

    /// For a thread that ends before [`Sender::finish`] is called.
    pub(crate) fn commands(&self) -> Commands {
        self.commands.clone()
    }

    /// Waits until everything is settled.
    pub(crate) fn finish(self) {
        self.commands.0.close_channel();
        if let Some(thread) = self.thread {
            // A thread that has panicked has dropped its guards.
            let _ = thread.join();
        }
    }
}

/// Nobody waits for a thread that has ended.
struct Idle(Arc<Queue>);

impl Drop for Idle {
    fn drop(&mut self) {
        self.0.set_backlog(false);
    }
}
