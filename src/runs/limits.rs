//! How much of what is followed is kept, and for how long: what a user can set of it.

use std::time::Duration;

/// Bounds of what is followed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FollowLimits {
    /// Runs at once.
    pub(crate) runs: usize,
    /// How long after its expiry a run is told that never ended.
    pub(crate) patience: Duration,
    /// How long after its end messages and steps are waited for.
    pub(crate) grace: Duration,
}

impl Default for FollowLimits {
    fn default() -> Self {
        Self {
            runs: 1_024,
            patience: Duration::from_secs(600),
            grace: Duration::from_secs(5),
        }
    }
}
