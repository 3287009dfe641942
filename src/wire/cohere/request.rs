//! A request's fields → what it asks for. Messages and tools are OpenAI's.

use serde_json::{Value, json};

use super::Call;
use crate::conventions::output_type;
use crate::wire::facts::RequestFacts;
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::{content, openai, parameters};

pub(super) fn read(call: Call, mut fields: Object, facts: &mut RequestFacts) {
    facts.model = fields.word("model").or(facts.model.take());
    match call {
        Call::Chat => {
            facts.choices = Some(1);
            openai::chat_request(&mut fields, facts);
            facts.tools = openai::tool_definitions(fields.list("tools"));
            let format = fields.get("response_format");
            facts.output_type = match format.and_then(|format| format.get("type")?.as_str()) {
                Some("json_object") => Some(output_type::JSON),
                Some("text") => Some(output_type::TEXT),
                _ => None,
            };
        }
        Call::Embed => {
            facts.input = embedded(&mut fields);
            let formats = fields.list("embedding_types").into_iter();
            let formats = formats.filter_map(|one| one.as_str().map(str::to_owned));
            facts.encoding_formats = formats.collect();
        }
        Call::Rerank => {
            let query = fields.value("query");
            let documents = fields.value("documents").map(content::scrubbed);
            facts.input = Some(json!({"query": query, "documents": documents}));
        }
    }
    parameters::read(fields, false, facts);
}

/// What is to be embedded: texts, images, or inputs of both.
fn embedded(fields: &mut Object) -> Option<Value> {
    if let Some(texts) = fields.value("texts") {
        return Some(texts);
    }
    let images = fields.list("images").into_iter().filter_map(|image| {
        let image = image.as_str()?.to_owned();
        serde_json::to_value(content::media("image", image)).ok()
    });
    let images: Vec<Value> = images.collect();
    let mut inputs: Vec<Value> = objects(fields.list("inputs"))
        .map(|mut input| openai::result(input.value("content").unwrap_or_default()))
        .collect();
    inputs.extend(images);
    (!inputs.is_empty()).then(|| inputs.into())
}
