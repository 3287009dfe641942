//! A request's fields → what it asks for.
//!
//! The contract: messages are OpenAI's but for images, which stand beside the text, and results of tools,
//! which may name their tool only. Every answer is streamed unless the request says otherwise.

use serde_json::Value;

use super::Call;
use crate::conventions::output_type;
use crate::model::message::{Message, Part};
use crate::wire::content;
use crate::wire::facts::RequestFacts;
use crate::wire::fields::{Fields, Object};
use crate::wire::{openai, parameters};

pub(super) fn read(call: Call, mut fields: Object, facts: &mut RequestFacts) {
    facts.model = fields.word("model").or(facts.model.take());
    let is_refused = fields.get("stream") == Some(&Value::Bool(false));
    match call {
        Call::Chat => {
            facts.stream = !is_refused;
            facts.choices = Some(1);
            messages(&mut fields, facts);
        }
        Call::Generate => {
            facts.stream = !is_refused;
            facts.choices = Some(1);
            prompt(&mut fields, facts);
        }
        Call::Embed | Call::EmbedOne => {
            let input = fields.value("input").or_else(|| fields.value("prompt"));
            facts.input = input.map(openai::without_tokens);
        }
    }
    facts.tools = openai::tool_definitions(fields.list("tools"));
    facts.output_type = match fields.get("format") {
        Some(Value::String(format)) if format == "json" => Some(output_type::JSON),
        Some(Value::Object(_)) => Some(output_type::JSON),
        _ => None,
    };
    let options = fields.object("options").unwrap_or_default();
    parameters::read(options, false, facts);
    parameters::read(fields, false, facts);
}

fn messages(fields: &mut Object, facts: &mut RequestFacts) {
    let mut images = Vec::new();
    if let Some(Value::Array(messages)) = fields.get_mut("messages") {
        for message in messages {
            match message {
                Value::Object(message) => {
                    images.push(pictures(message));
                    if let Some(tool) = message.value("tool_name") {
                        message.entry("name").or_insert(tool);
                    }
                }
                Value::String(_) => images.push(Vec::new()),
                _ => {}
            }
        }
    }
    openai::chat_request(fields, facts);
    for (message, images) in facts.messages.iter_mut().zip(images) {
        message.parts.extend(images);
    }
}

fn prompt(fields: &mut Object, facts: &mut RequestFacts) {
    let images = pictures(fields);
    // The tokens of an earlier answer.
    fields.remove("context");
    let system = fields.word("system").map(Part::text);
    facts.system_instructions = system.into_iter().collect();
    let text = fields.word("prompt").map(Part::text);
    // What the answer is written in front of.
    let suffix = fields
        .word("suffix")
        .map(|suffix| Part::other("suffix", suffix));
    let parts: Vec<Part> = text.into_iter().chain(suffix).chain(images).collect();
    if !parts.is_empty() {
        facts.messages.push(Message::new("user", parts));
    }
}

fn pictures(fields: &mut Object) -> Vec<Part> {
    let images = fields.list("images").into_iter();
    let blob = |image: Value| Some(content::blob("image", image.as_str()?, None));
    images.filter_map(blob).collect()
}
