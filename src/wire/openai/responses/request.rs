//! Requests of the Responses API and of Conversations.

use serde_json::Value;

use super::items;
use crate::model::message::Message;
use crate::text::secret_fields::is_secret_field;
use crate::wire::facts::{PromptReference, RequestFacts};
use crate::wire::fields::{Fields, Object};
use crate::wire::openai::parts;

/// Reads the content of a request.
pub(in crate::wire::openai) fn request(fields: &mut Object, facts: &mut RequestFacts) {
    if let Some(instructions) = fields.value("instructions") {
        facts.system_instructions = parts::all(instructions);
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
                .filter(|(name, value)| !is_secret_field(name, value))
                .map(|(name, value)| (name, variable(value)))
                .collect(),
        });
    }
}

/// A text, or content like that of a message.
fn variable(value: Value) -> Value {
    match value {
        Value::Object(_) => parts::one(value)
            .and_then(|part| serde_json::to_value(part).ok())
            .unwrap_or_default(),
        value => value,
    }
}

/// Reads the items that a conversation is made of or gets.
pub(in crate::wire::openai) fn conversation_request(fields: &mut Object, facts: &mut RequestFacts) {
    let input = items::input(fields.list("items"));
    facts.messages = input.messages;
    facts.tool_results = input.results;
}

/// A text, or an object with an id.
pub(super) fn conversation(fields: &mut Object) -> Option<String> {
    match fields.value("conversation")? {
        Value::String(id) => Some(id).filter(|id| !id.is_empty()),
        Value::Object(mut conversation) => conversation.word("id"),
        _ => None,
    }
}
