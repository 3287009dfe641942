//! What messages are made of: content of every API of OpenAI → parts.
//!
//! The contract: content of an unknown type is kept as it came; it is never dropped and never an error.

use serde_json::Value;

use crate::model::message::Part;
use crate::wire::anthropic::blocks;
use crate::wire::content::{blob, file, media, opaque, scrubbed};
use crate::wire::fields::{Fields, Object};
use crate::wire::openai::reasoning;

/// The content of a message: text, a part or several parts.
pub(super) fn all(content: Value) -> Vec<Part> {
    match content {
        Value::Array(items) => items.into_iter().flat_map(all).collect(),
        content => one(content).into_iter().collect(),
    }
}

/// One part; what is empty is none.
pub(super) fn one(content: Value) -> Option<Part> {
    match content {
        Value::String(text) => (!text.is_empty()).then_some(Part::Text { content: text }),
        Value::Object(mut fields) => Some(known(&mut fields).unwrap_or_else(|| opaque(fields))),
        // Small servers send numbers and flags as they are.
        Value::Number(number) => Some(Part::text(number.to_string())),
        Value::Bool(flag) => Some(Part::text(flag.to_string())),
        Value::Array(_) | Value::Null => None,
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
        "refusal" => Part::refusal(fields.text("refusal")?),
        "summary_text" | "reasoning_text" | "thinking" | "reasoning" | "reasoning.text"
        | "reasoning.summary" => Part::reasoning(reasoning::text(Value::Object(fields.clone()))?),
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
        // Gateways pass on what is in Anthropic's form.
        kind => blocks::known(kind, fields)?,
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

/// The media type of what the API calls a format.
pub(super) fn audio_type(format: &str) -> String {
    match format {
        "mp3" => "audio/mpeg".into(),
        format => format!("audio/{format}"),
    }
}

/// Text, or the text of all parts.
pub(super) fn text(content: Value) -> Option<String> {
    let texts: Vec<String> = all(content)
        .into_iter()
        .filter_map(|part| match part {
            Part::Text { content } | Part::Reasoning { content } | Part::Refusal { content } => {
                Some(content)
            }
            _ => None,
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// What a tool answered: a text as it is, other content as parts.
pub(in crate::wire) fn result(output: Value) -> Value {
    match output {
        Value::Array(items) => {
            let mut parts = all(Value::Array(items));
            match parts.as_mut_slice() {
                [Part::Text { content }] => Value::String(std::mem::take(content)),
                parts => serde_json::to_value(parts).unwrap_or_default(),
            }
        }
        output => scrubbed(output),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::{Value, json};

    use super::{all, result};

    fn wire(content: Value) -> Value {
        serde_json::to_value(all(content)).unwrap()
    }

    #[test]
    fn every_kind_of_content_has_its_part() {
        let png = "<image/png, 8 bytes, sha256 4c4b6a3be131>";
        for (content, expected) in [
            (json!("hi"), json!([{"type": "text", "content": "hi"}])),
            (json!(""), json!([])),
            (json!(null), json!([])),
            (json!(5), json!([{"type": "text", "content": "5"}])),
            (json!([["a"], true]), json!(["a", "true"].map(|text| json!({"type": "text", "content": text})))),
            (
                json!([{"type": "input_text", "text": "a"}, {"type": "output_text", "text": "b"},
                    {"text": "d"}, "e",
                    {"type": "text", "text": {"value": "f", "annotations": []}}]),
                json!(["a", "b", "d", "e", "f"].map(|text| json!({"type": "text", "content": text}))),
            ),
            (
                json!([{"type": "refusal", "refusal": "c"}]),
                json!([{"type": "refusal", "content": "c"}]),
            ),
            (
                json!([{"type": "tool_use", "id": "t", "name": "f", "input": {"q": 1}},
                    {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "r"}]},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
                    {"type": "image", "source": {"type": "url", "url": "https://a/b.png"}},
                    {"type": "document", "source": {"type": "text", "data": "d"}}]),
                json!([{"type": "tool_call", "id": "t", "name": "f", "arguments": {"q": 1}},
                    {"type": "tool_call_response", "id": "t", "response": "r"},
                    {"type": "blob", "modality": "image", "mime_type": "image/png", "content": png},
                    {"type": "uri", "modality": "image", "uri": "https://a/b.png"},
                    {"type": "text", "content": "d"}]),
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
