//! Waiting for a condition instead of sleeping for as long as it usually takes.

use std::thread;
use std::time::{Duration, Instant};

/// Far more than anything on loopback takes, so only a hang reaches it.
pub const SOON: Duration = Duration::from_secs(20);

/// The pause between two checks.
const INTERVAL: Duration = Duration::from_millis(5);

/// Checks until there is a value, and returns it.
#[track_caller]
pub fn wait_for<T>(check: impl FnMut() -> Option<T>) -> T {
    wait_within(SOON, check)
}

/// Checks for no longer than this until there is a value, and returns it.
#[track_caller]
pub fn wait_within<T>(limit: Duration, mut check: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = check() {
            return value;
        }
        assert!(begun.elapsed() < limit, "nothing within {limit:?}");
        thread::sleep(INTERVAL);
    }
}

/// Checks until the condition holds.
#[track_caller]
pub fn wait_until(mut condition: impl FnMut() -> bool) {
    wait_for(|| condition().then_some(()));
}

/// Checks until there is a value, and returns it.
pub async fn wait_for_async<T>(mut check: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = check().await {
            return value;
        }
        assert!(begun.elapsed() < SOON, "nothing within {SOON:?}");
        tokio::time::sleep(INTERVAL).await;
    }
}
