//! What every destination gets to know about how a function ended, whatever it is mapped to.
//!
//! Pure. Runs at export on the destination's own copy, before any mapping. It fills gaps and never
//! replaces what was recorded:
//!
//! * `self` is removed: `#[tracing::instrument]` records it unless it is skipped, and it is no
//!   argument.
//! * The description of the status is the message of an error that was set by hand; `panicked` after a
//!   panic; or else the text of a log line of the level ERROR, and of the error in it with all sources.
//! * An error has an `error.type`: the name with which the `Debug` text of the function's error
//!   begins, else `_OTHER`.
//! * A function that was dropped before it ended is a warning, unless it is an error or has a level.

use opentelemetry::trace::{Event, Status};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::events;
use crate::conventions as names;
use crate::conventions::{error_type, observation};
use crate::model::Level;
use crate::text::errors;

/// The receiver, as the macro names it.
const RECEIVER: &str = "self";
const PANICKED: &str = "panicked";
const CANCELLED: &str = "cancelled";

/// Completes a finished span.
pub(crate) fn explain(span: &mut SpanData) {
    let mut message = None;
    let mut is_cancelled = false;
    span.attributes
        .retain_mut(|attribute| match attribute.key.as_str() {
            RECEIVER => false,
            observation::ERROR_MESSAGE => {
                message = Some(attribute.value.as_str().into_owned());
                false
            }
            observation::CANCELLED => {
                is_cancelled = true;
                false
            }
            _ => true,
        });
    match &mut span.status {
        Status::Error { description } => {
            if let Some(message) = message {
                *description = message.into();
            } else if description.is_empty() {
                let text = described(&span.attributes, &span.events.events);
                *description = text.unwrap_or_default().into();
            }
            if !has(&span.attributes, names::ERROR_TYPE) {
                let kind = error_type(&span.events.events);
                span.attributes.push(KeyValue::new(names::ERROR_TYPE, kind));
            }
        }
        Status::Unset if is_cancelled && !has(&span.attributes, observation::LEVEL) => {
            let level = Level::Warning.as_str();
            span.attributes
                .push(KeyValue::new(observation::LEVEL, level));
            if !has(&span.attributes, observation::STATUS_MESSAGE) {
                span.attributes
                    .push(KeyValue::new(observation::STATUS_MESSAGE, CANCELLED));
            }
        }
        _ => {}
    }
}

/// Takes an error away that tracing-opentelemetry has made of a mere line of the level ERROR: a library
/// logs what it failed at and tries again, and the function that called it returns what it was asked for.
/// A line that gives an error as a value stays one.
pub(crate) fn pardon(span: &mut SpanData) {
    let Status::Error { description } = &span.status else {
        return;
    };
    let is_explained = !description.is_empty()
        || has(&span.attributes, names::ERROR_TYPE)
        || has(&span.attributes, observation::ERROR_MESSAGE);
    let mut lines = span
        .events
        .events
        .iter()
        .filter(|one| events::is_error(one));
    let is_of_lines = lines.clone().next().is_some() && !lines.any(events::has_error_value);
    if !is_explained && is_of_lines {
        span.status = Status::Unset;
    }
}

fn has(attributes: &[KeyValue], key: &str) -> bool {
    attributes.iter().any(|a| a.key.as_str() == key)
}

/// Why a span is an error whose status has no description.
fn described(attributes: &[KeyValue], events: &[Event]) -> Option<String> {
    let is_panic = attributes
        .iter()
        .any(|a| a.key.as_str() == names::ERROR_TYPE && a.value.as_str() == error_type::PANIC);
    if is_panic {
        return Some(PANICKED.to_owned());
    }
    let line = events.iter().rev().find(|event| events::is_error(event))?;
    let named = (!events::is_unnamed(line)).then(|| line.name.clone().into_owned());
    let Some(error) = events::attribute(line, names::EXCEPTION_MESSAGE) else {
        return named;
    };
    let sources = match events::attribute(line, names::EXCEPTION_STACKTRACE) {
        Some(Value::Array(Array::String(sources))) => sources.as_slice(),
        _ => &[],
    };
    let error = errors::chain(
        error.as_str().into_owned(),
        sources.iter().map(|source| source.as_str().to_owned()),
    );
    Some(match named {
        Some(named) => format!("{named}: {error}"),
        None => error,
    })
}

fn error_type(events: &[Event]) -> String {
    let error = events
        .iter()
        .rev()
        .find(|event| events::is_error_of_function(event))
        .and_then(|event| events::attribute(event, names::EXCEPTION_MESSAGE));
    let name = error.and_then(|text| errors::leading_name(&text.as_str()).map(str::to_owned));
    name.unwrap_or_else(|| error_type::OTHER.to_owned())
}
