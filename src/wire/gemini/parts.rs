//! The parts of a message.
//!
//! The contract: both ways to write a name are read. A part is what its one member of data says; what stands
//! beside it (signatures, resolutions, offsets) is left out. Inline bytes are markers.

use serde_json::{Value, json};

use crate::model::message::{Message, Part};
use crate::text::snake_case::snake_case;
use crate::wire::content;
use crate::wire::facts::ToolResult;
use crate::wire::fields::{Fields, Object, objects};

/// Members of a part that are no content.
const BESIDE: [&str; 5] = [
    "media_resolution",
    "part_metadata",
    "thought",
    "thought_signature",
    "video_metadata",
];

/// What an object has under a name in camel case, also if it is written in snake case.
pub(super) fn take(fields: &mut Object, name: &str) -> Option<Value> {
    let value = fields.value(name);
    let other = fields.value(&snake_case(name));
    value.or(other)
}

pub(super) fn take_text(fields: &mut Object, name: &str) -> Option<String> {
    match take(fields, name)? {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn take_object(fields: &mut Object, name: &str) -> Option<Object> {
    crate::wire::fields::into_object(take(fields, name)?)
}

/// The message that a content is; results of tools among its parts are put to the others.
pub(super) fn message(mut content: Object, results: &mut Vec<ToolResult>) -> Message {
    let role = content.word("role");
    let mut parts = Vec::new();
    for part in list(&mut content) {
        let name = function_of_result(&part);
        let Some(part) = any(part) else { continue };
        if let Part::ToolCallResponse { id, response } = &part
            && let Some(call_id) = id.clone().or(name)
        {
            let output = response.clone();
            results.push(ToolResult { call_id, output });
        }
        parts.push(part);
    }
    let is_result = |part: &Part| matches!(part, Part::ToolCallResponse { .. });
    let role = match role.as_deref() {
        Some("model") => "assistant",
        _ if !parts.is_empty() && parts.iter().all(is_result) => "tool",
        Some("function") => "tool",
        Some(role) => role,
        None => "user",
    };
    Message::new(role, parts)
}

/// The parts of a content.
pub(super) fn all(content: &mut Object) -> Vec<Part> {
    list(content).into_iter().filter_map(any).collect()
}

/// The parts of a content, unread.
pub(super) fn list(content: &mut Object) -> Vec<Value> {
    match content.value("parts") {
        Some(Value::Array(parts)) => parts,
        Some(part) => vec![part],
        None => Vec::new(),
    }
}

/// The function whose result a part is.
fn function_of_result(part: &Value) -> Option<String> {
    let result = part.get("functionResponse");
    let result = result.or_else(|| part.get("function_response"))?;
    Some(result.get("name")?.as_str()?.to_owned())
}

pub(super) fn any(part: Value) -> Option<Part> {
    match part {
        Value::Object(fields) => one(fields),
        // Our own note that more was left out, or a client's short form of a text.
        Value::String(text) => Some(Part::text(text)),
        _ => None,
    }
}

/// A part, if there is content in it.
pub(super) fn one(mut fields: Object) -> Option<Part> {
    if let Some(text) = fields.text("text") {
        return Some(match fields.flag("thought") {
            Some(true) => Part::reasoning(text),
            _ => Part::text(text),
        });
    }
    if let Some(call) = take_object(&mut fields, "functionCall") {
        return Some(function_call(call));
    }
    if let Some(response) = take_object(&mut fields, "functionResponse") {
        return Some(function_response(response));
    }
    if let Some(mut inline) = take_object(&mut fields, "inlineData") {
        let media_type = take_text(&mut inline, "mimeType");
        let data = inline.text("data")?;
        let modality = modality(media_type.as_deref());
        return Some(content::blob(modality, &data, media_type.as_deref()));
    }
    if let Some(mut file) = take_object(&mut fields, "fileData") {
        let media_type = take_text(&mut file, "mimeType");
        let uri = take_text(&mut file, "fileUri")?;
        let part = Part::uri(modality(media_type.as_deref()), uri);
        return Some(match media_type {
            Some(media_type) => part.with_mime_type(media_type),
            None => part,
        });
    }
    if let Some(code) = take_object(&mut fields, "executableCode") {
        return Some(server_call("code_execution", code));
    }
    if let Some(result) = take_object(&mut fields, "codeExecutionResult") {
        return Some(server_response("code_execution", result));
    }
    if let Some(mut call) = take_object(&mut fields, "toolCall") {
        let kind = server_tool(&mut call);
        return Some(server_call(&kind, call));
    }
    if let Some(mut response) = take_object(&mut fields, "toolResponse") {
        let kind = server_tool(&mut response);
        return Some(server_response(&kind, response));
    }
    unknown(fields)
}

fn function_call(mut call: Object) -> Part {
    let arguments = match call.value("args") {
        // Kept as it is written, on many lines.
        Some(Value::String(text)) => Some(compact(&text)),
        Some(other) => Some(other.to_string()),
        None => None,
    };
    Part::ToolCall {
        id: call.word("id"),
        name: call.text("name").unwrap_or_default(),
        arguments,
    }
}

/// JSON without the white space between its tokens.
fn compact(text: &str) -> String {
    let (mut in_text, mut is_escaped) = (false, false);
    let is_kept = |letter: &char| {
        if !in_text && letter.is_ascii_whitespace() {
            return false;
        }
        in_text ^= *letter == '"' && !is_escaped;
        is_escaped = in_text && *letter == '\\' && !is_escaped;
        true
    };
    text.chars().filter(is_kept).collect()
}

fn function_response(mut response: Object) -> Part {
    let id = response.word("id");
    // Media that a function returned.
    let media: Vec<Part> = objects(response.list("parts")).filter_map(one).collect();
    let mut output = content::scrubbed(response.value("response").unwrap_or_default());
    if !media.is_empty() {
        output = json!({"response": output, "parts": media});
    }
    Part::ToolCallResponse {
        id,
        response: output,
    }
}

fn server_tool(call: &mut Object) -> String {
    let kind = take_text(call, "toolType");
    kind.map_or_else(|| "tool".to_owned(), |kind| kind.to_ascii_lowercase())
}

fn server_call(kind: &str, mut call: Object) -> Part {
    Part::ServerToolCall {
        id: call.word("id"),
        name: kind.to_owned(),
        server_tool_call: described(kind, call),
    }
}

fn server_response(kind: &str, mut response: Object) -> Part {
    Part::ServerToolCallResponse {
        id: response.word("id"),
        server_tool_call_response: described(kind, response),
    }
}

fn described(kind: &str, mut fields: Object) -> Value {
    fields.insert("type".into(), kind.into());
    content::scrubbed(Value::Object(fields))
}

/// A part of a kind that is not known, named by its member.
fn unknown(mut fields: Object) -> Option<Part> {
    fields.retain(|name, value| !value.is_null() && !BESIDE.contains(&snake_case(name).as_ref()));
    let (name, _) = fields.iter().next()?;
    let kind = snake_case(name).into_owned();
    match content::opaque(fields) {
        Part::Other(fields) => Some(Part::other(kind, Value::Object(fields))),
        part => Some(part),
    }
}

/// What a medium is, by its type.
fn modality(media_type: Option<&str>) -> &'static str {
    let family = media_type.and_then(|media_type| media_type.split('/').next());
    match family {
        Some("image") => "image",
        Some("audio") => "audio",
        Some("video") => "video",
        _ => "document",
    }
}
