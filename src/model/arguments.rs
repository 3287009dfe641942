//! The arguments of a tool call inside a message: the text that the model wrote, shown as the object that
//! it is.
//!
//! The text itself becomes part of the message's JSON, so digits, order and spelling stay. A text that is
//! no object or array stays a text, also a number or a JSON string: whoever reads it back gets what was
//! written.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Longer texts are not checked for being JSON: the tree of a text is many times its size.
const STRUCTURED_BYTES: usize = 256 << 10;

pub(super) fn serialize<S: Serializer>(
    arguments: &Option<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let text = arguments.as_deref().unwrap_or_default();
    match structured(text) {
        Some(structure) => structure.serialize(serializer),
        None => text.serialize(serializer),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let arguments = Option::<Value>::deserialize(deserializer)?;
    Ok(arguments.map(|arguments| match arguments {
        Value::String(text) => text,
        structure => structure.to_string(),
    }))
}

/// The text as JSON that every reader takes: a tree is built, since its depth and its escapes have limits.
fn structured(text: &str) -> Option<&RawValue> {
    let is_structure = text.trim_start().starts_with(['{', '[']);
    if !is_structure || text.len() > STRUCTURED_BYTES {
        return None;
    }
    serde_json::from_str::<Value>(text).ok()?;
    serde_json::from_str(text).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use crate::model::message::Part;

    fn json(arguments: &str) -> String {
        let part = Part::tool_call("c", "f", arguments);
        let json = serde_json::to_string(&part).unwrap();
        let head = r#"{"type":"tool_call","id":"c","name":"f","arguments":"#;
        let json = json.strip_prefix(head).unwrap();
        json.strip_suffix('}').unwrap().to_owned()
    }

    #[test]
    fn objects_keep_digits_order_and_spelling() {
        for text in [
            r#"{"z": 1.10, "big": 12345678901234567890123, "a": 1e2}"#,
            r#"{"b":"\u00e4","a":{"b":1,"a":[1.0]}}"#,
            "[3, 2,1]",
            "{}",
        ] {
            assert_eq!(json(text), text);
        }
    }

    #[test]
    fn other_texts_stay_texts() {
        for text in [
            "",
            "\"Oslo\"",
            "5",
            "null",
            "{\"a\":",
            "a b",
            r#"{"a":"\ud800"}"#,
        ] {
            assert_eq!(json(text), serde_json::to_string(text).unwrap(), "{text}");
        }
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(json(&deep).starts_with('"'));
        let long = format!("[{}1]", "1,".repeat(200_000));
        assert!(json(&long).starts_with('"'));
    }

    #[test]
    fn what_was_written_is_read_back() {
        for text in ["", "\"Oslo\"", r#"{"a":1}"#, "x"] {
            let part = Part::tool_call("c", "f", text);
            let json = serde_json::to_string(&part).unwrap();
            assert_eq!(serde_json::from_str::<Part>(&json).unwrap(), part);
            assert_eq!(
                serde_json::to_value(&part).unwrap()["arguments"].is_object(),
                text.starts_with('{')
            );
        }
    }
}
