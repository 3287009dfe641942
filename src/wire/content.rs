//! The parts that messages are made of, shared by all dialects.
//!
//! The contract: base64 and encrypted blobs are markers. Media go by what they are: inline bytes, an
//! address, or a file that the provider holds.

use serde_json::Value;

use super::facts::ToolCall;
use super::fields::Object;
use crate::model::message::Part;
use crate::text::base64::{self, Marker};
use crate::text::secret_fields::without_secrets;

/// Longer texts are not taken apart: the tree of a text is many times its size.
const STRUCTURED_BYTES: usize = 256 << 10;
/// Shorter base64 is more likely to be a word.
const OPAQUE_BASE64_BYTES: usize = 256;

/// A file that the provider holds.
pub(super) fn file(modality: &str, file_id: String) -> Part {
    Part::File {
        modality: modality.into(),
        mime_type: None,
        file_id,
    }
}

/// What an address refers to; it may hold the bytes themselves.
pub(super) fn media(modality: &str, uri: String) -> Part {
    if base64::data_url(&uri).is_some() || Marker::parse(&uri).is_some() {
        return blob(modality, &uri, None);
    }
    Part::Uri {
        modality: modality.into(),
        mime_type: None,
        uri,
    }
}

/// Inline bytes as base64.
pub(super) fn blob(modality: &str, data: &str, media_type: Option<&str>) -> Part {
    marked(modality, Marker::of(data, media_type))
}

/// Inline bytes, of which only the marker is left.
pub(super) fn marked(modality: &str, marker: Marker) -> Part {
    Part::Blob {
        modality: modality.into(),
        content: marker.to_string(),
        mime_type: Some(marker.media_type),
    }
}

/// Content of an unknown type, without blobs and secrets.
pub(super) fn opaque(fields: Object) -> Part {
    match scrubbed(without_secrets(Value::Object(fields))) {
        Value::Object(fields) => Part::Other(fields),
        _ => Part::Other(Object::new()),
    }
}

/// Without encrypted blobs and base64.
pub(super) fn scrubbed(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(scrubbed).collect(),
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .filter(|(key, _)| key != "encrypted_content")
                .map(|(key, value)| {
                    let value = match value {
                        Value::String(text)
                            if text.len() >= OPAQUE_BASE64_BYTES
                                && MAY_BE_BASE64.contains(&key.as_str())
                                && base64::is_base64(text.as_bytes()) =>
                        {
                            Marker::of(&text, None).to_string().into()
                        }
                        value => scrubbed(value),
                    };
                    (key, value)
                })
                .collect(),
        ),
        value => value,
    }
}

const MAY_BE_BASE64: &[&str] = &[
    "audio",
    "data",
    "image",
    "image_url",
    "result",
    "signature",
    "thought_signature",
];

/// A text inside a structure: structured if it is JSON that loses nothing by that, no digits and no
/// order.
pub(super) fn structured(text: String) -> Value {
    let bare = |text: &str| text.split_ascii_whitespace().collect::<String>();
    let parsed: Option<Value> = (text.len() <= STRUCTURED_BYTES)
        .then(|| serde_json::from_str(&text).ok())
        .flatten();
    match parsed {
        Some(value) if bare(&value.to_string()) == bare(&text) => value,
        _ => Value::String(text),
    }
}

/// The call that a part is.
pub(super) fn call_of(part: &Part) -> Option<ToolCall> {
    match part {
        Part::ToolCall {
            id,
            name,
            arguments,
        } => Some(ToolCall {
            id: id.clone(),
            name: name.clone(),
            arguments: arguments.clone(),
        }),
        _ => None,
    }
}

/// A call as a part of the message that makes it.
pub(super) fn call_part(call: &ToolCall) -> Part {
    Part::ToolCall {
        id: call.id.clone(),
        name: call.name.clone(),
        arguments: call.arguments.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::structured;

    #[test]
    fn a_text_is_structured_where_that_loses_nothing() {
        let read = |text: &str| structured(text.to_owned());
        assert_eq!(read("{\"a\": 1}"), json!({"a": 1}));
        for text in [
            "{\"a\":",
            "",
            "{\"b\":1,\"a\":2}",
            "{\"a\":1.10}",
            "[12345678901234567890123]",
        ] {
            assert_eq!(read(text), json!(text));
        }
        let long = format!("[{}1]", "1,".repeat(200_000));
        assert_eq!(read(&long), json!(long));
        assert!(read(&"[".repeat(100_000)).is_string());
    }
}
