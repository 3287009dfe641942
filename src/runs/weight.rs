//! About how many bytes of memory content holds. The bounds on runs are counted in these bytes.
//!
//! Pure.

use serde_json::Value;

use crate::model::message::Part;

/// What a part or a value costs besides its text.
const PIECE: usize = 64;

/// Of the parts of a message.
pub(super) fn of_parts(parts: &[Part]) -> usize {
    let parts = parts.iter().map(|part| match part {
        Part::Text { content } | Part::Reasoning { content } => PIECE + content.len(),
        other => PIECE + serde_json::to_string(other).map_or(0, |json| json.len()),
    });
    parts.sum()
}

/// Of a JSON value.
pub(super) fn of_value(value: &Value) -> usize {
    match value {
        Value::String(text) => PIECE + text.len(),
        Value::Array(items) => PIECE + items.iter().map(of_value).sum::<usize>(),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(key, value)| key.len() + of_value(value));
            PIECE + fields.sum::<usize>()
        }
        _ => PIECE,
    }
}
