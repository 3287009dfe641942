//! A request's fields → what it asks for.
//!
//! The contract: content and parameters are kept apart, so that parameters can be recorded where content
//! must not be; a parameter that was not sent is absent. Each API's own module takes its content; all the
//! rest are [`parameters`].

use serde_json::Value;

use super::kind::EndpointKind;
use super::{assistants, chat, embeddings, media, responses, tools};
use crate::conventions::output_type;
use crate::text::secret_fields::without_secrets;
use crate::wire::dialect::RequestBody;
use crate::wire::facts::RequestFacts;
use crate::wire::fields::{Fields, Object, as_count, into_object, objects};
use crate::wire::parameters;

pub(super) fn read(kind: EndpointKind, body: RequestBody, facts: &mut RequestFacts) {
    let RequestBody {
        mut fields,
        is_form,
    } = body;
    facts.model = fields.word("model").or(facts.model.take());
    facts.metadata = fields
        .object("metadata")
        .and_then(|metadata| into_object(without_secrets(Value::Object(metadata))))
        .unwrap_or_default();
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
    parameters::read(fields, is_form, facts);
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
