//! A finished span → the same span in the words of the OpenTelemetry conventions alone.
//!
//! For destinations without a mapping, and for those whose mapping adds to the conventions. Pure. Three rules:
//!
//! * A neutral name gives way where a convention has a name for the same thing, and stays where that name is taken
//!   by another value.
//! * An attribute that the conventions do not declare for the span's operation is left out, or kept under a neutral
//!   name if it says something that nothing else says.
//! * What a mapping needs and nobody has counted, zeros, is left out.

use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Map, Value as Json};

use crate::conventions as names;
use crate::conventions::{call, observation, operation, parameter, provider, trace};
use crate::model::provider_of;

/// Neutral names and the conventions' names for the same.
const RENAMED: [(&str, &str); 8] = [
    (trace::ENVIRONMENT, names::DEPLOYMENT_ENVIRONMENT_NAME),
    // Of both, the version says more of a span; the release stays beside it.
    (trace::VERSION, names::SERVICE_VERSION),
    (trace::RELEASE, names::SERVICE_VERSION),
    (observation::PROMPT_NAME, names::PROMPT_NAME),
    (observation::PROMPT_VERSION, names::PROMPT_VERSION),
    (parameter::USER, names::USER_ID),
    (parameter::DIMENSIONS, call::DIMENSION_COUNT),
    (parameter::ENCODING_FORMAT, call::ENCODING_FORMATS),
];

/// Parameters that say no more than another attribute: the count of what came is that of what was asked for.
const REPEATED: [(&str, &str); 2] = [
    (parameter::DIMENSIONS, call::DIMENSION_COUNT),
    (parameter::ENCODING_FORMAT, call::ENCODING_FORMATS),
];

/// Attributes that this crate knows of an operation for which the conventions do not declare them.
const UNDECLARED: [(&str, &[&str]); 4] = [
    (
        operation::FETCH_RESPONSE,
        &[
            names::CONVERSATION_ID,
            names::INPUT_MESSAGES,
            names::REQUEST_PREVIOUS_RESPONSE_ID,
            names::REQUEST_STREAM,
            names::RESPONSE_TIME_TO_FIRST_CHUNK,
            call::SYSTEM_FINGERPRINT,
        ],
    ),
    (
        operation::CREATE_AGENT,
        &[
            names::INPUT_MESSAGES,
            names::OPENAI_API_TYPE,
            names::TOOL_DEFINITIONS,
        ],
    ),
    (operation::INVOKE_AGENT, &[names::OPENAI_API_TYPE]),
    (
        operation::EMBEDDINGS,
        &[names::OPENAI_API_TYPE, names::USAGE_OUTPUT_TOKENS],
    ),
];

/// Rewrites the span's attributes.
pub(crate) fn map(span: &mut SpanData) {
    let attributes = &mut span.attributes;
    for (neutral, name) in RENAMED {
        rename(attributes, neutral, name);
    }
    request_id(attributes);
    parameters(attributes);
    if let Some(operation) = text(attributes, names::OPERATION_NAME) {
        declared(attributes, &operation);
        without_zeros(attributes);
    }
    if let Some(provider) = provider(attributes) {
        attributes.push(KeyValue::new(names::PROVIDER_NAME, provider));
    }
}

/// The same resource, the release under the convention's name.
pub(crate) fn resource(resource: &Resource) -> Resource {
    if resource
        .get_ref(&Key::from_static_str(trace::RELEASE))
        .is_none()
    {
        return resource.clone();
    }
    let attributes = resource.iter();
    let attributes = attributes.map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let mut attributes: Vec<KeyValue> = attributes.collect();
    rename(&mut attributes, trace::RELEASE, names::SERVICE_VERSION);
    let builder = Resource::builder_empty();
    match resource.schema_url() {
        Some(url) => builder.with_schema_url(attributes, url.to_owned()),
        None => builder.with_attributes(attributes),
    }
    .build()
}

/// Whether a model was called and nobody knows whose, by name or by the model's name.
pub(crate) fn lacks_provider(span: &SpanData) -> bool {
    provider(&span.attributes).is_some_and(|found| found.as_str() == provider::OTHER)
}

fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Value> {
    let mut attributes = attributes.iter();
    let found = attributes.find(|one| one.key.as_str() == key);
    found.map(|one| &one.value)
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    find(attributes, key).map(|value| value.as_str().into_owned())
}

fn has(attributes: &[KeyValue], key: &str) -> bool {
    find(attributes, key).is_some()
}

fn remove(attributes: &mut Vec<KeyValue>, key: &str) -> Option<Value> {
    let index = attributes.iter().position(|one| one.key.as_str() == key)?;
    Some(attributes.remove(index).value)
}

fn rename(attributes: &mut Vec<KeyValue>, neutral: &'static str, name: &'static str) {
    let Some(value) = find(attributes, neutral) else {
        return;
    };
    let value = of_type(name, value);
    match find(attributes, name) {
        Some(there) if *there == value || REPEATED.contains(&(neutral, name)) => {
            remove(attributes, neutral);
        }
        Some(_) => {}
        None => {
            remove(attributes, neutral);
            attributes.push(KeyValue::new(name, value));
        }
    }
}

/// The value in the type of the convention.
fn of_type(name: &str, value: &Value) -> Value {
    let text = || value.as_str().into_owned();
    match name {
        call::DIMENSION_COUNT => value.clone(),
        call::ENCODING_FORMATS => texts(text()),
        _ => text().into(),
    }
}

fn texts(text: String) -> Value {
    Value::Array(Array::String(vec![StringValue::from(text)]))
}

/// The request's id under the name of the header in which the provider sends it.
fn request_id(attributes: &mut Vec<KeyValue>) {
    let Some(id) = remove(attributes, call::REQUEST_ID) else {
        return;
    };
    let provider = text(attributes, names::PROVIDER_NAME);
    let (name, id) = match provider.as_deref() {
        Some(provider::AZURE_AI_OPENAI | provider::AZURE_AI_INFERENCE) => {
            (call::AZURE_REQUEST_ID, id)
        }
        Some(provider::AWS_BEDROCK) => (call::AWS_REQUEST_ID, id),
        Some(provider::ANTHROPIC) => (call::HEADER_REQUEST_ID, texts(id.as_str().into_owned())),
        _ => (call::HEADER_X_REQUEST_ID, texts(id.as_str().into_owned())),
    };
    if !has(attributes, name) {
        attributes.push(KeyValue::new(name, id));
    }
}

/// Leaves out parameters that say what other attributes say: a format that is nothing but a type, and names.
fn parameters(attributes: &mut Vec<KeyValue>) {
    // The provider's own names are for backends that show them.
    let is_name = |key: &str| key.starts_with(observation::PARAMETER_NAME_PREFIX);
    attributes.retain(|attribute| !is_name(attribute.key.as_str()));
    if !has(attributes, names::OUTPUT_TYPE) {
        return;
    }
    for key in [parameter::RESPONSE_FORMAT, parameter::TEXT_FORMAT] {
        let format = text(attributes, key);
        let fields =
            format.and_then(|format| serde_json::from_str::<Map<String, Json>>(&format).ok());
        if fields.is_some_and(|fields| fields.keys().all(|field| field == "type")) {
            remove(attributes, key);
        }
    }
}

/// Leaves out what the conventions do not declare for the operation.
fn declared(attributes: &mut Vec<KeyValue>, operation: &str) {
    if let Some((_, undeclared)) = UNDECLARED.iter().find(|(of, _)| *of == operation) {
        attributes.retain(|one| !undeclared.contains(&one.key.as_str()));
    }
    if operation != operation::FETCH_RESPONSE
        && let Some(status) = remove(attributes, call::RESPONSE_STATUS)
    {
        attributes.push(KeyValue::new(call::STATUS, status));
    }
    if operation == operation::CREATE_AGENT {
        for one in attributes {
            let parameter = one.key.as_str().strip_prefix(names::REQUEST_PREFIX);
            let parameter = parameter.filter(|_| one.key.as_str() != names::REQUEST_MODEL);
            if let Some(parameter) = parameter {
                one.key = Key::from(format!("{}{parameter}", observation::PARAMETER_PREFIX));
            }
        }
    }
}

/// Zeros on a span that nobody made keep a backend from estimating, and were never counted.
fn without_zeros(attributes: &mut Vec<KeyValue>) {
    const COUNTS: [&str; 2] = [names::USAGE_INPUT_TOKENS, names::USAGE_OUTPUT_TOKENS];
    let is_zero = |key: &str| find(attributes, key) == Some(&Value::I64(0));
    if has(attributes, observation::DERIVED) && COUNTS.into_iter().all(is_zero) {
        attributes.retain(|one| !COUNTS.contains(&one.key.as_str()));
    }
}

/// The provider of a call of a model that names none.
fn provider(attributes: &[KeyValue]) -> Option<StringValue> {
    let operation = find(attributes, names::OPERATION_NAME)?.as_str();
    let needs_one = matches!(
        operation.as_ref(),
        operation::CHAT
            | operation::TEXT_COMPLETION
            | operation::GENERATE_CONTENT
            | operation::EMBEDDINGS
    );
    if !needs_one || has(attributes, names::PROVIDER_NAME) {
        return None;
    }
    if let Some(system) = text(attributes, names::SYSTEM) {
        return Some(system.into());
    }
    let model = |key| provider_of(&text(attributes, key)?);
    let known = model(names::REQUEST_MODEL).or_else(|| model(names::RESPONSE_MODEL));
    Some(known.unwrap_or(provider::OTHER).into())
}

#[cfg(test)]
mod tests;
