//! What messages are made of: content of every API → parts.
//!
//! The contract: a kind of content that nobody here knows is kept as it came, never dropped and
//! never an error; base64 and encrypted blobs are markers in all of them. Media go by what they
//! are: inline bytes, an address, or a file that the provider holds.

use serde_json::Value;

use crate::model::message::Part;
use crate::wire::facts::ToolCall;
use crate::wire::fields::{Fields, Object};
use crate::wire::framing::base64::{self, Marker};

/// Longer texts are not taken apart: the tree of a text is many times its size.
const STRUCTURED_BYTES: usize = 256 << 10;
/// Shorter base64 is more likely to be a word.
const OPAQUE_BASE64_BYTES: usize = 256;

/// The content of a message: text, a part or several parts.
pub(super) fn parts(content: Value) -> Vec<Part> {
    match content {
        Value::Array(items) => items.into_iter().filter_map(part).collect(),
        content => part(content).into_iter().collect(),
    }
}

/// One part; what is empty is none.
pub(super) fn part(content: Value) -> Option<Part> {
    match content {
        Value::String(text) => (!text.is_empty()).then_some(Part::Text { content: text }),
        Value::Object(mut fields) => Some(known(&mut fields).unwrap_or_else(|| opaque(fields))),
        _ => None,
    }
}

fn known(fields: &mut Object) -> Option<Part> {
    let kind = fields.peek("type").unwrap_or("text").to_owned();
    Some(match kind.as_str() {
        "text" | "input_text" | "output_text" => Part::Text {
            content: match fields.get_mut("text")? {
                // Assistants wrap it.
                Value::Object(text) => text.text("value")?,
                _ => fields.text("text")?,
            },
        },
        "refusal" => Part::Text {
            content: fields.text("refusal")?,
        },
        "summary_text" | "reasoning_text" => Part::Reasoning {
            content: fields.text("text")?,
        },
        "thinking" => Part::Reasoning {
            content: joined(fields.value("thinking")?)?,
        },
        "image_url" => media("image", address(fields, "image_url")?),
        "video_url" => media("video", address(fields, "video_url")?),
        "audio_url" => media("audio", address(fields, "audio_url")?),
        "input_image" | "computer_screenshot" => match fields.word("file_id") {
            Some(file_id) => file("image", file_id),
            None => media("image", address(fields, "image_url")?),
        },
        "image_file" => file("image", fields.object("image_file")?.word("file_id")?),
        "input_audio" => {
            let mut audio = match fields.object("input_audio") {
                Some(audio) => audio,
                None => std::mem::take(fields),
            };
            let format = audio.word("format");
            let data = audio.text("data")?;
            blob(
                "audio",
                &data,
                format.map(|format| audio_type(&format)).as_deref(),
            )
        }
        "file" => document(&mut fields.object("file")?)?,
        "input_file" => document(fields)?,
        _ => return None,
    })
}

/// An address, bare or in an object.
fn address(fields: &mut Object, key: &str) -> Option<String> {
    match fields.get_mut(key)? {
        Value::Object(wrapped) => wrapped.word("url"),
        _ => fields.word(key),
    }
}

fn document(fields: &mut Object) -> Option<Part> {
    if let Some(file_id) = fields.word("file_id") {
        return Some(file("document", file_id));
    }
    if let Some(data) = fields.word("file_data") {
        return Some(blob("document", &data, None));
    }
    Some(media("document", fields.word("file_url")?))
}

fn file(modality: &str, file_id: String) -> Part {
    Part::File {
        modality: modality.into(),
        mime_type: None,
        file_id,
    }
}

/// What stands behind an address, which may hold the bytes themselves.
fn media(modality: &str, uri: String) -> Part {
    if base64::data_url(&uri).is_some() || Marker::parse(&uri).is_some() {
        return blob(modality, &uri, None);
    }
    Part::Uri {
        modality: modality.into(),
        mime_type: None,
        uri,
    }
}

fn blob(modality: &str, data: &str, media_type: Option<&str>) -> Part {
    marked(modality, Marker::of(data, media_type))
}

/// Inline bytes that were here.
pub(super) fn marked(modality: &str, marker: Marker) -> Part {
    Part::Blob {
        modality: modality.into(),
        content: marker.to_string(),
        mime_type: Some(marker.media_type),
    }
}

/// The media type of what the API calls a format.
pub(super) fn audio_type(format: &str) -> String {
    match format {
        "mp3" => "audio/mpeg".into(),
        format => format!("audio/{format}"),
    }
}

/// Text, or the text of all parts.
pub(super) fn joined(content: Value) -> Option<String> {
    let texts: Vec<String> = parts(content)
        .into_iter()
        .filter_map(|part| match part {
            Part::Text { content } | Part::Reasoning { content } => Some(content),
            _ => None,
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// What a tool answered: a text as it is, other content as parts.
pub(super) fn result(output: Value) -> Value {
    match output {
        Value::Array(items) => {
            let mut parts: Vec<Part> = items.into_iter().filter_map(part).collect();
            match parts.as_mut_slice() {
                [Part::Text { content }] => Value::String(std::mem::take(content)),
                parts => serde_json::to_value(parts).unwrap_or_default(),
            }
        }
        output => scrubbed(output),
    }
}

/// What nobody here knows, without what nobody could read.
pub(super) fn opaque(fields: Object) -> Part {
    match scrubbed(Value::Object(fields)) {
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

/// The arguments of a call: structured wherever they are JSON.
pub(super) fn arguments(text: String) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    let parsed = (text.len() <= STRUCTURED_BYTES)
        .then(|| serde_json::from_str(&text).ok())
        .flatten();
    Some(parsed.unwrap_or(Value::String(text)))
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
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::{Value, json};

    use super::{arguments, parts, result};

    fn wire(content: Value) -> Value {
        serde_json::to_value(parts(content)).unwrap()
    }

    #[test]
    fn every_kind_of_content_has_its_part() {
        let png = "<image/png, 8 bytes, sha256 4c4b6a3be131>";
        for (content, expected) in [
            (json!("hi"), json!([{"type": "text", "content": "hi"}])),
            (json!(""), json!([])),
            (json!(null), json!([])),
            (json!(5), json!([])),
            (
                json!([{"type": "input_text", "text": "a"}, {"type": "output_text", "text": "b"},
                    {"type": "refusal", "refusal": "c"}, {"text": "d"}, "e",
                    {"type": "text", "text": {"value": "f", "annotations": []}}]),
                json!(["a", "b", "c", "d", "e", "f"].map(|text| json!({"type": "text", "content": text}))),
            ),
            (
                json!([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                    {"type": "summary_text", "text": "s"}, {"type": "reasoning_text", "text": "r"}]),
                json!(["hm", "s", "r"].map(|text| json!({"type": "reasoning", "content": text}))),
            ),
            (
                json!([{"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
                    {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="},
                    {"type": "input_image", "image_url": png}]),
                json!([(); 3].map(|()| json!({"type": "blob", "modality": "image", "mime_type": "image/png", "content": png}))),
            ),
            (
                json!([{"type": "image_url", "image_url": {"url": "https://a/b.png", "detail": "low"}},
                    {"type": "input_file", "file_url": "https://a/b.pdf"}]),
                json!([{"type": "uri", "modality": "image", "uri": "https://a/b.png"},
                    {"type": "uri", "modality": "document", "uri": "https://a/b.pdf"}]),
            ),
            (
                json!([{"type": "file", "file": {"file_id": "f1"}}, {"type": "input_file", "file_id": "f2"},
                    {"type": "input_image", "file_id": "f3"}, {"type": "image_file", "image_file": {"file_id": "f4"}}]),
                json!([{"type": "file", "modality": "document", "file_id": "f1"},
                    {"type": "file", "modality": "document", "file_id": "f2"},
                    {"type": "file", "modality": "image", "file_id": "f3"},
                    {"type": "file", "modality": "image", "file_id": "f4"}]),
            ),
            (
                json!([{"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "mp3"}}]),
                json!([{"type": "blob", "modality": "audio", "mime_type": "audio/mpeg",
                    "content": "<audio/mpeg, 4 bytes, sha256 a40ff3d5900f>"}]),
            ),
        ] {
            assert_eq!(wire(content.clone()), expected, "{content}");
        }
    }

    #[test]
    fn unknown_content_is_kept_without_its_blobs() {
        for (content, expected) in [
            (
                json!({"type": "hologram", "depth": 3}),
                json!({"type": "hologram", "depth": 3}),
            ),
            (
                json!({"type": "compaction", "id": "c", "encrypted_content": "abc"}),
                json!({"type": "compaction", "id": "c"}),
            ),
            // A known kind that lacks what makes it one.
            (
                json!({"type": "image_url", "detail": "low"}),
                json!({"type": "image_url", "detail": "low"}),
            ),
        ] {
            assert_eq!(wire(content), json!([expected]));
        }
        let found = wire(json!([{"type": "x", "data": "A".repeat(400)}]));
        let marker = found[0]["data"].as_str().unwrap();
        assert!(
            marker.starts_with("<application/octet-stream, 300 bytes, "),
            "{marker}"
        );
    }

    #[test]
    fn arguments_are_structured_where_they_are_json() {
        let read = |text: &str| arguments(text.to_owned());
        assert_eq!(read("{\"a\":1}"), Some(json!({"a": 1})));
        assert_eq!(read("{\"a\":"), Some(json!("{\"a\":")));
        assert_eq!(read(""), None);
        let long = format!("[{}1]", "1,".repeat(200_000));
        assert_eq!(read(&long), Some(json!(long)));
        assert!(read(&"[".repeat(100_000)).unwrap().is_string());
    }

    #[test]
    fn results_are_text_or_parts() {
        assert_eq!(result(json!("4 °C")), json!("4 °C"));
        assert_eq!(
            result(json!([{"type": "input_text", "text": "a"}])),
            json!("a")
        );
        assert_eq!(
            result(json!(["a", {"type": "input_image", "file_id": "f"}])),
            json!([{"type": "text", "content": "a"}, {"type": "file", "modality": "image", "file_id": "f"}])
        );
        assert_eq!(result(json!({"type": "x"})), json!({"type": "x"}));
    }
}
