//! Instants that lie ahead.

use std::time::{Duration, Instant};

/// Stands for whatever lies beyond the end of the clock: no process waits for that long.
const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The instant this long after another. A duration that leads beyond the end of the clock, such as
/// [`Duration::MAX`], ends in a hundred years, or where the clock ends.
pub(crate) fn after(from: Instant, duration: Duration) -> Instant {
    let far = || from.checked_add(FAR);
    from.checked_add(duration).or_else(far).unwrap_or(from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_duration_leads_into_the_past() {
        let now = Instant::now();
        assert_eq!(after(now, Duration::ZERO), now);
        assert_eq!(
            after(now, Duration::from_secs(1)),
            now + Duration::from_secs(1)
        );
        let far = after(now, Duration::MAX);
        assert!(far >= now + FAR);
        assert!(after(far, Duration::MAX) >= far);
    }
}
