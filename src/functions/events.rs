//! The events with which `#[tracing::instrument]` records how a function ended, as opposed to log lines.
//!
//! `ret` records an unnamed event with the field `return`, `err` one with the field `error`. They are
//! recognised twice: when they are recorded, and as tracing-opentelemetry has written them.

use opentelemetry::trace::Event;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use tracing::Metadata;

use crate::conventions as names;

/// The level of a line, which the layer writes on its event.
pub(super) const LEVEL: &str = "level";
/// The module of a line, which the layer writes on its event.
pub(super) const TARGET: &str = "target";
const RETURN: &str = "return";
const ERROR: &str = "error";
/// What `tracing` names an event that has no name of its own: `event src/main.rs:10`.
const UNNAMED: &str = "event ";

/// How a function ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Returned,
    Failed,
}

/// How the function ended, if an event of this shape is one of the macro's.
pub(crate) fn end_of_function(metadata: &Metadata<'_>) -> Option<End> {
    if !metadata.name().starts_with(UNNAMED) {
        return None;
    }
    let mut fields = metadata.fields().iter();
    match (fields.next()?.name(), fields.next()) {
        (RETURN, None) => Some(End::Returned),
        (ERROR, None) => Some(End::Failed),
        _ => None,
    }
}

/// Whether an event of that shape is about the function that a span stands for: the macro's span and
/// events have one place in the source, its own.
pub(crate) fn is_of_function(event: &Metadata<'_>, span: &Metadata<'_>) -> bool {
    event.line() == span.line() && event.file() == span.file()
}

/// How a function ended, if its span says so.
pub(crate) fn recorded_end(span: &SpanData, function: &Metadata<'_>) -> Option<End> {
    let is_at_function = |event: &Event| {
        let place = event.name.strip_prefix(UNNAMED);
        let place = place.and_then(|place| place.rsplit_once(':'));
        place.is_some_and(|(file, line)| {
            function.file() == Some(file) && line.parse().ok() == function.line()
        })
    };
    span.events.iter().rev().find_map(|event| {
        if is_error_of_function(event) {
            Some(End::Failed)
        } else {
            (is_return(event) && is_at_function(event)).then_some(End::Returned)
        }
    })
}

/// Whether every layer writes an attribute of this name on events.
pub(super) fn is_of_layer(key: &str) -> bool {
    [LEVEL, TARGET].contains(&key)
}

pub(super) fn is_unnamed(event: &Event) -> bool {
    event.name.starts_with(UNNAMED)
}

pub(super) fn is_return(event: &Event) -> bool {
    is_unnamed(event) && attribute(event, RETURN).is_some()
}

/// The result that the event carries.
pub(super) fn returned(event: Event) -> Option<Value> {
    let mut attributes = event.attributes.into_iter();
    attributes
        .find(|a| a.key.as_str() == RETURN)
        .map(|result| result.value)
}

pub(super) fn is_error_of_function(event: &Event) -> bool {
    // An error given to a log line as a value has more fields than these.
    event.name == names::EXCEPTION_EVENT
        && attribute(event, names::EXCEPTION_MESSAGE).is_some()
        && event
            .attributes
            .iter()
            .all(|a| is_of_layer(a.key.as_str()) || a.key.as_str() == names::EXCEPTION_MESSAGE)
}

/// A line of the level ERROR, or the error of a function at that level.
pub(super) fn is_error(event: &Event) -> bool {
    attribute(event, LEVEL).is_some_and(|level| level.as_str() == "ERROR")
}

/// Whether a line gives an error as a value, which says more than that something is worth the level.
pub(super) fn has_error_value(event: &Event) -> bool {
    [names::EXCEPTION_MESSAGE, ERROR, "err"]
        .into_iter()
        .any(|key| attribute(event, key).is_some())
}

pub(super) fn attribute<'a>(event: &'a Event, key: &str) -> Option<&'a Value> {
    let mut attributes = event.attributes.iter();
    attributes
        .find(|a: &&KeyValue| a.key.as_str() == key)
        .map(|a| &a.value)
}
