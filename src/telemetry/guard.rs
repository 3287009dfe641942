//! Delivers what is left when the program ends.

use std::time::Duration;

use super::Telemetry;

/// How long dropping the guard may take unless said otherwise.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Shuts the telemetry down when it is dropped: delivers what is queued, within five seconds
/// unless said otherwise, and says in one line if anything was lost.
///
/// Dropping works inside and outside of any runtime, also while a panic unwinds. It blocks the
/// thread; in async code that must not block, call [`Telemetry::shutdown_async`] first.
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

    /// The telemetry that this guard shuts down.
    pub fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let report = self.telemetry.shutdown(self.timeout);
        if report.dropped() + report.pending() > 0 {
            self.telemetry
                .diagnostics()
                .warn("shutdown", format_args!("not all spans arrived: {report}"));
        }
    }
}
