//! Times of the server; some servers count milliseconds.

use std::time::Duration;

use serde_json::Value;

use crate::wire::fields::Object;

/// Seconds beyond this are milliseconds: as seconds they would lie in the year 5138.
const GREATEST_SECONDS: f64 = 1e11;

/// A time of the server, as the duration since the epoch.
pub(super) fn time(fields: &mut Object, key: &str) -> Option<Duration> {
    let seconds = match fields.remove(key)? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    let seconds = if seconds > GREATEST_SECONDS {
        seconds / 1000.0
    } else {
        seconds
    };
    // A time that is no time, or beyond every clock.
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|time| time.as_secs_f64() <= GREATEST_SECONDS && !time.is_zero())
}
