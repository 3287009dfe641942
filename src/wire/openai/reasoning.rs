//! The model's reasoning, under the names of all vendors.
//!
//! Pure. A text, an object or a list of pieces is one text; what is encrypted is none. The same text
//! under two names counts once.

use serde_json::Value;

use crate::model::message::Part;
use crate::wire::fields::{Fields, Object};

/// Fields of a message or a delta.
const FIELDS: [&str; 6] = [
    "reasoning_content",
    "reasoning",
    "reasoning_text",
    "thinking",
    "tool_plan",
    "reasoning_details",
];

/// Fields of an object that is reasoning, the plainest first.
const TEXTS: [&str; 7] = [
    "text",
    "thinking",
    "reasoning",
    "reasoning_content",
    "content",
    "summary",
    "value",
];

/// The reasoning of a message or a delta, also that which stands among its other parts.
pub(super) fn take(fields: &mut Object, parts: &mut Vec<Part>) -> Option<String> {
    let mut joined = String::new();
    for text in FIELDS.iter().filter_map(|name| text(fields.value(name)?)) {
        add(&mut joined, text);
    }
    let mut pieces = String::new();
    parts.retain(|part| match part {
        Part::Reasoning { content } => {
            pieces.push_str(content);
            false
        }
        _ => true,
    });
    add(&mut joined, pieces);
    (!joined.is_empty()).then_some(joined)
}

/// The text of a value that is reasoning.
pub(super) fn text(value: Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text,
        Value::Array(pieces) => pieces.into_iter().filter_map(text).collect(),
        Value::Object(mut fields) => TEXTS.iter().find_map(|name| text(fields.value(name)?))?,
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Adds what is not there yet, whatever its white space.
fn add(joined: &mut String, text: String) {
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    if joined.is_empty() || text.contains(joined.as_str()) {
        *joined = text;
    } else if !joined.contains(&text) && bare(joined) != bare(&text) {
        joined.push_str(&text);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::take;
    use crate::wire::fields::into_object;
    use crate::wire::openai::parts;

    #[test]
    fn every_spelling_is_one_text() {
        for (message, expected) in [
            (json!({"reasoning_content": "hm"}), Some("hm")),
            (json!({"reasoning_content": {"text": "hm"}}), Some("hm")),
            (json!({"reasoning": {"content": "hm"}}), Some("hm")),
            (json!({"reasoning_text": "hm"}), Some("hm")),
            (json!({"thinking": "hm"}), Some("hm")),
            (
                json!({"thinking": [{"type": "text", "text": "h"}, {"type": "text", "text": "m"}]}),
                Some("hm"),
            ),
            (
                json!({"reasoning_details": [{"type": "reasoning.text", "text": "h"}, {"type": "reasoning.summary", "summary": "m"}]}),
                Some("hm"),
            ),
            (
                json!({"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}),
                None,
            ),
            (
                json!({"content": [{"type": "thinking", "thinking": "h"}, {"type": "text", "text": "a"}, {"type": "reasoning", "summary": [{"type": "summary_text", "text": "m"}]}]}),
                Some("hm"),
            ),
            (
                json!({"reasoning": "hm", "reasoning_details": [{"text": "h"}, {"text": "m"}]}),
                Some("hm"),
            ),
            (
                json!({"reasoning": "h m", "reasoning_content": "hm", "thinking": "m"}),
                Some("hm"),
            ),
            (json!({"reasoning": "a", "thinking": "b"}), Some("ab")),
            (json!({"reasoning": "", "thinking": true}), None),
            (json!({}), None),
        ] {
            let mut fields = into_object(message.clone()).unwrap();
            let content = fields.remove("content").unwrap_or_default();
            let mut parts = parts::all(content);
            assert_eq!(
                take(&mut fields, &mut parts).as_deref(),
                expected,
                "{message}"
            );
        }
    }
}
