//! Delivers what is left when the program ends.

use std::time::Duration;

use super::running::Telemetry;
#[cfg(feature = "signals")]
use super::signals;

/// How long dropping the guard may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Guard that shuts the telemetry down when it is dropped: it delivers what is queued within its timeout, and
/// logs one line if anything was lost or is left on disk.
///
/// Give it a name and keep it until the program ends. `let _ = …` drops it at once.
///
/// Dropping works inside and outside of any runtime, and while a panic unwinds. It blocks the thread: in
/// async code that must not block, call [`Telemetry::shutdown_async`] first. A signal that ends the process
/// drops nothing: see `Guard::flush_on_signals` (feature `signals`).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tracing_genai::Telemetry;
///
/// let telemetry = Telemetry::builder().with_service_name("tutor").build()?;
/// let _guard = telemetry.guard().with_timeout(Duration::from_secs(2));
/// # Ok::<(), tracing_genai::ConfigError>(())
/// ```
#[derive(Debug)]
#[must_use = "dropping the guard shuts the telemetry down, and `let _ = …` drops it at once: bind it to a name such as \
    `_telemetry` in `main`"]
pub struct Guard {
    telemetry: Telemetry,
    timeout: Duration,
}

impl Telemetry {
    /// A guard that shuts this telemetry down when it is dropped. Make it once the subscriber is set,
    /// because it logs what there is to say about the settings.
    pub fn guard(&self) -> Guard {
        self.emit_startup_log();
        Guard {
            telemetry: self.clone(),
            timeout: TIMEOUT,
        }
    }
}

impl Guard {
    /// Sets how long dropping the guard may take. Defaults to five seconds.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Handles Ctrl-C and, on Unix, SIGTERM: delivers what is left, as dropping the guard does, and ends
    /// the process with code 130 or 143. A second signal ends it at once.
    ///
    /// It is for programs that leave these signals to the system. A program that handles them itself and
    /// returns from `main` drops the guard anyway. Once this was called, these signals always end the process
    /// in this way, even after the guard is gone.
    ///
    /// # Errors
    ///
    /// If the system does not let the signals be handled.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let _telemetry = tracing_genai::init()?.flush_on_signals()?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "signals")]
    pub fn flush_on_signals(self) -> std::io::Result<Self> {
        signals::end_on_signals(self.telemetry.clone(), self.timeout)?;
        Ok(self)
    }

    /// The telemetry that this guard shuts down.
    pub fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.telemetry.shutdown_and_warn(self.timeout);
    }
}
