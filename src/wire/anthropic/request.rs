//! What a request asks for.

use serde_json::Value;

use super::blocks;
use crate::conventions::output_type;
use crate::model::message::{Message, ToolDefinition};
use crate::text::secret_fields::without_secrets;
use crate::wire::facts::{RequestFacts, ToolResult};
use crate::wire::fields::{Fields, Object, into_object, objects};
use crate::wire::parameters;

/// Members about the transport.
const PROTOCOL: [&str; 2] = ["anthropic_version", "cache_control"];

pub(in crate::wire) fn read(mut fields: Object, facts: &mut RequestFacts) {
    facts.model = fields.word("model").or(facts.model.take());
    facts.metadata = fields
        .object("metadata")
        .and_then(|metadata| into_object(without_secrets(Value::Object(metadata))))
        .unwrap_or_default();
    facts.system_instructions = blocks::all(fields.value("system").unwrap_or_default());
    messages(fields.list("messages"), facts);
    facts.tools = objects(fields.list("tools")).filter_map(tool).collect();
    output(&mut fields, facts);
    for name in PROTOCOL {
        fields.remove(name);
    }
    parameters::read(fields, false, facts);
}

pub(in crate::wire) fn messages(messages: Vec<Value>, facts: &mut RequestFacts) {
    for message in messages {
        match message {
            Value::Object(fields) => {
                let message = message_of(fields, &mut facts.tool_results);
                facts.messages.push(message);
            }
            // Only our own note that more was left out.
            Value::String(note) => facts.messages.push(Message::user(note)),
            _ => {}
        }
    }
}

/// A message that only brings results of tools is theirs, not the user's.
fn message_of(mut fields: Object, results: &mut Vec<ToolResult>) -> Message {
    let role = fields.word("role").unwrap_or_else(|| "user".into());
    let content = match fields.value("content") {
        Some(Value::Array(blocks)) => blocks,
        content => content.into_iter().collect(),
    };
    let mut are_results = !content.is_empty();
    let mut parts = Vec::new();
    for block in content {
        match block {
            Value::Object(block) if block.peek("type") == Some("tool_result") => {
                let (part, result) = blocks::result(block);
                parts.push(part);
                results.extend(result);
            }
            block => {
                are_results = false;
                parts.extend(blocks::one(block));
            }
        }
    }
    Message::new(if are_results { "tool" } else { role.as_str() }, parts)
}

/// The caller's tools have a schema; the provider's have a type with the date of its version.
fn tool(mut fields: Object) -> Option<ToolDefinition> {
    let kind = fields.word("type").filter(|kind| kind != "custom");
    let name = fields
        .word("name")
        .or_else(|| fields.word("mcp_server_name"))
        .or_else(|| kind.clone())?;
    let mut tool = ToolDefinition::function(name);
    if let Some(kind) = kind {
        tool.kind = kind;
    }
    tool.description = fields.word("description");
    tool.parameters = fields.value("input_schema");
    tool.strict = fields.flag("strict");
    Some(tool)
}

/// The form of the answer, which has had two names.
fn output(fields: &mut Object, facts: &mut RequestFacts) {
    let mut config = fields.object("output_config").unwrap_or_default();
    let format = config
        .value("format")
        .or_else(|| fields.value("output_format"));
    if let Some(format) = format {
        if format.get("type").and_then(Value::as_str) == Some("json_schema") {
            facts.output_type = Some(output_type::JSON);
        }
        parameters::add("output_format".into(), format, facts);
    }
    for (name, value) in config {
        parameters::add(name, value, facts);
    }
}
