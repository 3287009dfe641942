//! What the mapping has translated, and what describes a call beside it: the metadata tab shows what a person
//! wants to read, and nothing twice.
//!
//! The server lists every attribute that it does not consume in the metadata of the observation, the ones that
//! it has read included. Attributes whose translation was written go, and what is left of a model's call
//! becomes one object, `call`. A translation that the user wrote is none: the attribute stays then.

use opentelemetry::trace::Status;
use opentelemetry::{KeyValue, SpanId, Value};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Map, Value as Json};

use super::attributes::{Attributes, json};
use super::classification::Classification;
use super::{keys, parameters, usage};
use crate::conventions;
use crate::conventions::{call, observation, operation, run, trace};
use crate::model::{Level, ObservationType};

/// The key of the metadata that describes a call.
const CALL: &str = "call";

/// What describes a call, and under which name it stands in the object.
const OF_CALL: &[(&str, &str)] = &[
    (conventions::PROVIDER_NAME, "provider"),
    (conventions::SYSTEM, "system"),
    (conventions::OPENAI_API_TYPE, "api"),
    (conventions::OPERATION_NAME, "operation"),
    (conventions::REQUEST_MODEL, "requested_model"),
    (conventions::RESPONSE_MODEL, "response_model"),
    (conventions::REQUEST_STREAM, "stream"),
    (conventions::REQUEST_STREAM_CURSOR, "stream_cursor"),
    (
        conventions::REQUEST_PREVIOUS_RESPONSE_ID,
        "previous_response_id",
    ),
    (
        conventions::OPENAI_REQUEST_SERVICE_TIER,
        "requested_service_tier",
    ),
    (conventions::OUTPUT_TYPE, "output_type"),
    (conventions::RESPONSE_FINISH_REASONS, "finish_reasons"),
    (conventions::RESPONSE_ID, "response_id"),
    (call::RESPONSE_STATUS, "response_status"),
    (call::SYSTEM_FINGERPRINT, "system_fingerprint"),
    (call::DIMENSION_COUNT, "dimensions"),
    (conventions::SERVER_ADDRESS, "server"),
    (conventions::SERVER_PORT, "port"),
    (call::HTTP_METHOD, "method"),
    (call::URL_TEMPLATE, "path"),
    (call::HTTP_STATUS, "status"),
    (call::RESEND_COUNT, "resends"),
];

/// What layers write on every span about the code and the thread that made it.
const OF_LAYERS: &[&str] = &["busy_ns", "idle_ns", "target"];

/// Which of Langfuse's attributes the user wrote.
pub(super) struct OfUser(Vec<String>);

impl OfUser {
    pub(super) fn among(attributes: &Attributes) -> Self {
        let keys = attributes.langfuse.iter().map(|(key, _)| key.to_owned());
        Self(keys.collect())
    }

    /// Whether the mapping wrote one of Langfuse's attributes.
    fn is_translated(&self, attributes: &Attributes, key: &str) -> bool {
        attributes.langfuse.has(key) && !self.0.iter().any(|own| own == key)
    }
}

/// Takes out what has been translated; of a model's call, what is left becomes one object.
pub(super) fn remove(
    attributes: &mut Attributes,
    of_user: &OfUser,
    kind: &Classification,
    span: &SpanData,
) {
    let is_translated = |attributes: &Attributes, key| of_user.is_translated(attributes, key);
    let tier = conventions::OPENAI_RESPONSE_SERVICE_TIER;
    if is_translated(attributes, keys::MODEL_PARAMETERS) {
        attributes.gen_ai.take_where(parameters::is_parameter);
        if attributes.other.text(tier).is_some() {
            attributes.other.take(tier);
        }
    }
    if is_translated(attributes, keys::USAGE_DETAILS) {
        attributes
            .gen_ai
            .retain(|key, value| !usage::is_counted(key, value));
    }
    if is_translated(attributes, keys::COMPLETION_START_TIME) {
        attributes
            .gen_ai
            .take(conventions::RESPONSE_TIME_TO_FIRST_CHUNK);
    }
    let model = attributes.langfuse.get(keys::MODEL_NAME).cloned();
    let session = attributes.other.get(conventions::SESSION_ID).cloned();
    for (key, same) in [
        (conventions::REQUEST_MODEL, model.as_ref()),
        (conventions::RESPONSE_MODEL, model.as_ref()),
        (conventions::CONVERSATION_ID, session.as_ref()),
    ] {
        if same.is_some() && attributes.gen_ai.get(key) == same {
            attributes.gen_ai.take(key);
        }
    }
    let is_on_the_wire = attributes.other.has(conventions::SERVER_ADDRESS)
        && attributes.gen_ai.has(conventions::PROVIDER_NAME);
    let is_call = is_on_the_wire && kind.r#type == ObservationType::Span;
    if kind.is_inference() || is_call {
        fold_call(attributes, kind);
        if span.parent_span_id == SpanId::INVALID && is_translated(attributes, keys::IS_APP_ROOT) {
            // The server sees by itself that it has no parent.
            attributes.langfuse.take(keys::IS_APP_ROOT);
        }
    }
    if let Status::Error { description } = &span.status {
        // The server reads the status too.
        for (key, same) in [
            (keys::LEVEL, Level::Error.as_str()),
            (keys::STATUS_MESSAGE, description.as_ref()),
        ] {
            if is_translated(attributes, key) && attributes.langfuse.text(key) == Some(same) {
                attributes.langfuse.take(key);
            }
        }
    }
}

/// Makes one object of what describes a call.
fn fold_call(attributes: &mut Attributes, kind: &Classification) {
    let mut facts = Map::new();
    for (key, name) in OF_CALL {
        let group = match key.starts_with(conventions::GEN_AI_PREFIX) {
            true => &mut attributes.gen_ai,
            false => &mut attributes.other,
        };
        if let Some(value) = group
            .take(key)
            .filter(|value| !is_implied(key, value, kind))
        {
            facts.insert((*name).to_owned(), json(&value));
        }
    }
    for KeyValue { key, value, .. } in attributes.neutral.take_where(is_of_call) {
        let name = key.as_str();
        let name = name.strip_prefix(observation::PREFIX).unwrap_or(name);
        let name = name.strip_prefix("call.").unwrap_or(name).replace('.', "_");
        facts.entry(name).or_insert_with(|| json(&value));
    }
    if !facts.is_empty() {
        let text = Json::Object(facts).to_string();
        attributes.move_to_metadata(CALL, Value::from(text));
    }
}

/// Whether a fact says what the type says.
fn is_implied(key: &str, value: &Value, kind: &Classification) -> bool {
    let implied = match kind.r#type {
        ObservationType::Embedding => operation::EMBEDDINGS,
        _ => operation::CHAT,
    };
    key == conventions::OPERATION_NAME && value.as_str() == implied
}

/// Whether a neutral attribute describes the call, and is neither somebody's metadata nor content.
fn is_of_call(key: &str) -> bool {
    const OTHERS: [&str; 4] = [
        observation::METADATA_PREFIX,
        observation::REQUEST_METADATA_PREFIX,
        observation::CONTENT_PARAMETER_PREFIX,
        trace::METADATA_PREFIX,
    ];
    const TEXTS: [&str; 2] = [call::OUTPUT_ANNOTATIONS, observation::ERROR_MESSAGE];
    !TEXTS.contains(&key)
        && !OTHERS.iter().any(|prefix| key.starts_with(prefix))
        && (key.starts_with(run::PREFIX) || key.matches('.').count() > 1)
}

/// Takes out where in this crate's own code a span was made, which is of no use to anybody.
pub(super) fn remove_own_places(span: &mut SpanData) {
    let is_own = span.attributes.iter().any(|one| {
        let module = one.value.as_str();
        let crate_name = env!("CARGO_CRATE_NAME");
        one.key.as_str() == conventions::CODE_MODULE_NAME
            && module
                .strip_prefix(crate_name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    });
    if is_own {
        span.attributes.retain(|one| {
            let key = one.key.as_str();
            let is_place = key.starts_with(conventions::CODE_PREFIX)
                || key.starts_with(conventions::THREAD_PREFIX);
            !is_place && !OF_LAYERS.contains(&key)
        });
    }
}
