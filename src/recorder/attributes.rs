//! What a call was, asked, answered and how it ended, as attributes.
//!
//! Pure. Names and types follow the GenAI conventions for client spans; what they have no name for
//! goes by neutral names. A call of unknown kind is told by method and route only.

use std::time::Duration;

use opentelemetry::KeyValue;
use reqwest::{StatusCode, Url};
use serde_json::Value;

use crate::conventions as names;
use crate::model::{Level, ObservationType};
use crate::recorder::exchange::{End, Failure};
use crate::span::{
    Fact, attribute, error, level, messages, metadata, parameter, stop_sequences, tools, usage,
};
use crate::wire::{Endpoint, RequestFacts, ResponseFacts};

/// What is said of a stream that its reader left.
const CANCELLED: &str = "stream cancelled by caller";
const CANCELLED_EARLY: &str = "cancelled by caller before the answer";
const UNFINISHED: &str = "the server ended the stream before it was finished";
const LOST: &str = "content was given up because too much was waiting to be recorded";

/// `{operation} {model}`, or method and route of what is no operation.
pub(crate) fn name(endpoint: &Endpoint, model: Option<&str>) -> String {
    let Some(operation) = endpoint.operation() else {
        return format!("{} {}", endpoint.method(), endpoint.route());
    };
    match model.or(endpoint.model()) {
        Some(model) if endpoint.is_inference() => format!("{operation} {model}"),
        _ => operation.to_owned(),
    }
}

/// What the head of an answer tells.
pub(crate) fn head(status: Option<StatusCode>, request_id: Option<&str>) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(status) = status {
        let status = i64::from(status.as_u16());
        facts.extend(attribute(names::call::HTTP_STATUS, status));
    }
    if let Some(id) = request_id {
        facts.extend(attribute(names::call::REQUEST_ID, id.to_owned()));
    }
    facts
}

/// Of facts about a call those that hold for everything its server does.
pub(crate) fn of_server(facts: &[Fact]) -> Vec<Fact> {
    const KEYS: [&str; 4] = [
        names::PROVIDER_NAME,
        names::SERVER_ADDRESS,
        names::SERVER_PORT,
        names::OPENAI_API_TYPE,
    ];
    let is_of_server = |fact: &&Fact| match fact {
        Fact::Attribute(attribute) => KEYS.contains(&attribute.key.as_str()),
        Fact::Status(_) => false,
    };
    facts.iter().filter(is_of_server).cloned().collect()
}

/// What the address tells.
pub(crate) fn address(endpoint: &Endpoint, url: &Url) -> Vec<Fact> {
    let host = url.host_str().unwrap_or_default();
    let mut facts = attribute(names::PROVIDER_NAME, endpoint.provider());
    facts.extend(attribute(names::SERVER_ADDRESS, host.to_owned()));
    if let Some(port) = url.port_or_known_default() {
        facts.extend(attribute(names::SERVER_PORT, i64::from(port)));
    }
    match endpoint.operation() {
        Some(operation) => facts.extend(attribute(names::OPERATION_NAME, operation)),
        None => {
            // Told apart from model calls, whatever attributes follow.
            facts.extend(crate::span::observation_type(ObservationType::Span));
            facts.extend(attribute(
                names::call::HTTP_METHOD,
                endpoint.method().to_owned(),
            ));
            facts.extend(attribute(
                names::call::URL_TEMPLATE,
                endpoint.route().to_owned(),
            ));
        }
    }
    if let Some(kind) = endpoint.api_type() {
        facts.extend(attribute(names::OPENAI_API_TYPE, kind));
    }
    if let Some(id) = endpoint.run_id() {
        facts.extend(attribute(names::run::ID, id.to_owned()));
    }
    if let Some(version) = endpoint.api_version() {
        facts.extend(attribute(names::call::API_VERSION, version.to_owned()));
    }
    if let Some(id) = endpoint.response_id() {
        facts.extend(attribute(names::RESPONSE_ID, id.to_owned()));
    }
    if let Some(cursor) = endpoint.stream_cursor() {
        facts.extend(attribute(names::REQUEST_STREAM_CURSOR, cursor));
    }
    if let Some(id) = endpoint.conversation_id() {
        facts.extend(attribute(names::CONVERSATION_ID, id.to_owned()));
    }
    facts
}

/// A failed attempt.
pub(crate) fn attempt(failure: &Failure, wait: Duration) -> Vec<KeyValue> {
    let mut attributes = vec![KeyValue::new(names::call::ATTEMPT_WAIT, wait.as_secs_f64())];
    if let Some(status) = failure.status {
        attributes.push(KeyValue::new(
            names::call::HTTP_STATUS,
            i64::from(status.as_u16()),
        ));
    }
    if !failure.kind.is_empty() {
        attributes.push(KeyValue::new(names::ERROR_TYPE, failure.kind.clone()));
    }
    attributes
}

/// What was asked.
pub(crate) fn request(endpoint: &Endpoint, request: &RequestFacts) -> Vec<Fact> {
    let mut facts = Vec::new();
    let model = request.model.as_deref().or(endpoint.model());
    if let Some(model) = model.filter(|_| endpoint.is_inference()) {
        facts.extend(attribute(names::REQUEST_MODEL, model.to_owned()));
    }
    for (name, value) in &request.parameters {
        facts.extend(one_parameter(name, value));
    }
    if request.stream {
        facts.extend(attribute(names::REQUEST_STREAM, true));
    }
    let optional = [
        (names::OUTPUT_TYPE, request.output_type.map(str::to_owned)),
        (names::CONVERSATION_ID, request.conversation.clone()),
        (
            names::REQUEST_PREVIOUS_RESPONSE_ID,
            request.previous_response.clone(),
        ),
        (names::call::SCHEMA_NAME, request.schema_name.clone()),
        (
            names::OPENAI_REQUEST_SERVICE_TIER,
            request.service_tier.clone().filter(|tier| tier != "auto"),
        ),
        (
            names::PROMPT_NAME,
            request.prompt.as_ref().map(|prompt| prompt.id.clone()),
        ),
        (
            names::PROMPT_VERSION,
            request
                .prompt
                .as_ref()
                .and_then(|prompt| prompt.version.clone()),
        ),
    ];
    facts.extend(texts(optional));
    for (name, value) in request.prompt.iter().flat_map(|prompt| &prompt.variables) {
        let key = format!("{}{name}", names::PROMPT_VARIABLE_PREFIX);
        facts.extend(attribute(key, crate::span::text(value)));
    }
    if !request.messages.is_empty() {
        facts.extend(messages(names::INPUT_MESSAGES, request.messages.clone()));
    }
    if !request.system_instructions.is_empty() {
        facts.extend(crate::span::json(
            names::SYSTEM_INSTRUCTIONS,
            &request.system_instructions,
        ));
    }
    if !request.tools.is_empty() {
        facts.extend(tools(request.tools.clone()));
    }
    if let Some(input) = &request.input {
        facts.extend(crate::span::content(names::observation::INPUT, input));
    }
    if !request.encoding_formats.is_empty() {
        let formats = crate::span::texts(request.encoding_formats.iter().cloned());
        facts.extend(attribute(names::call::ENCODING_FORMATS, formats));
    }
    for (key, value) in &request.metadata {
        facts.extend(metadata(key, value));
    }
    facts
}

fn one_parameter(name: &str, value: &Value) -> Vec<Fact> {
    match (name, value) {
        // Written under names of their own.
        ("stream" | "service_tier" | "previous_response_id" | "conversation", _) => Vec::new(),
        ("n", Value::Number(count)) if count.as_i64() == Some(1) => Vec::new(),
        ("stop", Value::String(stop)) => stop_sequences([stop.clone()]),
        ("stop", Value::Array(stops)) if stops.iter().all(Value::is_string) => {
            stop_sequences(stops.iter().filter_map(Value::as_str))
        }
        _ => parameter(name, value),
    }
}

/// What was answered. Model, usage and cost belong to a call in which a model worked.
pub(crate) fn answer(answer: &ResponseFacts, is_inference: bool) -> Vec<Fact> {
    let mut facts = Vec::new();
    let model = answer.model.clone().filter(|_| is_inference);
    let optional = [
        (names::RESPONSE_ID, answer.id.clone()),
        (names::RESPONSE_MODEL, model),
        (names::call::RESPONSE_STATUS, answer.status.clone()),
        (names::CONVERSATION_ID, answer.conversation.clone()),
        (
            names::OPENAI_RESPONSE_SERVICE_TIER,
            answer.service_tier.clone(),
        ),
        (
            names::call::SYSTEM_FINGERPRINT,
            answer.system_fingerprint.clone(),
        ),
    ];
    facts.extend(texts(optional));
    if !answer.finish_reasons.is_empty() {
        facts.extend(crate::span::finish_reasons(
            answer.finish_reasons.iter().cloned(),
        ));
    }
    if !answer.messages.is_empty() {
        facts.extend(messages(names::OUTPUT_MESSAGES, answer.messages.clone()));
    }
    if let Some(output) = &answer.output {
        facts.extend(crate::span::content(names::observation::OUTPUT, output));
    }
    if let Some(dimensions) = answer
        .dimensions
        .and_then(|count| i64::try_from(count).ok())
    {
        facts.extend(attribute(names::call::DIMENSION_COUNT, dimensions));
    }
    if is_inference {
        if let Some(counts) = answer.usage {
            facts.extend(usage(counts));
        }
        if let Some(cost) = answer.cost {
            let key = format!("{}total", names::observation::COST_PREFIX);
            facts.extend(attribute(key, cost));
        }
    }
    facts
}

/// What became of an answer that was made in the background; it was fetched, but whoever asked for it
/// has used what it counts.
pub(crate) fn made_in_background(fetched: &ResponseFacts) -> Vec<Fact> {
    let mut facts = answer(fetched, true);
    if let Some(fault) = &fetched.error {
        let kind = fault.name().unwrap_or(names::error_type::OTHER);
        let said = fault.message.clone().unwrap_or_default();
        facts.extend(error(kind.to_owned(), said));
    } else if fetched.status.as_deref() == Some("cancelled") {
        facts.extend(level(Level::Warning));
        facts.extend(attribute(names::observation::STATUS_MESSAGE, "cancelled"));
    }
    facts
}

fn texts<const N: usize>(optional: [(&'static str, Option<String>); N]) -> Vec<Fact> {
    let present = optional
        .into_iter()
        .filter_map(|(key, text)| Some((key, text?)));
    present
        .flat_map(|(key, text)| attribute(key, text))
        .collect()
}

/// What is known of a stream as such.
pub(crate) fn stream(first_chunk: Option<Duration>, chunks: Option<u64>) -> Vec<Fact> {
    let Some(after) = first_chunk else {
        return Vec::new();
    };
    let mut facts = attribute(names::RESPONSE_TIME_TO_FIRST_CHUNK, after.as_secs_f64());
    if let Some(chunks) = chunks {
        let chunks = i64::try_from(chunks).unwrap_or(i64::MAX);
        facts.extend(attribute(names::call::STREAM_CHUNKS, chunks));
    }
    facts
}

/// How a call ended.
pub(crate) struct Outcome<'a> {
    pub(crate) status: Option<StatusCode>,
    pub(crate) request_id: Option<&'a str>,
    pub(crate) resends: u32,
    pub(crate) end: &'a End,
    /// Before all had come that was to come.
    pub(crate) was_cut: bool,
    pub(crate) is_stream: bool,
    pub(crate) has_lost_content: bool,
}

/// Status, errors, cancellation.
pub(crate) fn outcome(outcome: &Outcome<'_>, answer: &ResponseFacts) -> Vec<Fact> {
    let mut facts = head(outcome.status, outcome.request_id);
    if outcome.resends > 0 {
        facts.extend(attribute(
            names::call::RESEND_COUNT,
            i64::from(outcome.resends),
        ));
    }
    if outcome.has_lost_content {
        facts.extend(level(Level::Warning));
        facts.extend(attribute(names::observation::STATUS_MESSAGE, LOST));
    }
    let of_status = outcome.status.filter(|status| !status.is_success());
    let fault = answer.error.as_ref();
    if of_status.is_some() || fault.is_some() {
        let by_status = of_status.map(|status| status.as_u16().to_string());
        let kind = fault.and_then(|fault| fault.name().map(str::to_owned));
        let kind = kind
            .or(by_status)
            .unwrap_or_else(|| names::error_type::OTHER.into());
        let said = fault.and_then(|fault| fault.message.clone());
        let message = said.or_else(|| of_status.map(|status| status.to_string()));
        facts.extend(error(kind, message.unwrap_or_default()));
        return broken(facts, outcome.is_stream);
    }
    match outcome.end {
        End::Failed(failure) => {
            if let Some(status) = failure.status {
                facts.extend(attribute(
                    names::call::HTTP_STATUS,
                    i64::from(status.as_u16()),
                ));
            }
            let of_status = failure.status.map(|status| status.as_u16().to_string());
            let kind = Some(failure.kind.clone()).filter(|kind| !kind.is_empty());
            let kind = kind
                .or(of_status)
                .unwrap_or_else(|| names::error_type::OTHER.into());
            facts.extend(error(kind, failure.message.clone()));
            broken(facts, outcome.is_stream)
        }
        End::CancelledBeforeAnswer => cancelled(facts, CANCELLED_EARLY),
        End::Dropped { .. } if outcome.was_cut => cancelled(facts, CANCELLED),
        _ if outcome.is_stream && !answer.complete => {
            facts.extend(level(Level::Warning));
            facts.extend(attribute(names::observation::STATUS_MESSAGE, UNFINISHED));
            with_end(facts, "cut")
        }
        _ if outcome.is_stream => with_end(facts, "finished"),
        _ => facts,
    }
}

/// Only a stream has an end of its own; the error says the rest.
fn broken(facts: Vec<Fact>, is_stream: bool) -> Vec<Fact> {
    if is_stream {
        with_end(facts, "error")
    } else {
        facts
    }
}

fn cancelled(mut facts: Vec<Fact>, message: &'static str) -> Vec<Fact> {
    facts.extend(level(Level::Warning));
    facts.extend(attribute(names::observation::STATUS_MESSAGE, message));
    with_end(facts, "cancelled")
}

fn with_end(mut facts: Vec<Fact>, end: &'static str) -> Vec<Fact> {
    facts.extend(attribute(names::observation::STREAM_END, end));
    facts
}
