//! When to try again.
//!
//! Pure: attempts, chance and the backend's own words in, durations out.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(5);

const FIRST_ALONE: Duration = Duration::from_secs(2);
/// The longest pause of a request that fails while others get through.
pub(crate) const LONGEST_ALONE: Duration = Duration::from_secs(4 * 60 * 60);

/// The pause after this many failures of a backend: twice as long after each, up to five seconds.
/// `chance` (0 to 1) decides the upper half of it, so that many clients do not come back at once.
pub(crate) fn backoff(failures: u32, chance: f64) -> Duration {
    pause(FIRST, LONGEST, failures, chance)
}

/// The pause after this many failures of a request while others got through: the same, from two seconds
/// to four hours.
pub(crate) fn backoff_alone(failures: u32, chance: f64) -> Duration {
    pause(FIRST_ALONE, LONGEST_ALONE, failures, chance)
}

fn pause(first: Duration, longest: Duration, failures: u32, chance: f64) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let pause = first.saturating_mul(1 << doublings).min(longest);
    pause / 2 + (pause / 2).mul_f64(chance.clamp(0.0, 1.0))
}

/// A number between 0 and 1.
pub(crate) fn chance() -> f64 {
    // Keys of hash maps are random; nothing here needs better chance than they do.
    RandomState::new().hash_one(()) as f64 / u64::MAX as f64
}

/// What `Retry-After` asks for: seconds, or the time until a date, by the clock of whoever wrote the
/// date if it says what that shows. `None` if it cannot be understood.
pub(crate) fn retry_after(
    value: &str,
    date: Option<&str>,
    now: OffsetDateTime,
) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(value)?;
    let now = date.and_then(http_date).unwrap_or(now);
    Some(Duration::try_from(until - now).unwrap_or_default())
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(value: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(value.trim(), &Rfc2822).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).expect("a time within the calendar")
    }

    #[test]
    fn pauses_double_up_to_a_bound() {
        let longest: Vec<_> = (1..8).map(|n| backoff(n, 1.0).as_millis()).collect();
        assert_eq!(longest, [500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
        assert_eq!(backoff(1, 0.0), FIRST / 2);
        assert_eq!(backoff(u32::MAX, 0.0), LONGEST / 2);
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        let now = at(784_111_747);
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let seconds = |value, date| retry_after(value, date, now).map(|d| d.as_secs());
        assert_eq!(seconds("120", None), Some(120));
        assert_eq!(seconds(" 0 ", None), Some(0));
        assert_eq!(seconds(date, None), Some(30));
        // The backend's clock shows something else than ours.
        let theirs = "Sun, 06 Nov 1994 08:49:32 GMT";
        assert_eq!(seconds(date, Some(theirs)), Some(5));
        // It has passed.
        let later = "Sun, 06 Nov 1994 08:50:00 GMT";
        assert_eq!(seconds(date, Some(later)), Some(0));
        for odd in ["", "-1", "1.5", "soon", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(seconds(odd, None), None, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn a_pause_is_never_longer_than_its_bound(failures: u32, chance in 0.0..=1.0) {
            let pause = backoff(failures, chance);
            prop_assert!(pause >= FIRST / 2 && pause <= LONGEST);
            let alone = backoff_alone(failures, chance);
            prop_assert!(alone >= FIRST_ALONE / 2 && alone <= LONGEST_ALONE);
        }

        #[test]
        fn no_value_is_too_odd(value in ".{0,40}", date in prop::option::of(".{0,40}")) {
            retry_after(&value, date.as_deref(), at(1_800_000_000));
        }
    }
}
