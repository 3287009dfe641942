//! How much is kept of runs, and for how long: what users can set.

use std::time::Duration;

/// Bounds of the runs that are followed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunLimits {
    /// How many runs are followed at once.
    pub(crate) runs: usize,
    /// How long after its expiry a run is reported whose end was not seen.
    pub(crate) patience: Duration,
    /// How long messages and steps are waited for after the end of their run.
    pub(crate) grace: Duration,
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            runs: 1_024,
            patience: Duration::from_secs(600),
            grace: Duration::from_secs(5),
        }
    }
}
