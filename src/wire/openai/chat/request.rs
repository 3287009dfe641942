//! Requests of a chat or a completion → messages and results of tools.

use serde_json::Value;

use super::calls::text;
use crate::model::message::{Message, Part};
use crate::wire::content;
use crate::wire::facts::{RequestFacts, ToolCall, ToolResult};
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::framing::json;
use crate::wire::openai::{parts, reasoning};

/// Reads the messages of a chat request.
pub(in crate::wire) fn request(fields: &mut Object, facts: &mut RequestFacts) {
    for message in fields.list("messages") {
        match message {
            Value::Object(fields) => facts
                .messages
                .push(message_of(fields, &mut facts.tool_results)),
            // Only our own note that more was left out.
            Value::String(note) => facts
                .messages
                .push(Message::new("user", [Part::text(note)])),
            _ => {}
        }
    }
}

/// Reads the prompts of a legacy completion, one message each.
pub(in crate::wire::openai) fn completion_request(fields: &mut Object, facts: &mut RequestFacts) {
    let prompts = match fields.value("prompt") {
        // Several prompts, or the tokens of one.
        Some(Value::Array(prompts)) if !prompts.iter().all(Value::is_number) => prompts,
        Some(prompt) => vec![prompt],
        None => return,
    };
    let suffix = fields.value("suffix").and_then(parts::text);
    let text_of = |prompt: Value| match json::count_of_numbers(&prompt) {
        Some(tokens) => Some(format!("<{tokens} tokens>")),
        None => parts::text(prompt),
    };
    let texts = prompts.into_iter().filter_map(text_of);
    facts.messages.extend(texts.map(|text| {
        let message = Message::user(text);
        match &suffix {
            // What the answer is written in front of.
            Some(suffix) => message.with_part(Part::other("suffix", suffix.as_str())),
            None => message,
        }
    }));
}

fn message_of(mut fields: Object, results: &mut Vec<ToolResult>) -> Message {
    let role = fields.word("role").unwrap_or_else(|| "user".into());
    let mut message = Message::new(role.as_str(), []);
    message.name = fields.word("name");
    if matches!(role.as_str(), "tool" | "function") {
        let id = fields.word("tool_call_id");
        let response = parts::result(fields.value("content").unwrap_or_default());
        // Where calls have no ids, results name the function.
        if let Some(call_id) = id.clone().or_else(|| message.name.clone()) {
            results.push(ToolResult {
                call_id,
                output: response.clone(),
            });
        }
        message.parts.push(Part::ToolCallResponse { id, response });
        return message;
    }
    let content = fields.value("content").unwrap_or_default();
    let is_empty = content.as_str().is_some_and(str::is_empty);
    let mut parts = parts::all(content);
    let reasoning = reasoning::take(&mut fields, &mut parts);
    message.parts.extend(reasoning.map(Part::reasoning));
    // Among the parts of a message in Anthropic's form.
    results.extend(parts.iter().filter_map(result));
    message.parts.append(&mut parts);
    if let Some(refusal) = fields.word("refusal") {
        message.parts.push(Part::refusal(refusal));
    }
    // Sound that the model gave earlier is repeated by its id.
    if let Some(file_id) = fields
        .object("audio")
        .and_then(|mut audio| audio.word("id"))
    {
        message.parts.push(Part::File {
            modality: "audio".into(),
            mime_type: None,
            file_id,
        });
    }
    let calls = objects(fields.list("tool_calls")).filter_map(call);
    let legacy = fields
        .object("function_call")
        .and_then(|call| function(None, call));
    let calls: Vec<ToolCall> = calls.chain(legacy).collect();
    message.parts.extend(calls.iter().map(content::call_part));
    if message.parts.is_empty() && is_empty {
        message.parts.push(Part::text(""));
    }
    message
}

fn result(part: &Part) -> Option<ToolResult> {
    match part {
        Part::ToolCallResponse {
            id: Some(id),
            response,
        } => Some(ToolResult {
            call_id: id.clone(),
            output: response.clone(),
        }),
        _ => None,
    }
}

fn call(mut fields: Object) -> Option<ToolCall> {
    let id = fields.word("id");
    if let Some(mut custom) = fields.object("custom") {
        return Some(ToolCall {
            id,
            name: custom.text("name")?,
            arguments: custom.text("input"),
        });
    }
    function(id, fields.object("function")?)
}

fn function(id: Option<String>, mut function: Object) -> Option<ToolCall> {
    Some(ToolCall {
        id,
        name: function.text("name")?,
        arguments: function.value("arguments").map(text),
    })
}
