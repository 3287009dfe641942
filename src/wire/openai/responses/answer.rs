//! Answers of the Responses API and of Conversations.

use serde_json::Value;

use super::{items, request};
use crate::model::message::Message;
use crate::wire::facts::ResponseFacts;
use crate::wire::fields::{Fields, Object};
use crate::wire::{error, usage};

/// Reads a conversation, an item of it, or a list of items.
pub(in crate::wire::openai) fn conversation_response(
    mut fields: Object,
    facts: &mut ResponseFacts,
) {
    let items = match fields.peek("object") {
        Some("list") => fields.list("data"),
        Some("conversation" | "conversation.deleted") => {
            facts.conversation = fields.id("id");
            Vec::new()
        }
        _ if fields.contains_key("role") || fields.contains_key("call_id") => {
            vec![Value::Object(fields.clone())]
        }
        _ => Vec::new(),
    };
    facts.messages = items::input(items).messages;
    facts.id = fields.id("id");
}

/// How many tokens an input has; nothing was used.
pub(in crate::wire::openai) fn input_tokens(fields: Object, facts: &mut ResponseFacts) {
    if let Some(tokens) = fields.get("input_tokens").cloned() {
        let output: Object = [("input_tokens".to_owned(), tokens)].into_iter().collect();
        facts.output = Some(Value::Object(output));
    }
}

/// Reads a response object, which may not be `complete`.
pub(in crate::wire::openai) fn answer(
    mut fields: Object,
    complete: bool,
    facts: &mut ResponseFacts,
) {
    facts.complete = complete;
    facts.id = fields.id("id");
    facts.model = fields.word("model");
    facts.service_tier = fields.word("service_tier");
    facts.previous_response = fields.word("previous_response_id");
    facts.conversation = request::conversation(&mut fields);
    facts.background = fields.flag("background");
    facts.status = fields.word("status");
    facts.incomplete_reason = fields
        .object("incomplete_details")
        .and_then(|mut details| details.word("reason"));
    if facts.error.is_none() {
        facts.error = error::of_object(&mut fields);
    }
    if let Some(mut counts) = fields.object("usage") {
        // Counted apart from tokens, beside the usage.
        if let Some(tools) = fields.value("tool_usage") {
            counts.insert("tool_usage".into(), tools);
        }
        usage::read(counts, facts);
    }

    let output = items::output(fields.list("output"));
    let reason = finish_reason(facts, output.wants_tools);
    if !output.parts.is_empty() {
        let mut message = Message::new("assistant", output.parts);
        message.finish_reason = reason.as_deref().map(|reason| match reason {
            "tool_calls" => "tool_call".to_owned(),
            reason => reason.to_owned(),
        });
        facts.messages.push(message);
    }
    facts.finish_reasons = reason.into_iter().collect();
    facts.tool_calls = output.calls;
    facts.annotations = output.annotations;
}

/// The API has none: derived from the status, in the words of Chat Completions.
fn finish_reason(facts: &ResponseFacts, wants_tools: bool) -> Option<String> {
    let reason = match facts.status.as_deref() {
        Some("incomplete") => match facts.incomplete_reason.as_deref() {
            Some("max_output_tokens" | "max_tokens") => "length",
            Some(reason) => reason,
            None => "error",
        },
        Some("failed" | "cancelled") => "error",
        _ if facts.error.is_some() || !facts.complete => "error",
        Some("queued" | "in_progress") => return None,
        _ if wants_tools => "tool_calls",
        _ => "stop",
    };
    Some(reason.to_owned())
}
