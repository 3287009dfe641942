//! A finished span → the same span as the Langfuse server reads it best.
//!
//! Pure: works on an owned copy whose values have the types of the conventions, knows no endpoint, touches neither ids nor times nor events. Each
//! step takes what it understands from the neutral and GenAI attributes and writes Langfuse's own;
//! whatever the user wrote under those names stays. Steps that read come before steps that move
//! things away, and the leftovers of the neutral names become metadata last.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::attributes::{Attributes, into_text, to_f64};
use super::classification;
use super::classification::Classification;
use super::translated;
use super::translated::OfUser;
use super::{input_output, keys, log, parameters, trace, usage};
use crate::backends::backend::MapOptions;
use crate::conventions;
use crate::conventions::observation;
use crate::model::Level;
use crate::text::timestamp;

/// Rewrites the span's attributes for Langfuse.
pub(crate) fn map(span: &mut SpanData, options: MapOptions) {
    if !options.keep_translated {
        translated::remove_own_places(span);
    }
    let mut attributes = Attributes::new(std::mem::take(&mut span.attributes));
    let of_user = OfUser::among(&attributes);
    let kind = classification::classify(&mut attributes, span.instrumentation_scope.name());
    keep_name(&mut attributes, &kind);
    keep_model(&mut attributes);
    map_level(&mut attributes, span);
    map_first_token(&mut attributes, span.start_time);
    trace::map(&mut attributes, span.parent_span_id);
    parameters::map(&mut attributes, &kind);
    parameters::map_prompt(&mut attributes, &kind);
    usage::map_cost(&mut attributes);
    input_output::map(&mut attributes, &kind, options);
    let failed_without_output =
        has_failed(&attributes, &span.status) && !attributes.langfuse.has(keys::OUTPUT);
    usage::map(&mut attributes, &kind, failed_without_output);
    if !options.keep_translated {
        translated::remove(&mut attributes, &of_user, &kind, span);
    }
    attributes.move_neutral_to_metadata();
    if options.log_lines {
        log::map(&mut attributes, &span.events.events);
    }
    span.attributes = attributes.into_list();
}

/// The server names any span after the tool whose name it carries.
fn keep_name(attributes: &mut Attributes, kind: &Classification) {
    if !kind.is_tool
        && let Some(name) = attributes.gen_ai.take(conventions::TOOL_NAME)
    {
        attributes.move_to_metadata(conventions::TOOL_NAME, name);
    }
}

/// The server would count the model of a stored answer for everybody who fetches it.
fn keep_model(attributes: &mut Attributes) {
    let operation = attributes.gen_ai.text(conventions::OPERATION_NAME);
    if operation == Some(conventions::operation::FETCH_RESPONSE)
        && let Some(model) = attributes.gen_ai.take(conventions::RESPONSE_MODEL)
    {
        attributes.move_to_metadata(conventions::RESPONSE_MODEL, model);
    }
}

/// Level and its explanation: what was set, else what the span's status says, else, for an error
/// without a description, what is known of the error. The server reads no events.
fn map_level(attributes: &mut Attributes, span: &SpanData) {
    if let Some(level) = attributes.neutral.take(observation::LEVEL) {
        attributes.write(keys::LEVEL, into_text(level));
    }
    if let Some(message) = attributes.neutral.take(observation::STATUS_MESSAGE) {
        attributes.write(keys::STATUS_MESSAGE, into_text(message));
    }
    let Status::Error { description } = &span.status else {
        return;
    };
    attributes.write(keys::LEVEL, Level::Error.as_str());
    let message = if description.is_empty() {
        error_text(attributes, span)
    } else {
        Some(description.to_string())
    };
    if let Some(message) = message {
        attributes.write(keys::STATUS_MESSAGE, message);
    }
}

fn error_text(attributes: &Attributes, span: &SpanData) -> Option<String> {
    let of_event = span
        .events
        .iter()
        .rev()
        .filter(|event| event.name == conventions::EXCEPTION_EVENT)
        .flat_map(|event| &event.attributes)
        .find(|attribute| attribute.key.as_str() == conventions::EXCEPTION_MESSAGE)
        .map(|attribute| attribute.value.as_str().into_owned());
    let of_attribute = || {
        [conventions::EXCEPTION_MESSAGE, conventions::ERROR_TYPE]
            .into_iter()
            .find_map(|key| attributes.other.text(key))
            .filter(|text| *text != conventions::error_type::OTHER)
            .map(str::to_owned)
    };
    of_event.or_else(of_attribute)
}

fn has_failed(attributes: &Attributes, status: &Status) -> bool {
    match attributes.langfuse.text(keys::LEVEL) {
        Some(level) => level.trim().eq_ignore_ascii_case(Level::Error.as_str()),
        None => matches!(status, Status::Error { .. }),
    }
}

/// When the first token came: only RFC 3339 text is safe in every version of the server.
fn map_first_token(attributes: &mut Attributes, start: SystemTime) {
    if let Some(value) = attributes.neutral.take(observation::COMPLETION_START_TIME) {
        let text = value.as_str();
        let text = text.trim().trim_matches('"');
        if OffsetDateTime::parse(text, &Rfc3339).is_ok() {
            attributes.write(keys::COMPLETION_START_TIME, text.to_owned());
        } else {
            attributes.move_to_metadata("completion_start_time", value.clone());
        }
    }
    let time = attributes
        .gen_ai
        .get(conventions::RESPONSE_TIME_TO_FIRST_CHUNK)
        .and_then(to_f64)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .and_then(|delay| start.checked_add(delay))
        .and_then(timestamp::rfc3339);
    if let Some(time) = time {
        attributes.write(keys::COMPLETION_START_TIME, time);
    }
}
