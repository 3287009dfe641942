//! Model name, model parameters and the link to a managed prompt.

use opentelemetry::Value;
use serde_json::{Map, Value as Json};

use super::attributes::{Attributes, json, to_i64};
use super::classification::Classification;
use super::keys;
use super::usage;
use crate::conventions;
use crate::conventions::observation;
use crate::model::ObservationType;

/// Attributes that begin like a request parameter but are none of the model's.
const NOT_PARAMETERS: &[&str] = &[
    conventions::REQUEST_MODEL,
    conventions::REQUEST_STREAM,
    conventions::REQUEST_STREAM_CURSOR,
    conventions::REQUEST_PREVIOUS_RESPONSE_ID,
];

/// Where the metadata keeps parameters that are content.
const CONTENT_PARAMETERS: &str = "request_content";

/// The parameter by which the server chooses a price tier.
const SERVICE_TIER: &str = "service_tier";

/// Writes the model that answered, else the one that was asked for, and the parameters of the
/// request as one object.
pub(crate) fn map(attributes: &mut Attributes, kind: &Classification) {
    let parameters = parameters(attributes);
    if !parameters.is_empty() {
        let text = Json::Object(parameters).to_string();
        attributes.write(keys::MODEL_PARAMETERS, text);
    }
    if !kind.is_agent_run && !kind.is_foreign {
        let model = usage::model(attributes).map(str::to_owned);
        if let Some(model) = model {
            attributes.write(keys::MODEL_NAME, model);
        }
    }
}

/// Whether an attribute is one of the parameters.
pub(crate) fn is_parameter(key: &str) -> bool {
    key.starts_with(conventions::REQUEST_PREFIX) && !NOT_PARAMETERS.contains(&key)
}

/// Everything under `gen_ai.request.` and our neutral prefix, under the provider's names, numbers as
/// numbers, and the tier that served the request: the tier that was asked for has no price.
fn parameters(attributes: &mut Attributes) -> Map<String, Json> {
    let mut parameters = Map::new();
    let of_request = attributes
        .neutral
        .take_prefixed(observation::REQUEST_METADATA_PREFIX);
    for (name, value) in of_request {
        attributes.move_to_metadata(&name, value);
    }
    let names = attributes
        .neutral
        .take_prefixed(observation::PARAMETER_NAME_PREFIX);
    let content = attributes
        .neutral
        .take_prefixed(observation::CONTENT_PARAMETER_PREFIX);
    for (name, value) in content {
        attributes.move_to_metadata(&format!("{CONTENT_PARAMETERS}.{name}"), value);
    }
    let of_gen_ai = attributes.gen_ai.iter();
    for (key, value) in of_gen_ai.filter(|(key, _)| is_parameter(key)) {
        if let Some(name) = key.strip_prefix(conventions::REQUEST_PREFIX) {
            let named = names.iter().find(|(convention, _)| convention == name);
            let name = match named {
                Some((_, Value::String(name))) => name.as_str(),
                _ => name,
            };
            parameters.insert(name.to_owned(), json(value));
        }
    }
    let others = attributes
        .neutral
        .take_prefixed(observation::PARAMETER_PREFIX);
    for (name, value) in others {
        parameters.insert(name, json(&value));
    }
    let tier = attributes
        .other
        .text(conventions::OPENAI_RESPONSE_SERVICE_TIER);
    if let Some(tier) = tier {
        parameters.insert(SERVICE_TIER.to_owned(), tier.into());
    }
    parameters
}

/// Links a generation to the prompt that the backend manages. A name without a version, or a
/// version that is no integer, makes older servers drop the whole observation: it goes to the
/// metadata. On other types than generations the server has no such link, so nothing is written.
pub(crate) fn map_prompt(attributes: &mut Attributes, kind: &Classification) {
    let name = attributes.neutral.take(observation::PROMPT_NAME);
    let version = attributes.neutral.take(observation::PROMPT_VERSION);
    if kind.r#type != ObservationType::Generation {
        return;
    }
    match (name, version) {
        (Some(Value::String(name)), Some(version)) if to_i64(&version).is_some() => {
            attributes.write(keys::PROMPT_NAME, name);
            attributes.write(keys::PROMPT_VERSION, to_i64(&version).unwrap_or_default());
        }
        (name, version) => {
            for (key, value) in [("prompt.name", name), ("prompt.version", version)] {
                if let Some(value) = value {
                    attributes.move_to_metadata(key, value);
                }
            }
        }
    }
}
