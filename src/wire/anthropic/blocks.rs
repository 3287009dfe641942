//! Blocks of content → parts.
//!
//! The contract: what the caller runs is a tool call, what the provider runs is a server tool call, and a
//! block of an unknown type is kept as it came. Inline bytes are markers; what is encrypted or signed is
//! left out, since nobody can read it.

use serde_json::Value;

use crate::model::message::Part;
use crate::text::base64::Marker;
use crate::wire::content::{blob, file, media, opaque, scrubbed, structured};
use crate::wire::facts::ToolResult;
use crate::wire::fields::{Fields, Object};

/// What an element has that names the caller's tool, and what the provider's tools are called.
const RESULT: &str = "tool_result";
const RESULT_OF_SERVER: &str = "_tool_result";

/// The content of a message: a text or blocks.
pub(in crate::wire) fn all(content: Value) -> Vec<Part> {
    match content {
        Value::Array(blocks) => blocks.into_iter().filter_map(one).collect(),
        content => one(content).into_iter().collect(),
    }
}

/// One block; what says nothing is none.
pub(in crate::wire) fn one(block: Value) -> Option<Part> {
    match block {
        Value::String(text) => (!text.is_empty()).then(|| Part::text(text)),
        Value::Object(mut fields) => {
            let kind = fields.peek("type").unwrap_or_default().to_owned();
            // A text that has not begun, or thinking of which only the signature is shown.
            let is_empty = |key: &str| kind == key && fields.peek(key).is_none_or(str::is_empty);
            if is_empty("text") || is_empty("thinking") {
                return None;
            }
            let part = known(&kind, &mut fields);
            Some(part.unwrap_or_else(|| opaque(without_blobs(fields))))
        }
        _ => None,
    }
}

/// A block of a known type that has what makes it one.
pub(in crate::wire) fn known(kind: &str, fields: &mut Object) -> Option<Part> {
    Some(match kind {
        "text" => text(fields)?,
        "thinking" => Part::reasoning(fields.text("thinking")?),
        "redacted_thinking" => {
            let data = fields.text("data")?;
            let marker = Marker::of(&data, None).to_string();
            Part::other(kind, serde_json::json!({"data": marker}))
        }
        "tool_use" => Part::ToolCall {
            id: fields.word("id"),
            name: fields.word("name")?,
            arguments: fields.value("input").map(|input| match input {
                Value::String(text) => text,
                structure => scrubbed(structure).to_string(),
            }),
        },
        "server_tool_use" | "mcp_tool_use" => server_call(kind, fields)?,
        RESULT => result(std::mem::take(fields)).0,
        "image" | "document" | "audio" | "video" => source(kind, fields.object("source")?)?,
        "container_upload" => file("document", fields.word("file_id")?),
        "compaction" => Part::Compaction {
            id: fields.word("id"),
            content: fields.word("content"),
        },
        kind => Part::ServerToolCallResponse {
            id: fields.word("tool_use_id"),
            server_tool_call_response: {
                let tool = kind.strip_suffix(RESULT_OF_SERVER)?;
                fields.insert("type".into(), tool.into());
                Value::Object(without_blobs(std::mem::take(fields)))
            },
        },
    })
}

/// A text; its sources stand beside it.
fn text(fields: &mut Object) -> Option<Part> {
    let text = fields.text("text")?;
    let citations = fields.list("citations");
    if citations.is_empty() {
        return Some(Part::text(text));
    }
    let mut part = Object::new();
    part.insert("content".into(), text.into());
    part.insert("citations".into(), readable(citations.into()));
    Some(Part::other("text", part))
}

/// The sources that a block cites.
pub(super) fn citations(block: &Value) -> Vec<Value> {
    let citations = block.get("citations").and_then(Value::as_array);
    let citations = citations.into_iter().flatten();
    citations.cloned().map(readable).collect()
}

fn server_call(kind: &str, fields: &mut Object) -> Option<Part> {
    let name = fields.word("name")?;
    let id = fields.word("id");
    let tool = match kind {
        "mcp_tool_use" => "mcp",
        _ => name.as_str(),
    };
    fields.insert("type".into(), tool.into());
    if let Some(Value::String(text)) = fields.get_mut("input") {
        let input = structured(std::mem::take(text));
        fields.insert("input".into(), input);
    }
    Some(Part::ServerToolCall {
        id,
        name,
        server_tool_call: Value::Object(without_blobs(std::mem::take(fields))),
    })
}

/// What one of the caller's tools answered; as a fact of its own only if it says which call it answers.
pub(super) fn result(mut fields: Object) -> (Part, Option<ToolResult>) {
    let id = fields.word("tool_use_id");
    let response = match all(fields.value("content").unwrap_or_default()).as_mut_slice() {
        [] => Value::String(String::new()),
        [Part::Text { content }] => Value::String(std::mem::take(content)),
        parts => serde_json::to_value(parts).unwrap_or_default(),
    };
    let part = match fields.flag("is_error") {
        Some(true) => {
            let mut part = Object::new();
            part.extend(id.clone().map(|id| ("id".to_owned(), id.into())));
            part.insert("response".into(), response.clone());
            part.insert("is_error".into(), true.into());
            Part::other("tool_call_response", part)
        }
        _ => Part::ToolCallResponse {
            id: id.clone(),
            response: response.clone(),
        },
    };
    let result = id.map(|call_id| ToolResult {
        call_id,
        output: response,
    });
    (part, result)
}

/// Where a medium is: inline, behind an address, with the provider, or in blocks of its own.
fn source(modality: &str, mut source: Object) -> Option<Part> {
    if let Some(url) = source.word("url") {
        return Some(media(modality, url));
    }
    if let Some(file_id) = source.word("file_id") {
        return Some(file(modality, file_id));
    }
    let media_type = source.word("media_type");
    match source.peek("type") {
        Some("text") => source.text("data").map(Part::text),
        Some("content") => {
            let texts = all(source.value("content")?);
            let texts = texts.into_iter().filter_map(|part| match part {
                Part::Text { content } => Some(content),
                _ => None,
            });
            let texts: Vec<String> = texts.collect();
            (!texts.is_empty()).then(|| Part::text(texts.join("\n")))
        }
        _ => Some(blob(modality, &source.text("data")?, media_type.as_deref())),
    }
}

/// What can be read of a structure that is kept as it came.
fn readable(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(readable).collect(),
        Value::Object(fields) => Value::Object(without_blobs(fields)),
        value => value,
    }
}

fn without_blobs(mut fields: Object) -> Object {
    if fields.peek("type") == Some("base64")
        && let Some(data) = fields.word("data")
    {
        let marker = Marker::of(&data, fields.peek("media_type"));
        fields.insert("data".into(), marker.to_string().into());
    }
    let is_kept = |(key, value): &(String, Value)| {
        let is_sealed = key.starts_with("encrypted_") || key == "signature";
        !(is_sealed || key == "cache_control" || value.is_null())
    };
    let fields = fields.into_iter().filter(is_kept);
    let fields = fields.map(|(key, value)| (key, readable(value)));
    match scrubbed(Value::Object(fields.collect())) {
        Value::Object(fields) => fields,
        _ => Object::new(),
    }
}
