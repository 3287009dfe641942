//! What has been translated is not on the span a second time, unless that was asked for.

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanId, Status};
use serde_json::{Value as Json, json};

use super::{attribute, span, texts};
use crate::backends::backend::MapOptions;
use crate::backends::langfuse::keys;
use crate::backends::langfuse::mapping::map;
use crate::conventions as c;
use crate::conventions::{call, observation};

const SHORT: MapOptions = MapOptions {
    keep_genai_content: false,
    keep_translated: false,
    log_lines: true,
};

fn mapped_with(
    given: Vec<KeyValue>,
    change: impl FnOnce(&mut opentelemetry_sdk::trace::SpanData),
) -> Vec<(String, String)> {
    let mut span = span(given);
    change(&mut span);
    map(&mut span, SHORT);
    let attributes = span.attributes.into_iter();
    let mut pairs: Vec<_> = attributes
        .map(|one| (one.key.to_string(), one.value.as_str().into_owned()))
        .collect();
    pairs.sort();
    pairs
}

fn mapped(given: Vec<KeyValue>) -> Vec<(String, String)> {
    mapped_with(given, |_| {})
}

fn keys_of(pairs: &[(String, String)]) -> Vec<&str> {
    pairs.iter().map(|(key, _)| key.as_str()).collect()
}

fn generation() -> Vec<KeyValue> {
    vec![
        attribute(c::OPERATION_NAME, "chat"),
        attribute(c::PROVIDER_NAME, "openai"),
        attribute(c::REQUEST_MODEL, "gpt-4o"),
        attribute(c::RESPONSE_MODEL, "gpt-4o-2024-11-20"),
        attribute(c::REQUEST_TEMPERATURE, 0.5),
        attribute(c::RESPONSE_FINISH_REASONS, texts(&["stop"])),
        attribute(c::RESPONSE_TIME_TO_FIRST_CHUNK, 0.25),
        attribute(c::USAGE_INPUT_TOKENS, 10),
        attribute(c::USAGE_CACHE_READ_INPUT_TOKENS, 4),
        attribute(c::USAGE_OUTPUT_TOKENS, 2),
        attribute(c::SERVER_ADDRESS, "api.openai.com"),
        attribute(call::HTTP_STATUS, 200),
        attribute(call::STREAM_CHUNKS, 5),
        attribute("tenant", "acme"),
    ]
}

#[test]
fn a_generation_has_each_fact_once() {
    let mapped = mapped(generation());
    assert_eq!(
        keys_of(&mapped),
        [
            keys::COMPLETION_START_TIME,
            "langfuse.observation.metadata.call",
            keys::MODEL_NAME,
            keys::MODEL_PARAMETERS,
            keys::TYPE,
            keys::USAGE_DETAILS,
            "tenant",
        ]
    );
    let call: Json = serde_json::from_str(&mapped[1].1).unwrap();
    assert_eq!(
        call,
        json!({
            "provider": "openai", "requested_model": "gpt-4o", "finish_reasons": ["stop"],
            "server": "api.openai.com", "status": 200, "stream_chunks": 5,
        })
    );
}

#[test]
fn a_translation_of_the_users_is_none() {
    let mut given = generation();
    given.extend([
        attribute(keys::USAGE_DETAILS, r#"{"input":1}"#),
        attribute(keys::MODEL_PARAMETERS, r#"{"mood":"good"}"#),
    ]);
    let mapped = mapped(given);
    let there = keys_of(&mapped);
    for key in [
        c::USAGE_INPUT_TOKENS,
        c::USAGE_OUTPUT_TOKENS,
        c::REQUEST_TEMPERATURE,
    ] {
        assert!(there.contains(&key), "{key} in {there:?}");
    }
}

#[test]
fn a_function_says_nothing_that_the_status_says() {
    let arguments = || vec![attribute(observation::INPUT, r#"{"a":1}"#)];
    assert_eq!(keys_of(&mapped(arguments())), [keys::INPUT, keys::TYPE]);
    let failed = |message: &'static str| {
        mapped_with(arguments(), |span| span.status = Status::error(message))
    };
    assert_eq!(keys_of(&failed("no weather")), [keys::INPUT, keys::TYPE]);
    let mut given = arguments();
    given.push(attribute(observation::LEVEL, "WARNING"));
    let warned = mapped_with(given, |span| span.status = Status::error("late"));
    assert!(keys_of(&warned).contains(&keys::LEVEL), "{warned:?}");
}

#[test]
fn the_root_that_is_a_call_needs_no_flag() {
    let root = mapped_with(generation(), |span| span.parent_span_id = SpanId::INVALID);
    assert_eq!(keys_of(&root), keys_of(&mapped(generation())));
}

#[test]
fn a_root_by_request_and_an_agent_keep_what_they_need() {
    let asked = mapped(vec![attribute(observation::APP_ROOT, true)]);
    assert_eq!(keys_of(&asked), [keys::IS_APP_ROOT, keys::TYPE]);
    let agent = mapped(vec![
        attribute(c::OPERATION_NAME, "invoke_agent"),
        attribute(c::AGENT_NAME, "Math Tutor"),
        attribute(c::REQUEST_MODEL, "gpt-4o"),
        attribute(c::CONVERSATION_ID, "thread_1"),
    ]);
    for key in [
        c::OPERATION_NAME,
        c::AGENT_NAME,
        c::REQUEST_MODEL,
        c::CONVERSATION_ID,
    ] {
        assert!(keys_of(&agent).contains(&key), "{key} in {agent:?}");
    }
}

#[test]
fn of_spans_that_this_crate_makes_the_place_in_its_code_goes() {
    let place = |module: &'static str| -> Vec<KeyValue> {
        vec![
            attribute("code.module.name", module),
            attribute("code.line.number", 12),
            attribute("thread.id", 7),
            attribute("busy_ns", 7),
        ]
    };
    for own in ["tracing_genai", "tracing_genai::http::call"] {
        assert_eq!(keys_of(&mapped(place(own))), [keys::TYPE], "{own}");
    }
    for other in ["tutor", "tracing_genai_demo", "tracing_genai_demo::main"] {
        assert_eq!(mapped(place(other)).len(), 5, "{other}");
    }
}

#[test]
fn a_conversation_that_is_the_session_is_said_once() {
    let of_session = |session: &'static str| {
        mapped(vec![
            attribute(c::CONVERSATION_ID, "conv_1"),
            attribute(c::SESSION_ID, session),
        ])
    };
    assert_eq!(keys_of(&of_session("conv_1")), [keys::TYPE, c::SESSION_ID]);
    assert_eq!(of_session("lesson-1").len(), 3);
}
