//! What `#[tracing::instrument]` recorded becomes input, output and error of the observation.
//!
//! Runs at export, on the destination's own copy of a span. The rules:
//!
//! * Arguments ([`RecordedBy::is_argument`]) are the input: a JSON object by argument name, in the order
//!   of declaration. Attributes stay as they are. Skipped arguments are not recorded, and `self` never is.
//! * The event of `ret` is the output: a text unquoted, anything else as JSON where the `Debug` text
//!   allows it ([`debug_text`]). `()` is no output.
//! * The event of `err` is the error. Its text already is the description of the status; [`explain`],
//!   which runs before for every destination, has added the rest.
//! * Input or output set by hand takes precedence; the arguments become metadata then.
//!
//! Consumed fields and events are removed, so that no backend reads them again under their plain
//! names, some of which (`model`, `input`, `prompt` …) have a meaning there.

mod arguments;
pub(crate) mod debug_text;
mod event_names;
mod events;
mod explain;
mod log;

use opentelemetry::trace::Event;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

pub(crate) use arguments::{RecordedBy, is_field};
pub(crate) use event_names::name_events;
pub(crate) use events::{End, end_of_function, is_of_function, recorded_end};
pub(crate) use explain::{explain, pardon};
pub(crate) use log::LogLine;

use serde_json::Value as Json;

use crate::conventions as names;
use crate::text::{attribute_value, secrets};

/// Turns arguments, result and error of an instrumented function into an observation's.
pub(crate) fn consume(span: &mut SpanData) {
    let failed = remove_events(span, events::is_error_of_function).is_some();
    let returned = remove_events(span, events::is_return).and_then(events::returned);
    let is_function = failed || returned.is_some();

    let has = |span: &SpanData, key| span.attributes.iter().any(|a| a.key.as_str() == key);
    let recorded_by = RecordedBy::of(span);
    let is_argument = |one: &mut KeyValue| recorded_by.is_argument(one.key.as_str());
    let arguments: Vec<_> = span.attributes.extract_if(.., is_argument).collect();

    let written = tool_arguments(span);
    if let Some(written) = &written {
        // What the model wrote is the input; what else the function was given is metadata.
        let others = arguments.into_iter().filter(|one| !repeats(one, written));
        span.attributes.extend(others.map(as_metadata));
    } else if has(span, names::observation::INPUT) || has_messages(span) {
        span.attributes
            .extend(arguments.into_iter().map(as_metadata));
    } else if is_function || !arguments.is_empty() {
        span.attributes
            .push(KeyValue::new(names::observation::INPUT, object(&arguments)));
    }
    if let Some(output) = returned.as_ref().and_then(result)
        && !has(span, names::observation::OUTPUT)
        && text_of(span, names::TOOL_CALL_RESULT).as_ref() != Some(&output)
    {
        span.attributes
            .push(KeyValue::new(names::observation::OUTPUT, output));
    }
}

fn text_of(span: &SpanData, key: &str) -> Option<String> {
    let mut attributes = span.attributes.iter();
    let found = attributes.find(|one| one.key.as_str() == key)?;
    Some(found.value.as_str().into_owned())
}

/// What a model wrote as the arguments of the call that the function ran for.
fn tool_arguments(span: &SpanData) -> Option<Json> {
    let text = text_of(span, names::TOOL_CALL_ARGUMENTS)?;
    Some(serde_json::from_str(&text).unwrap_or(Json::String(text)))
}

/// Whether an argument says what the model wrote: one of its fields, or all of them.
fn repeats(argument: &KeyValue, written: &Json) -> bool {
    let value = parsed(&argument.value);
    let of_text = value
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok());
    let is_whole = value == *written || of_text.is_some_and(|all: Json| all == *written);
    is_whole || written.get(argument.key.as_str()) == Some(&value)
}

fn parsed(value: &Value) -> Json {
    let text = json(value);
    serde_json::from_str(&text).unwrap_or(Json::String(text))
}

/// The arguments that a function recorded, as JSON where that is certain.
pub(crate) fn recorded_arguments(span: &SpanData) -> Vec<(String, Json)> {
    let recorded_by = RecordedBy::of(span);
    let attributes = span.attributes.iter();
    let arguments = attributes.filter(|one| recorded_by.is_argument(one.key.as_str()));
    arguments
        .map(|one| (one.key.to_string(), parsed(&one.value)))
        .collect()
}

/// What a function returned, as it is shown; `None` if that was not recorded.
pub(crate) fn recorded_result(span: &SpanData) -> Option<String> {
    let events = span.events.iter().rev().cloned();
    let mut results = events.filter(events::is_return);
    result(&results.next().and_then(events::returned)?)
}

fn has_messages(span: &SpanData) -> bool {
    span.attributes
        .iter()
        .any(|a| a.key.as_str() == names::INPUT_MESSAGES)
}

fn as_metadata(argument: KeyValue) -> KeyValue {
    let key = format!("{}{}", names::observation::METADATA_PREFIX, argument.key);
    KeyValue::new(key, argument.value)
}

/// Removes the matching events and returns the last of them.
fn remove_events(span: &mut SpanData, matches: impl Fn(&Event) -> bool) -> Option<Event> {
    let events = &mut span.events.events;
    events.extract_if(.., |event| matches(event)).last()
}

/// Whether the result of a function is an error.
pub(crate) fn is_failure(result: &str) -> bool {
    result.starts_with("Err(")
}

/// A result as an observation's output; `None` if there is nothing to show.
fn result(value: &Value) -> Option<String> {
    let Value::String(text) = value else {
        return Some(json(value));
    };
    // `ret` without `err` records the whole `Result`.
    let text = text.as_str();
    let text = match is_failure(text) {
        true => &secrets::redacted(text),
        false => text,
    };
    let inner = ["Ok(", "Some("].iter().find_map(|wrapper| {
        let inner = text.strip_prefix(wrapper)?.strip_suffix(')')?;
        (inner == "()" || debug_text::string_literal(inner).is_some()).then_some(inner)
    });
    let text = inner.unwrap_or(text);
    if text == "()" {
        return None;
    }
    let output = debug_text::string_literal(text).or_else(|| debug_text::to_json(text));
    Some(output.unwrap_or_else(|| text.to_owned()))
}

/// Arguments as a JSON object, in order; of one name the last.
fn object(arguments: &[KeyValue]) -> String {
    // Names are short and few characters have to be escaped.
    let bytes = arguments
        .iter()
        .map(|one| 32 + attribute_value::size(&one.value));
    let mut text = String::with_capacity(bytes.sum());
    text.push('{');
    for (index, argument) in arguments.iter().enumerate() {
        let key = argument.key.as_str();
        if arguments[index + 1..]
            .iter()
            .any(|later| later.key.as_str() == key)
        {
            continue;
        }
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&quoted(key));
        text.push(':');
        text.push_str(&json(&argument.value));
    }
    text.push('}');
    text
}

/// An argument or result as JSON, with `Debug` text translated where that is certain.
fn json(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let text = text.as_str();
            debug_text::to_json(text).unwrap_or_else(|| quoted(text))
        }
        value => attribute_value::json(value).to_string(),
    }
}

fn quoted(text: &str) -> String {
    // A text is always JSON.
    serde_json::to_string(text).unwrap_or_default()
}
