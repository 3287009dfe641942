//! The Responses API and its Conversations.
//!
//! The contract: an answer is one message, put together from its items in their order; the items
//! of an input are the messages that they stand for. Whole answers, the last event of a stream and
//! what is left of a stream that was cut all go through [`answer`].

mod items;
mod stream;

pub(super) use stream::Stream;

use serde_json::Value;

use super::content;
use super::error;
use super::usage;
use crate::model::message::{Message, Part};
use crate::wire::facts::{PromptReference, RequestFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object};

/// Reads what a request says beside its parameters.
pub(super) fn request(fields: &mut Object, facts: &mut RequestFacts) {
    if let Some(instructions) = fields.value("instructions") {
        facts.system_instructions = content::parts(instructions);
    }
    match fields.value("input") {
        Some(Value::String(text)) => facts.messages.push(Message::user(text)),
        Some(Value::Array(items)) => {
            let input = items::input(items);
            facts.messages = input.messages;
            facts.tool_results = input.results;
        }
        _ => {}
    }
    facts.conversation = conversation(fields);
    facts.previous_response = fields.word("previous_response_id");
    if let Some(mut prompt) = fields.object("prompt") {
        facts.prompt = prompt.word("id").map(|id| PromptReference {
            id,
            version: prompt.id("version"),
            variables: prompt
                .object("variables")
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| (name, variable(value)))
                .collect(),
        });
    }
}

/// A text, or content like that of a message.
fn variable(value: Value) -> Value {
    match value {
        Value::Object(_) => content::part(value)
            .and_then(|part| serde_json::to_value(part).ok())
            .unwrap_or_default(),
        value => value,
    }
}

/// Reads the items that a conversation is made of or gets.
pub(super) fn conversation_request(fields: &mut Object, facts: &mut RequestFacts) {
    let input = items::input(fields.list("items"));
    facts.messages = input.messages;
    facts.tool_results = input.results;
}

/// Reads a conversation, an item of it, or a list of items.
pub(super) fn conversation_response(mut fields: Object, facts: &mut ResponseFacts) {
    let items = match fields.peek("object") {
        Some("list") => fields.list("data"),
        Some("conversation" | "conversation.deleted") => {
            facts.conversation = fields.peek("id").map(str::to_owned);
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
pub(super) fn input_tokens(fields: Object, facts: &mut ResponseFacts) {
    if let Some(tokens) = fields.get("input_tokens").cloned() {
        let output: Object = [("input_tokens".to_owned(), tokens)].into_iter().collect();
        facts.output = Some(Value::Object(output));
    }
}

/// A text, or an object with an id.
fn conversation(fields: &mut Object) -> Option<String> {
    match fields.value("conversation")? {
        Value::String(id) => Some(id).filter(|id| !id.is_empty()),
        Value::Object(mut conversation) => conversation.word("id"),
        _ => None,
    }
}

/// Reads a response object. `complete` says whether it is all that was to come.
pub(super) fn answer(mut fields: Object, complete: bool, facts: &mut ResponseFacts) {
    facts.complete = complete;
    facts.id = fields.id("id");
    facts.model = fields.word("model");
    facts.service_tier = fields.word("service_tier");
    facts.previous_response = fields.word("previous_response_id");
    facts.conversation = conversation(&mut fields);
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

/// One part of an answer that only came in pieces.
fn text_part(kind: &str, text: String) -> Value {
    let key = if kind == "refusal" { "refusal" } else { "text" };
    let fields = [("type", kind.to_owned()), (key, text)];
    Value::Object(
        fields
            .into_iter()
            .map(|(key, value)| (key.to_owned(), Value::String(value)))
            .collect(),
    )
}

/// Whether a part says anything.
fn is_empty(part: &Part) -> bool {
    matches!(part, Part::Text { content } | Part::Reasoning { content } if content.is_empty())
}
