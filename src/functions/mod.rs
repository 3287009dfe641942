//! What `#[tracing::instrument]` recorded becomes input, output and error of the observation.
//!
//! Runs at export, on the destination's own copy of a span. The rules:
//!
//! * Fields without a dot are arguments: together they are the input, a JSON object by argument
//!   name in the order of declaration. Fields with a dot are attributes and stay as they are. What
//!   a function hides with `skip` is not there, and `self` never is.
//! * The event of `ret` is the output: a text unquoted, anything else as JSON where the `Debug` text
//!   allows it ([`debug_text`]). `()` is no output.
//! * The event of `err` is the error: its text is the status description already, and what there is
//!   to add was added by [`explain`], which runs before for every destination.
//! * Input or output set by hand wins; the arguments are metadata then.
//!
//! Consumed fields and events are removed, so that no backend reads them again under their plain
//! names, some of which (`model`, `input`, `prompt` …) mean something to it.

mod arguments;
pub(crate) mod debug_text;
mod events;
mod explain;

use opentelemetry::trace::Event;
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

pub(crate) use arguments::{RecordedBy, is_field};
pub(crate) use events::{End, end_of_function};
pub(crate) use explain::explain;

use crate::conventions as names;
use crate::text::secrets;

/// Turns arguments, result and error of an instrumented function into an observation's.
pub(crate) fn consume(span: &mut SpanData) {
    let failed = remove_events(span, events::is_error_of_function).is_some();
    let returned = remove_events(span, events::is_return).and_then(events::returned);
    let is_function = failed || returned.is_some();

    let has = |span: &SpanData, key| span.attributes.iter().any(|a| a.key.as_str() == key);
    let recorded_by = RecordedBy::of(span);
    let (arguments, attributes): (Vec<_>, Vec<_>) = std::mem::take(&mut span.attributes)
        .into_iter()
        .partition(|attribute| recorded_by.is_argument(attribute.key.as_str()));
    span.attributes = attributes;

    if has(span, names::observation::INPUT) || has_messages(span) {
        span.attributes
            .extend(arguments.into_iter().map(as_metadata));
    } else if is_function || !arguments.is_empty() {
        span.attributes
            .push(KeyValue::new(names::observation::INPUT, object(&arguments)));
    }
    if let Some(output) = returned.as_ref().and_then(result)
        && !has(span, names::observation::OUTPUT)
    {
        span.attributes
            .push(KeyValue::new(names::observation::OUTPUT, output));
    }
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
    let mut last = None;
    let mut kept = Vec::with_capacity(span.events.events.len());
    for event in std::mem::take(&mut span.events.events) {
        if matches(&event) {
            last = Some(event);
        } else {
            kept.push(event);
        }
    }
    span.events.events = kept;
    last
}

/// Whether the result of a function tells of an error.
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
    let mut text = String::from("{");
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

fn json(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::I64(number) => number.to_string(),
        Value::F64(number) => float(*number),
        Value::String(text) => {
            debug_text::to_json(text.as_str()).unwrap_or_else(|| quoted(text.as_str()))
        }
        Value::Array(Array::Bool(values)) => list(values, bool::to_string),
        Value::Array(Array::I64(values)) => list(values, i64::to_string),
        Value::Array(Array::F64(values)) => list(values, |number| float(*number)),
        Value::Array(Array::String(values)) => list(values, |text| quoted(text.as_str())),
        other => quoted(&other.as_str()),
    }
}

/// JSON has no infinities.
fn float(number: f64) -> String {
    if number.is_finite() {
        serde_json::Value::from(number).to_string()
    } else {
        quoted(&number.to_string())
    }
}

fn list<T>(values: &[T], one: impl Fn(&T) -> String) -> String {
    let values: Vec<String> = values.iter().map(one).collect();
    format!("[{}]", values.join(","))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
