//! Delivers what is left when the program ends.

use std::time::Duration;

use super::Telemetry;

/// How long dropping the guard may take unless said otherwise.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Shuts the telemetry down when it is dropped: delivers what is queued, within five seconds
/// unless said otherwise, and says in one line if anything was lost or is left on disk.
///
/// Dropping works inside and outside of any runtime, also while a panic unwinds. It blocks the
/// thread; in async code that must not block, call [`Telemetry::shutdown_async`] first. A signal that
/// ends the process drops nothing: see `Guard::flush_on_signals` (feature `signals`).
#[derive(Debug)]
#[must_use = "dropping the guard shuts the telemetry down: bind it to a name such as `_telemetry` in `main`"]
pub struct Guard {
    telemetry: Telemetry,
    timeout: Duration,
}

impl Guard {
    pub(crate) fn new(telemetry: Telemetry) -> Self {
        Self {
            telemetry,
            timeout: TIMEOUT,
        }
    }

    /// How long dropping the guard may take.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Delivers what is left on Ctrl-C and, on Unix, SIGTERM as well, as dropping the guard would, and
    /// then ends the process with code 130 or 143.
    ///
    /// For programs that leave these signals to the system. One that handles them itself, to end in
    /// good order, needs no help: it drops the guard. Once called, these signals end the process in this
    /// way only, also after the guard is gone.
    ///
    /// # Errors
    ///
    /// If the system does not let the signals be handled.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let _telemetry = tracing_genai::init()?.flush_on_signals()?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "signals")]
    pub fn flush_on_signals(self) -> std::io::Result<Self> {
        super::signals::end_on_signals(self.telemetry.clone(), self.timeout)?;
        Ok(self)
    }

    /// The telemetry that this guard shuts down.
    pub fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        end(&self.telemetry, self.timeout);
    }
}

/// Shuts down, and says if not everything arrived.
pub(super) fn end(telemetry: &Telemetry, timeout: Duration) {
    let report = telemetry.shutdown(timeout);
    if report.dropped() + report.pending() + report.spooled() > 0 {
        telemetry
            .diagnostics()
            .warn("shutdown", format_args!("not all spans arrived: {report}"));
    }
}
