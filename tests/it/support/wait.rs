//! Waiting for what must happen, instead of pausing for as long as it takes on most machines.

use std::thread;
use std::time::{Duration, Instant};

/// Far more than anything on loopback takes: only what hangs reaches it.
pub const SOON: Duration = Duration::from_secs(20);

/// Between two looks.
const INTERVAL: Duration = Duration::from_millis(5);

/// Looks until there is a value.
#[track_caller]
pub fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = look() {
            return value;
        }
        assert!(begun.elapsed() < SOON, "nothing within {SOON:?}");
        thread::sleep(INTERVAL);
    }
}

/// Looks until the condition holds.
#[track_caller]
pub fn wait_until(mut condition: impl FnMut() -> bool) {
    wait_for(|| condition().then_some(()));
}

/// Looks until there is a value.
pub async fn wait_for_async<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = look().await {
            return value;
        }
        assert!(begun.elapsed() < SOON, "nothing within {SOON:?}");
        tokio::time::sleep(INTERVAL).await;
    }
}
