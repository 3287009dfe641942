//! What belongs to the whole trace and is repeated on every span: name, tags, visibility, version,
//! release, environment, and which span is the application's root.

use opentelemetry::{Array, SpanId, Value};

use super::attributes::{Attributes, into_text};
use super::keys;
use crate::conventions::{observation, trace};

/// How long an environment's name may be in the server.
const ENVIRONMENT_LIMIT: usize = 40;

/// Writes the trace's attributes. `user.id` and `session.id` stay as they are: the server reads
/// them under these names.
pub(crate) fn map(attributes: &mut Attributes, parent: SpanId) {
    for (neutral, key) in [
        (trace::NAME, keys::TRACE_NAME),
        (trace::VERSION, keys::VERSION),
        (trace::RELEASE, keys::RELEASE),
    ] {
        if let Some(value) = attributes.neutral.take(neutral) {
            attributes.write(key, into_text(value));
        }
    }
    if let Some(value) = attributes.neutral.take(trace::ENVIRONMENT) {
        let name = environment(&value.as_str());
        if name.as_deref() != Some(value.as_str().as_ref()) {
            attributes.move_to_metadata("environment", value);
        }
        if let Some(name) = name {
            attributes.write(keys::ENVIRONMENT, name);
        }
    }
    if let Some(value) = attributes.neutral.take(trace::TAGS) {
        attributes.write(keys::TRACE_TAGS, tags(value));
    }
    if let Some(value) = attributes.neutral.take(trace::PUBLIC) {
        match flag(&value) {
            Some(is_public) => attributes.write(keys::TRACE_PUBLIC, is_public),
            None => attributes.move_to_metadata("trace.public", value),
        }
    }
    let begins_here = match attributes.neutral.take(observation::APP_ROOT) {
        Some(value) => flag(&value) == Some(true),
        None => false,
    };
    if begins_here || parent == SpanId::INVALID {
        attributes.write(keys::IS_APP_ROOT, true);
    }
}

/// Tags as an array: the server splits a single text at its commas.
fn tags(value: Value) -> Value {
    match value {
        tags @ Value::Array(_) => tags,
        tag => Value::Array(Array::String(vec![into_text(tag)])),
    }
}

fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.as_str().trim().parse().ok(),
        _ => None,
    }
}

/// The name in the server's alphabet, where anything else becomes `default` without a word.
pub(crate) fn environment(name: &str) -> Option<String> {
    let lower = name.trim().to_lowercase();
    let name: String = lower
        .strip_prefix("langfuse")
        .unwrap_or(&lower)
        .chars()
        .map(|char| match char {
            'a'..='z' | '0'..='9' | '-' | '_' => char,
            _ => '-',
        })
        .take(ENVIRONMENT_LIMIT)
        .collect();
    name.contains(|char: char| char.is_ascii_alphanumeric())
        .then_some(name)
}
