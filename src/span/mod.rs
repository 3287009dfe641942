//! Facts become attributes.
//!
//! The one place that knows which attribute a fact has and of what type: `i64`, `f64`, `bool`, text
//! or an array of text, since unsigned integers would reach the backend as text. Pure, except for
//! [`write`], the only function of the crate that writes to spans.

use std::collections::HashMap;
use std::error::Error;
use std::time::SystemTime;

use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};
use serde::Serialize;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::conventions as names;
use crate::model::message::{Message, Part, ToolDefinition, Usage};
use crate::model::{Level, ObservationType};
use crate::recorder::tools::Execution;
use crate::text::errors;
use crate::text::timestamp;

/// One thing to write to a span.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    Attribute(KeyValue),
    Status(Status),
}

impl From<KeyValue> for Fact {
    fn from(attribute: KeyValue) -> Self {
        Self::Attribute(attribute)
    }
}

/// Writes facts to a span; of the same attribute the last one counts.
pub(crate) fn write(span: &Span, facts: impl IntoIterator<Item = Fact>) {
    for fact in facts {
        match fact {
            Fact::Attribute(attribute) => span.set_attribute(attribute.key, attribute.value),
            Fact::Status(status) => span.set_status(status),
        }
    }
}

/// What facts make of a span that is written once; of the same attribute the last one counts.
pub(crate) fn merged(facts: Vec<Fact>) -> (Vec<KeyValue>, Status) {
    let mut attributes: Vec<KeyValue> = Vec::with_capacity(facts.len());
    let mut places: HashMap<Key, usize> = HashMap::with_capacity(facts.len());
    let mut status = Status::Unset;
    for fact in facts {
        match fact {
            Fact::Attribute(attribute) => {
                let known = places.get(&attribute.key);
                match known.and_then(|place| attributes.get_mut(*place)) {
                    Some(before) => *before = attribute,
                    None => {
                        places.insert(attribute.key.clone(), attributes.len());
                        attributes.push(attribute);
                    }
                }
            }
            Fact::Status(last) => status = last,
        }
    }
    (attributes, status)
}

/// Renames a span that has started already.
pub(crate) fn rename(span: &Span, name: String) {
    span.context().span().update_name(name);
}

pub(crate) fn attribute(key: impl Into<Key>, value: impl Into<Value>) -> Vec<Fact> {
    vec![KeyValue::new(key, value).into()]
}

/// Content of any shape: text as it is, everything else as JSON.
pub(crate) fn content(key: &'static str, value: impl Serialize) -> Vec<Fact> {
    attribute(key, text(value))
}

/// By way of text rather than of a JSON value: that would sort the fields, and widen an `f32` of
/// 0.7 to 0.699999988079071.
pub(crate) fn text(value: impl Serialize) -> String {
    match serde_json::to_string(&value) {
        Ok(json) if json.starts_with('"') => serde_json::from_str(&json).unwrap_or(json),
        Ok(json) => json,
        Err(error) => format!("<not serializable: {error}>"),
    }
}

/// A value of metadata or of a parameter: scalars keep their type, everything else is JSON.
pub(crate) fn scalar(value: impl Serialize) -> Value {
    let json = match serde_json::to_string(&value) {
        Ok(json) => json,
        Err(error) => return format!("<not serializable: {error}>").into(),
    };
    match json.as_bytes().first() {
        Some(b't') => true.into(),
        Some(b'f') => false.into(),
        Some(b'"') => serde_json::from_str(&json).unwrap_or(json).into(),
        Some(b'-' | b'0'..=b'9') => match (json.parse::<i64>(), json.parse::<f64>()) {
            (Ok(whole), _) => whole.into(),
            (Err(_), Ok(number)) if json.contains(['.', 'e']) => number.into(),
            _ => json.into(),
        },
        _ => json.into(),
    }
}

pub(crate) fn metadata(key: &str, value: impl Serialize) -> Vec<Fact> {
    attribute(
        format!("{}{key}", names::observation::METADATA_PREFIX),
        scalar(value),
    )
}

/// A request parameter: under the convention's name where there is one.
pub(crate) fn parameter(name: &str, value: impl Serialize) -> Vec<Fact> {
    let known = [
        ("temperature", names::REQUEST_TEMPERATURE),
        ("top_p", names::REQUEST_TOP_P),
        ("max_tokens", names::REQUEST_MAX_TOKENS),
        ("max_completion_tokens", names::REQUEST_MAX_TOKENS),
        ("max_output_tokens", names::REQUEST_MAX_TOKENS),
        ("seed", names::REQUEST_SEED),
        ("frequency_penalty", names::REQUEST_FREQUENCY_PENALTY),
        ("presence_penalty", names::REQUEST_PRESENCE_PENALTY),
        ("n", names::REQUEST_CHOICE_COUNT),
        ("reasoning_effort", names::REQUEST_REASONING_LEVEL),
    ];
    let double = [
        names::REQUEST_TEMPERATURE,
        names::REQUEST_TOP_P,
        names::REQUEST_FREQUENCY_PENALTY,
        names::REQUEST_PRESENCE_PENALTY,
    ];
    let value = scalar(value);
    match known.iter().find(|(short, _)| *short == name) {
        Some((_, key)) => match value {
            // `temperature: 1` is a double that happens to be whole.
            Value::I64(whole) if double.contains(key) => attribute(*key, whole as f64),
            value => attribute(*key, value),
        },
        None => attribute(
            format!("{}{name}", names::observation::PARAMETER_PREFIX),
            value,
        ),
    }
}

pub(crate) fn stop_sequences<T: Into<String>>(sequences: impl IntoIterator<Item = T>) -> Vec<Fact> {
    attribute(names::REQUEST_STOP_SEQUENCES, texts(sequences))
}

pub(crate) fn finish_reasons<T: Into<String>>(reasons: impl IntoIterator<Item = T>) -> Vec<Fact> {
    attribute(names::RESPONSE_FINISH_REASONS, texts(reasons))
}

pub(crate) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Value {
    let texts: Vec<StringValue> = texts
        .into_iter()
        .map(|text| StringValue::from(text.into()))
        .collect();
    Value::Array(Array::String(texts))
}

pub(crate) fn messages(
    key: &'static str,
    messages: impl IntoIterator<Item = Message>,
) -> Vec<Fact> {
    json(key, &messages.into_iter().collect::<Vec<_>>())
}

pub(crate) fn system_instructions(text: impl Into<String>) -> Vec<Fact> {
    json(names::SYSTEM_INSTRUCTIONS, &[Part::text(text)])
}

pub(crate) fn tools(tools: impl IntoIterator<Item = ToolDefinition>) -> Vec<Fact> {
    json(
        names::TOOL_DEFINITIONS,
        &tools.into_iter().collect::<Vec<_>>(),
    )
}

/// In the order of the fields, unlike a detour over a JSON value.
pub(crate) fn json(key: &'static str, value: &impl Serialize) -> Vec<Fact> {
    let text =
        serde_json::to_string(value).unwrap_or_else(|error| format!("<not serializable: {error}>"));
    attribute(key, text)
}

/// Token counts; details only where they are not zero.
pub(crate) fn usage(usage: Usage) -> Vec<Fact> {
    let all = [
        (names::USAGE_INPUT_TOKENS, usage.input_tokens),
        (names::USAGE_OUTPUT_TOKENS, usage.output_tokens),
    ];
    let details = [
        (
            names::USAGE_CACHE_READ_INPUT_TOKENS,
            usage.cache_read_input_tokens,
        ),
        (
            names::USAGE_CACHE_WRITE_INPUT_TOKENS,
            usage.cache_write_input_tokens,
        ),
        (
            names::USAGE_REASONING_OUTPUT_TOKENS,
            usage.reasoning_output_tokens,
        ),
        (names::USAGE_AUDIO_INPUT_TOKENS, usage.audio_input_tokens),
        (names::USAGE_AUDIO_OUTPUT_TOKENS, usage.audio_output_tokens),
    ];
    all.into_iter()
        .chain(details.into_iter().filter(|(_, tokens)| *tokens > 0))
        .map(|(key, tokens)| KeyValue::new(key, i64::try_from(tokens).unwrap_or(i64::MAX)).into())
        .collect()
}

/// A tool that ran between two calls of a model. Model and usage are theirs, never its own.
pub(crate) fn execution(execution: &Execution) -> Vec<Fact> {
    let mut facts = observation_type(ObservationType::Tool);
    let texts = [
        (names::OPERATION_NAME, Some(names::operation::EXECUTE_TOOL)),
        (names::TOOL_NAME, Some(execution.name.as_str())),
        (names::TOOL_TYPE, Some(names::tool_type::FUNCTION)),
        (names::TOOL_CALL_ID, Some(execution.id.as_str())),
        (names::TOOL_CALL_ARGUMENTS, execution.arguments.as_deref()),
        (names::TOOL_CALL_RESULT, Some(execution.result.as_str())),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            facts.extend(attribute(key, text.to_owned()));
        }
    }
    facts.extend(attribute(names::observation::DERIVED, true));
    facts
}

pub(crate) fn observation_type(kind: ObservationType) -> Vec<Fact> {
    attribute(names::observation::TYPE, kind.as_str())
}

/// A level; ERROR is an error for every backend.
pub(crate) fn level(level: Level) -> Vec<Fact> {
    let mut facts = attribute(names::observation::LEVEL, level.as_str());
    if level == Level::Error {
        facts.push(Fact::Status(Status::error("")));
    }
    facts
}

/// An error with its name and message.
///
/// The message is an attribute and becomes the status' description at export: of two descriptions
/// the SDK keeps the one that comes later in the alphabet, of two attributes the last is kept here.
pub(crate) fn error(kind: impl Into<String>, message: impl Into<String>) -> Vec<Fact> {
    let mut facts = attribute(names::ERROR_TYPE, kind.into());
    facts.extend(attribute(names::observation::ERROR_MESSAGE, message.into()));
    facts.push(Fact::Status(Status::error("")));
    facts
}

pub(crate) fn error_from<E: Error + ?Sized>(error: &E) -> Vec<Fact> {
    let kind = errors::type_name::<E>().unwrap_or_else(|| names::error_type::OTHER.to_owned());
    self::error(kind, errors::with_sources(error))
}

/// What happened to the thread while the work was done. An error that was said before stays.
pub(crate) fn panicked() -> Vec<Fact> {
    let mut facts = attribute(names::ERROR_TYPE, names::error_type::PANIC);
    facts.push(Fact::Status(Status::error("")));
    facts
}

pub(crate) fn server(address: impl Into<String>, port: u16) -> Vec<Fact> {
    let mut facts = attribute(names::SERVER_ADDRESS, address.into());
    facts.extend(attribute(names::SERVER_PORT, i64::from(port)));
    facts
}

pub(crate) fn prompt(name: impl Into<String>, version: i64) -> Vec<Fact> {
    let mut facts = attribute(names::observation::PROMPT_NAME, name.into());
    facts.extend(attribute(names::observation::PROMPT_VERSION, version));
    facts
}

pub(crate) fn completion_start(time: SystemTime) -> Vec<Fact> {
    timestamp::rfc3339(time)
        .map(|time| attribute(names::observation::COMPLETION_START_TIME, time))
        .unwrap_or_default()
}
