//! A request's fields → what it asks for.
//!
//! The contract: content and parameters are kept apart, so that parameters can be recorded where content
//! must not be; a parameter that was not sent is absent. Each API's own module takes its content; all the
//! rest are parameters, also unknown ones.

use serde_json::{Number, Value};

use super::kind::EndpointKind;
use super::{assistants, chat, embeddings, media, responses, tools};
use crate::conventions::output_type;
use crate::wire::content;
use crate::wire::dialect::RequestBody;
use crate::wire::facts::RequestFacts;
use crate::wire::fields::{Fields, Object, as_count, objects};

/// Parameters that are content wherever the API at hand does not read them as such.
const CONTENT_PARAMETERS: &[&str] = &[
    "documents",
    "input",
    "instructions",
    "messages",
    "negative_prompt",
    "prediction",
    "prompt",
    "suffix",
    "system",
];

pub(super) fn read(kind: EndpointKind, body: RequestBody, facts: &mut RequestFacts) {
    let RequestBody {
        mut fields,
        is_form,
    } = body;
    facts.model = fields.word("model").or(facts.model.take());
    facts.metadata = fields.object("metadata").unwrap_or_default();
    if let EndpointKind::Assistants(call) = kind {
        assistants::request(fields, call, facts);
        return;
    }
    content(&mut fields, kind, facts);
    if !kind.is_inference() {
        return;
    }

    facts.choices = choices(&fields, kind, facts);
    facts.tools = tools::definitions(fields.list("tools"));
    let functions = objects(fields.list("functions"));
    let functions = functions.filter_map(|function| tools::tool("function", function));
    facts.tools.extend(functions);
    facts.service_tier = fields.peek("service_tier").map(str::to_owned);
    facts.background = fields.get("background").and_then(Value::as_bool);
    output_form(&fields, kind, facts);
    parameters(fields, is_form, facts);
}

/// How many choices of a chat or a completion are requested.
fn choices(fields: &Object, kind: EndpointKind, facts: &RequestFacts) -> Option<u64> {
    let prompts = match kind {
        EndpointKind::Chat => 1,
        EndpointKind::Completions => facts.messages.len().max(1) as u64,
        _ => return None,
    };
    match fields.get("n") {
        None | Some(Value::Null) => Some(prompts),
        Some(count) => Some(prompts.saturating_mul(as_count(count)?)),
    }
}

/// What each API calls its content.
fn content(fields: &mut Object, kind: EndpointKind, facts: &mut RequestFacts) {
    match kind {
        EndpointKind::Chat => chat::request(fields, facts),
        EndpointKind::Completions => chat::completion_request(fields, facts),
        EndpointKind::Response
        | EndpointKind::ResponseCompact
        | EndpointKind::ResponseInputTokens => {
            responses::request(fields, facts);
        }
        EndpointKind::ConversationCreate | EndpointKind::ConversationItems => {
            responses::conversation_request(fields, facts);
        }
        EndpointKind::Embeddings => {
            embeddings::request(fields, facts);
            let format = fields.peek("encoding_format").map(str::to_owned);
            facts.encoding_formats = format.into_iter().collect();
        }
        EndpointKind::ImageGeneration | EndpointKind::ImageEdit | EndpointKind::ImageVariation => {
            media::request(fields, &["prompt", "image", "mask"], facts);
        }
        EndpointKind::Speech => media::request(fields, &["input"], facts),
        EndpointKind::Transcription | EndpointKind::Translation => {
            media::request(fields, &["file", "prompt"], facts);
        }
        EndpointKind::Moderation => media::moderation_request(fields, facts),
        _ => {}
    }
}

/// The form of the answer that was requested.
fn output_form(fields: &Object, kind: EndpointKind, facts: &mut RequestFacts) {
    facts.output_type = match kind {
        EndpointKind::ImageGeneration | EndpointKind::ImageEdit | EndpointKind::ImageVariation => {
            Some(output_type::IMAGE)
        }
        EndpointKind::Speech => Some(output_type::SPEECH),
        EndpointKind::Chat | EndpointKind::Response => {
            let format = fields
                .get("response_format")
                .or_else(|| fields.get("text")?.get("format"));
            // Chat Completions has the schema one level deeper.
            let schema = format.and_then(|format| format.get("json_schema").or(Some(format)));
            facts.schema_name = schema
                .and_then(|schema| schema.get("name")?.as_str())
                .map(str::to_owned);
            let wants_sound = fields
                .get("modalities")
                .and_then(Value::as_array)
                .is_some_and(|modalities| modalities.iter().any(|modality| modality == "audio"));
            match format.and_then(|format| format.get("type")?.as_str()) {
                _ if wants_sound => Some(output_type::SPEECH),
                Some("json_object" | "json_schema") => Some(output_type::JSON),
                Some("text") => Some(output_type::TEXT),
                _ => None,
            }
        }
        _ => None,
    };
}

/// Everything that is left.
fn parameters(fields: Object, is_form: bool, facts: &mut RequestFacts) {
    for (name, value) in fields {
        match (name.as_str(), value) {
            (_, Value::Null) => {}
            (name, value) if CONTENT_PARAMETERS.contains(&name) => {
                let value = content::scrubbed(value);
                facts.content_parameters.push((name.to_owned(), value));
            }
            ("reasoning", Value::Object(members)) => {
                flatten(members, facts, |member| format!("reasoning_{member}"));
            }
            ("text", Value::Object(members)) => flatten(members, facts, |member| match member {
                "format" => "text_format".to_owned(),
                member => member.to_owned(),
            }),
            (_, Value::String(text)) if is_form => {
                facts.parameters.push((name, of_form(text)));
            }
            (_, value) => facts.parameters.push((name, value)),
        }
    }
}

fn flatten(members: Object, facts: &mut RequestFacts, name: impl Fn(&str) -> String) {
    let members = members.into_iter().filter(|(_, value)| !value.is_null());
    facts
        .parameters
        .extend(members.map(|(member, value)| (name(&member), value)));
}

/// A form has only text.
fn of_form(text: String) -> Value {
    match text.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match text.parse::<Number>() {
            Ok(number) if number.to_string() == text => Value::Number(number),
            _ => Value::String(text),
        },
    }
}
