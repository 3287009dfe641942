//! Durations and counts as a person reads them at a glance.
//!
//! Contract: short, rounded, always with a unit or obviously a count; never to be parsed.

use std::time::Duration;

/// A duration in the unit that reads best.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    // The bounds are where the rounded number would reach the next unit.
    if seconds < 0.009_95 {
        format!("{:.1}ms", seconds * 1e3)
    } else if seconds < 59.995 {
        format!("{seconds:.2}s")
    } else {
        let seconds = seconds.round() as u64;
        match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
            (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
            (hours, minutes, _) => format!("{}h {minutes:02}m", thousands(hours)),
        }
    }
}

/// An amount in US dollars: cents, or two digits of what is less.
pub(crate) fn dollars(amount: f64) -> String {
    if amount >= 0.995 {
        return format!("${amount:.2}");
    }
    // The first digit that is not zero, counted behind the point.
    let first = (-amount.log10()).floor().clamp(0.0, 10.0) as usize;
    format!("${amount:.*}", first + 2)
}

/// A number in groups of three digits.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        let shown = |micros| duration(Duration::from_micros(micros));
        assert_eq!(shown(0), "0.0ms");
        assert_eq!(shown(4_240), "4.2ms");
        assert_eq!(shown(9_949), "9.9ms");
        assert_eq!(shown(9_951), "0.01s");
        assert_eq!(shown(4_200_000), "4.20s");
        assert_eq!(shown(59_994_000), "59.99s");
        assert_eq!(shown(59_996_000), "1m 00s");
        assert_eq!(shown(3_725_000_000), "1h 02m");
    }

    #[test]
    fn amounts_keep_two_digits() {
        assert_eq!(dollars(12.3456), "$12.35");
        assert_eq!(dollars(0.123_4), "$0.12");
        assert_eq!(dollars(0.010_9), "$0.011");
        assert_eq!(dollars(0.000_423), "$0.00042");
        assert_eq!(dollars(f64::MIN_POSITIVE), "$0.000000000000");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }
}
