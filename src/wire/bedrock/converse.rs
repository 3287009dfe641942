//! Converse in Anthropic's words.
//!
//! Pure. A block is a union: an object with one member, whose name is its kind. What has no counterpart is
//! kept under its own name, with markers in place of bytes.

use serde_json::{Value, json};

use crate::model::message::ToolDefinition;
use crate::text::base64::Marker;
use crate::text::secret_fields::without_secrets;
use crate::wire::anthropic::{blocks, request as anthropic};
use crate::wire::facts::RequestFacts;
use crate::wire::fields::{Fields, Object, into_object, objects};
use crate::wire::framing::json::Verbatim;
use crate::wire::parameters;

/// Where the input of a tool stands, which the model wrote, and the result of one.
pub(super) const VERBATIM: Verbatim = &[
    ("messages", "input"),
    ("messages", "json"),
    ("output", "input"),
];
/// Parameters of the request that are groups of parameters.
const GROUPS: [&str; 2] = ["inferenceConfig", "additionalModelRequestFields"];

pub(super) fn request(mut fields: Object, facts: &mut RequestFacts) {
    facts.metadata = fields
        .object("requestMetadata")
        .and_then(|metadata| into_object(without_secrets(Value::Object(metadata))))
        .unwrap_or_default();
    let system = fields.list("system").into_iter().filter_map(block);
    facts.system_instructions = blocks::all(system.collect());
    let messages = fields
        .list("messages")
        .into_iter()
        .map(|message| match message {
            Value::Object(fields) => Value::Object(message_of(fields)),
            note => note,
        });
    anthropic::messages(messages.collect(), facts);
    if let Some(mut tools) = fields.object("toolConfig") {
        facts.tools = objects(tools.list("tools")).filter_map(tool).collect();
        if let Some(choice) = tools.value("toolChoice") {
            parameters::add("toolChoice".into(), choice, facts);
        }
    }
    for group in GROUPS {
        for (name, value) in fields.object(group).unwrap_or_default() {
            parameters::add(name, value, facts);
        }
    }
    fields.remove("schemaVersion");
    parameters::read(fields, false, facts);
}

fn tool(mut fields: Object) -> Option<ToolDefinition> {
    if let Some(mut system) = fields.object("systemTool") {
        let mut tool = ToolDefinition::function(system.word("name")?);
        tool.kind = "system".into();
        return Some(tool);
    }
    let mut spec = fields.object("toolSpec")?;
    let mut tool = ToolDefinition::function(spec.word("name")?);
    tool.description = spec.word("description");
    tool.parameters = spec
        .object("inputSchema")
        .and_then(|mut schema| schema.value("json"));
    tool.strict = spec.flag("strict");
    Some(tool)
}

/// A whole answer as a message.
pub(super) fn answer(mut fields: Object) -> Object {
    let message = fields
        .object("output")
        .and_then(|mut output| output.object("message"));
    let mut answer = message.map(message_of).unwrap_or_default();
    for (name, own) in [
        ("stop_reason", "stopReason"),
        ("usage", "usage"),
        ("error", "error"),
    ] {
        answer.extend(fields.value(own).map(|value| (name.to_owned(), value)));
    }
    answer
}

/// An event of a stream, unless it says nothing; what is none of theirs is an error.
pub(super) fn event(name: &str, mut fields: Object) -> Option<Object> {
    let index = fields.value("contentBlockIndex").unwrap_or_default();
    let own = match name {
        "messageStart" => {
            json!({"type": "message_start", "message": {"role": fields.value("role")}})
        }
        "contentBlockStart" => {
            let start = block(fields.value("start")?)?;
            json!({"type": "content_block_start", "index": index, "content_block": start})
        }
        "contentBlockDelta" => delta(index, fields.object("delta")?)?,
        "messageStop" => {
            json!({"type": "message_delta", "delta": {"stop_reason": fields.value("stopReason")}})
        }
        "metadata" => {
            let counts = Value::Object(fields.object("usage")?);
            json!({"type": "message_delta", "usage": counts})
        }
        name => {
            let message = fields.word("message")?;
            json!({"type": "error", "error": {"type": name, "message": message}})
        }
    };
    into_object(own)
}

/// An event that has nothing but its type.
pub(super) fn of_type(name: &str) -> Object {
    [("type".to_owned(), Value::from(name))]
        .into_iter()
        .collect()
}

fn delta(index: Value, mut delta: Object) -> Option<Value> {
    let piece = if let Some(text) = delta.text("text") {
        json!({"type": "text_delta", "text": text})
    } else if let Some(mut tool) = delta.object("toolUse") {
        json!({"type": "input_json_delta", "partial_json": tool.text("input")?})
    } else if let Some(mut reasoning) = delta.object("reasoningContent") {
        match reasoning.text("text") {
            Some(text) => json!({"type": "thinking_delta", "thinking": text}),
            None => {
                let block = redacted(&mut reasoning)?;
                let block =
                    json!({"type": "content_block_start", "index": index, "content_block": block});
                return Some(block);
            }
        }
    } else if let Some(citation) = delta.value("citation") {
        json!({"type": "citations_delta", "citation": citation})
    } else {
        // Results of the server's own tools come as text or as JSON.
        let pieces = objects(delta.list("toolResult")).filter_map(text_of_result);
        let text: String = pieces.collect();
        if text.is_empty() {
            let (kind, value) = delta.into_iter().next()?;
            let block = json!({"type": kind, kind: marked(value)});
            return Some(
                json!({"type": "content_block_start", "index": index, "content_block": block}),
            );
        }
        json!({"type": "content_delta", "content": text})
    };
    Some(json!({"type": "content_block_delta", "index": index, "delta": piece}))
}

fn message_of(mut fields: Object) -> Object {
    let content = fields.list("content").into_iter().filter_map(block);
    fields.insert("content".into(), content.collect());
    fields
}

/// A block, unless it only marks a place.
fn block(block: Value) -> Option<Value> {
    let Value::Object(fields) = block else {
        return Some(block);
    };
    let (kind, value) = fields.into_iter().find(|(_, value)| !value.is_null())?;
    Some(match (kind.as_str(), value) {
        ("cachePoint", _) => return None,
        ("text", Value::String(text)) => json!({"type": "text", "text": text}),
        ("json", value) => json!({"type": "text", "text": text(value)}),
        ("toolUse", Value::Object(mut tool)) => {
            let kind = tool.word("type").unwrap_or_else(|| "tool_use".into());
            json!({"type": kind, "id": tool.value("toolUseId"), "name": tool.value("name"),
                "input": tool.value("input")})
        }
        ("toolResult", Value::Object(tool)) => result(tool),
        ("reasoningContent", Value::Object(mut reasoning)) => {
            match reasoning.object("reasoningText") {
                Some(mut text) => json!({"type": "thinking", "thinking": text.text("text")?}),
                None => redacted(&mut reasoning)?,
            }
        }
        ("guardContent", Value::Object(mut guarded)) => match guarded.object("text") {
            Some(mut text) => json!({"type": "text", "text": text.text("text")?}),
            None => self::block(Value::Object(guarded))?,
        },
        ("citationsContent", Value::Object(mut cited)) => {
            let texts = objects(cited.list("content")).filter_map(|mut text| text.text("text"));
            let text: String = texts.collect();
            json!({"type": "text", "text": text, "citations": cited.list("citations")})
        }
        ("image" | "video" | "audio" | "document", Value::Object(medium)) => {
            source(&kind, medium).map(|source| json!({"type": kind, "source": source}))?
        }
        ("searchResult", Value::Object(mut found)) => {
            found.insert("type".into(), "search_result".into());
            Value::Object(found)
        }
        (_, value) => json!({"type": kind, kind: marked(value)}),
    })
}

fn redacted(reasoning: &mut Object) -> Option<Value> {
    let data = reasoning.text("redactedContent")?;
    Some(json!({"type": "redacted_thinking", "data": data}))
}

/// A result of the caller's tool, or of one of the server's, which has a type.
fn result(mut tool: Object) -> Value {
    let kind = match tool.word("type") {
        Some(kind) => format!("{}_tool_result", kind.trim_end_matches("_result")),
        None => "tool_result".to_owned(),
    };
    let content = tool.list("content").into_iter().filter_map(block);
    json!({
        "type": kind,
        "tool_use_id": tool.value("toolUseId"),
        "content": content.collect::<Value>(),
        "is_error": (tool.peek("status") == Some("error")).then_some(true),
    })
}

fn text_of_result(mut piece: Object) -> Option<String> {
    piece.text("text").or_else(|| piece.value("json").map(text))
}

/// JSON that is a result, as it was written where that is known.
fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        value => value.to_string(),
    }
}

/// Where a medium is: inline, in a bucket, or in the block itself.
fn source(kind: &str, mut medium: Object) -> Option<Value> {
    let format = medium.word("format").unwrap_or_default();
    let mut source = medium.object("source")?;
    if let Some(uri) = source
        .object("s3Location")
        .and_then(|mut place| place.word("uri"))
    {
        return Some(json!({"type": "url", "url": uri}));
    }
    if let Some(data) = source.text("bytes") {
        let media_type = match (kind, format.as_str()) {
            (_, "") => None,
            ("document", "pdf") => Some("application/pdf".to_owned()),
            ("document", "csv" | "html") => Some(format!("text/{format}")),
            ("document", "txt") => Some("text/plain".to_owned()),
            ("document", "md") => Some("text/markdown".to_owned()),
            ("document", _) => None,
            _ => Some(format!("{kind}/{format}")),
        };
        return Some(json!({"type": "base64", "media_type": media_type, "data": data}));
    }
    if let Some(text) = source.text("text") {
        return Some(json!({"type": "text", "data": text}));
    }
    let content = source.list("content").into_iter().filter_map(block);
    Some(json!({"type": "content", "content": content.collect::<Value>()}))
}

/// With markers in place of bytes.
fn marked(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(marked).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(key, value)| match value {
                Value::String(data) if key == "bytes" => {
                    let marker = Marker::of(&data, None).to_string();
                    (key, Value::from(marker))
                }
                value => (key, marked(value)),
            });
            Value::Object(fields.collect())
        }
        value => value,
    }
}
