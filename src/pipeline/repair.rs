//! Spans of other libraries in the form of the conventions, for every destination.
//!
//! `tracing` knows fewer types than the conventions, and some libraries name a span by its operation alone, use names
//! of an older convention, or add the tokens of an agent's calls up on the agent, where backends would count them
//! again.

use opentelemetry::{Key, Value};
use opentelemetry_sdk::trace::SpanData;

use crate::conventions as names;
use crate::conventions::{observation, operation};
use crate::text::typed_value;

/// Repairs values, name and sums of a span.
pub(super) fn repair(span: &mut SpanData) {
    let of_events = span.events.events.iter_mut();
    let of_events = of_events.flat_map(|event| event.attributes.iter_mut());
    for attribute in span.attributes.iter_mut().chain(of_events) {
        typed_value::repair(attribute.key.as_str(), &mut attribute.value);
    }
    let Some(operation) = text(span, names::OPERATION_NAME) else {
        return;
    };
    // Of what is recorded by hand, the program knows what it is called and what its counts are.
    if text(span, observation::TYPE).is_some() {
        return;
    }
    if let Some(name) = full_name(span, &operation) {
        span.name = name.into();
    }
    if operation == operation::INVOKE_AGENT {
        without_sums(span);
    }
}

fn text(span: &SpanData, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|one| one.key.as_str() == key)?;
    match &found.value {
        Value::String(text) if !text.as_str().is_empty() => Some(text.as_str().to_owned()),
        _ => None,
    }
}

/// Operation and object, where the name is the operation alone.
fn full_name(span: &SpanData, operation: &str) -> Option<String> {
    let name = span.name.strip_suffix("_streaming");
    if name.unwrap_or(&span.name) != operation {
        return None;
    }
    let object = match operation {
        operation::INVOKE_AGENT | operation::CREATE_AGENT => text(span, names::AGENT_NAME),
        operation::EXECUTE_TOOL => text(span, names::TOOL_NAME),
        _ => text(span, names::REQUEST_MODEL),
    };
    Some(format!("{operation} {}", object?))
}

/// Input and output under the names of an older convention, where nothing else says them: rig names those of its
/// agents so.
pub(super) fn older_content(span: &mut SpanData) {
    let names = [
        (
            names::PROMPT,
            observation::INPUT,
            [names::INPUT_MESSAGES, names::TOOL_CALL_ARGUMENTS],
        ),
        (
            names::COMPLETION,
            observation::OUTPUT,
            [names::OUTPUT_MESSAGES, names::TOOL_CALL_RESULT],
        ),
    ];
    for (older, neutral, others) in names {
        let has = |key: &str| span.attributes.iter().any(|one| one.key.as_str() == key);
        if has(neutral) || others.into_iter().any(has) {
            continue;
        }
        let mut attributes = span.attributes.iter_mut();
        if let Some(found) = attributes.find(|one| one.key.as_str() == older) {
            found.key = Key::from_static_str(neutral);
        }
    }
}

/// The tokens of an agent's calls under a neutral name.
fn without_sums(span: &mut SpanData) {
    for attribute in &mut span.attributes {
        if let Some(count) = attribute.key.as_str().strip_prefix(names::USAGE_PREFIX) {
            attribute.key = Key::from(format!("{}{count}", names::AGENT_USAGE_PREFIX));
        }
    }
}
