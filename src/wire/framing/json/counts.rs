//! The texts that stand for what was only counted.

use serde_json::Value;

use crate::text::truncate;

/// The text that replaces a vector.
pub(super) fn numbers(count: u64) -> Value {
    format!("<{count} numbers>").into()
}

/// The text that replaces the rest of an array.
pub(super) fn left_out(count: u64) -> Value {
    truncate::left_out(count).into()
}

/// How many numbers an array holds, also if it is only a count by now.
pub(crate) fn count_of_numbers(value: &Value) -> Option<u64> {
    match value {
        Value::Array(items) if items.iter().all(Value::is_number) => Some(items.len() as u64),
        Value::String(text) => count(text, " numbers>"),
        _ => None,
    }
}

/// How many elements an array had, also those that were left out.
pub(crate) fn count_of_elements(items: &[Value]) -> u64 {
    let absent = match items.last() {
        Some(Value::String(text)) => count(text, " more left out>").map(|count| count - 1),
        _ => None,
    };
    items.len() as u64 + absent.unwrap_or_default()
}

fn count(text: &str, unit: &str) -> Option<u64> {
    let count = text.strip_prefix('<')?.strip_suffix(unit)?.parse().ok()?;
    (count > 0).then_some(count)
}
