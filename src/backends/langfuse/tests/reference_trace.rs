//! The spans of the math tutor, in neutral and GenAI names, reach the attributes that were seen to
//! give a complete trace in a running Langfuse.

use std::time::Duration;

use opentelemetry::trace::SpanId;
use opentelemetry::{KeyValue, Value};
use serde_json::Value as Json;

use super::{Mapped, attribute, span, texts};
use crate::conventions as c;
use crate::conventions::{observation, trace};

const INSTRUCTIONS: &str =
    "You are a personal math tutor. Answer questions briefly, in a sentence or less.";
const EQUATION: &str = "I need to solve the equation `3x + 11 = 14`. Can you help me?";
const SOLUTION: &str = "Subtract 11 from both sides to get 3x = 3, so x = 1.";

fn text_message(role: &str, text: &str) -> String {
    format!(r#"{{"role":"{role}","parts":[{{"type":"text","content":"{text}"}}]}}"#)
}

fn thread() -> String {
    let offer = "I am a math tutor that likes to help math students, how can I help?";
    [
        text_message("assistant", offer),
        text_message("user", EQUATION),
    ]
    .join(",")
}

fn tool_call() -> &'static str {
    r#"{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":"python","arguments":{"code":"(14-11)/3"}}],"finish_reason":"tool_call"}"#
}

fn instructions() -> String {
    format!(r#"[{{"type":"text","content":"{INSTRUCTIONS}"}}]"#)
}

fn array(elements: &str) -> String {
    format!("[{elements}]")
}

/// The neutral attributes of each span of the trace, in the order of the fixture.
fn neutral_spans() -> Vec<Vec<(&'static str, Value)>> {
    let answer = array(&text_message("assistant", SOLUTION));
    let python = r#"[{"type":"function","name":"python","description":"run code","parameters":{"type":"object","properties":{"code":{"type":"string"}}}}]"#;
    let after_tool =
        r#"{"role":"tool","parts":[{"type":"tool_call_response","id":"call_1","response":"1.0"}]}"#;
    let chat = |model: &'static str| -> Vec<(&'static str, Value)> {
        vec![
            (c::OPERATION_NAME, "chat".into()),
            (c::PROVIDER_NAME, "openai".into()),
            (c::REQUEST_MODEL, model.into()),
        ]
    };
    let agent = |operation: &'static str| -> Vec<(&'static str, Value)> {
        vec![
            (c::OPERATION_NAME, operation.into()),
            (c::PROVIDER_NAME, "openai".into()),
            (c::AGENT_ID, "asst_1".into()),
            (c::AGENT_NAME, "Math Tutor".into()),
        ]
    };
    let function = |input: String, output: &'static str| -> Vec<(&'static str, Value)> {
        vec![
            (observation::INPUT, input.into()),
            (observation::OUTPUT, output.into()),
        ]
    };
    let parameters = || -> Vec<(&'static str, Value)> {
        vec![
            (c::RESPONSE_MODEL, "gpt-4-0613".into()),
            (c::REQUEST_TEMPERATURE, 1.0.into()),
            (c::REQUEST_TOP_P, 1.0.into()),
            (c::SYSTEM_INSTRUCTIONS, instructions().into()),
        ]
    };
    vec![
        function(format!(r#"{{"user_input":"{EQUATION}"}}"#), SOLUTION),
        function(
            "{}".into(),
            r#"{"id":"asst_1","name":"Math Tutor","model":"gpt-4","tools":[]}"#,
        ),
        [
            agent("create_agent"),
            vec![
                (c::REQUEST_MODEL, "gpt-4".into()),
                (c::SYSTEM_INSTRUCTIONS, instructions().into()),
                (c::TOOL_DEFINITIONS, "[]".into()),
                (observation::OUTPUT, r#"{"id":"asst_1"}"#.into()),
            ],
        ]
        .concat(),
        function(
            format!(r#"{{"assistant_id":"asst_1","user_input":"{EQUATION}"}}"#),
            r#"["run_1","thread_1"]"#,
        ),
        [
            agent("invoke_agent"),
            vec![
                (c::CONVERSATION_ID, "thread_1".into()),
                (c::SYSTEM_INSTRUCTIONS, instructions().into()),
                (c::INPUT_MESSAGES, array(&thread()).into()),
                (c::OUTPUT_MESSAGES, answer.clone().into()),
                ("tracing_genai.observation.metadata.run_id", "run_1".into()),
                ("tracing_genai.observation.metadata.polls", "3".into()),
            ],
        ]
        .concat(),
        [
            chat("gpt-4"),
            parameters(),
            vec![
                (c::INPUT_MESSAGES, array(&thread()).into()),
                (c::TOOL_DEFINITIONS, python.into()),
                (c::OUTPUT_MESSAGES, array(tool_call()).into()),
                (c::USAGE_INPUT_TOKENS, 92.into()),
                (c::USAGE_OUTPUT_TOKENS, 12.into()),
                (c::USAGE_CACHE_READ_INPUT_TOKENS, 32.into()),
            ],
        ]
        .concat(),
        vec![
            (c::OPERATION_NAME, "execute_tool".into()),
            (c::TOOL_NAME, "python".into()),
            (c::TOOL_CALL_ID, "call_1".into()),
            (c::TOOL_CALL_ARGUMENTS, r#"{"code":"(14-11)/3"}"#.into()),
            (c::TOOL_CALL_RESULT, r#"{"logs":"1.0\n"}"#.into()),
        ],
        [
            chat("gpt-4"),
            parameters(),
            vec![
                (
                    c::INPUT_MESSAGES,
                    array(&[thread().as_str(), tool_call(), after_tool].join(",")).into(),
                ),
                (c::OUTPUT_MESSAGES, answer.into()),
                (c::OPENAI_RESPONSE_SERVICE_TIER, "default".into()),
                (c::USAGE_INPUT_TOKENS, 50.into()),
                (c::USAGE_OUTPUT_TOKENS, 11.into()),
                (c::RESPONSE_TIME_TO_FIRST_CHUNK, 0.5.into()),
            ],
        ]
        .concat(),
        function(
            r#"{"thread_id":"thread_1","run_id":"run_1"}"#.into(),
            SOLUTION,
        ),
        [
            chat("gpt-4o-mini"),
            vec![
                (observation::LEVEL, "WARNING".into()),
                (
                    observation::STATUS_MESSAGE,
                    "stream cancelled by caller".into(),
                ),
                (
                    c::INPUT_MESSAGES,
                    array(&text_message("user", "Say it in Norwegian")).into(),
                ),
                (
                    c::OUTPUT_MESSAGES,
                    array(&text_message("assistant", "Trekk fra 11 på be")).into(),
                ),
            ],
        ]
        .concat(),
    ]
}

#[test]
fn the_math_tutor_reaches_its_target() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/math_tutor_target.json"
    );
    let targets: Vec<Json> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let spans = neutral_spans();
    assert_eq!(spans.len(), targets.len());
    for (neutral, target) in spans.into_iter().zip(&targets) {
        let mut span = span(context());
        span.attributes.extend(
            neutral
                .into_iter()
                .map(|(key, value)| KeyValue::new(key, value)),
        );
        if target["parent"].is_null() {
            span.parent_span_id = SpanId::INVALID;
        }
        span.start_time += Duration::from_secs_f64(target["start_s"].as_f64().unwrap());
        let mapped = Mapped::of_span(span);
        for (key, expected) in target["attributes"].as_object().unwrap() {
            let name = target["name"].as_str().unwrap();
            let Some(actual) = mapped.get(key) else {
                panic!("{name}: {key} is missing in {mapped:#?}");
            };
            assert_eq!(comparable(actual), expectation(expected), "{name}: {key}");
        }
    }
}

fn context() -> Vec<KeyValue> {
    vec![
        attribute(c::USER_ID, "user-1"),
        attribute(c::SESSION_ID, "lesson-1"),
        attribute(trace::TAGS, texts(&["math"])),
        attribute(trace::NAME, "run_math_tutor"),
        attribute(trace::ENVIRONMENT, "demo"),
    ]
}

/// JSON text is compared as JSON: spaces and the order of keys do not matter.
fn comparable(value: &Value) -> Json {
    let json = crate::backends::langfuse::attributes::json(value);
    match &json {
        Json::String(text) => serde_json::from_str(text).unwrap_or(json),
        _ => json,
    }
}

fn expectation(value: &Json) -> Json {
    match value {
        Json::String(text) if text.starts_with("<start + 0.5 s") => "2026-01-01T00:00:03.1Z".into(),
        Json::String(text) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        value => value.clone(),
    }
}
