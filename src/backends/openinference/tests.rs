//! What is added for OpenInference's readers, rule by rule.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{Array, InstrumentationScope, StringValue};
use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};

use crate::backends::openinference::*;

fn mapped<V: Into<Value>>(given: impl IntoIterator<Item = (&'static str, V)>) -> Attributes {
    let mut span = SpanData {
        span_context: SpanContext::NONE,
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: Cow::Borrowed("work"),
        start_time: SystemTime::UNIX_EPOCH,
        end_time: SystemTime::UNIX_EPOCH,
        attributes: given
            .into_iter()
            .map(|(key, value)| KeyValue::new(key, value))
            .collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder("test").build(),
    };
    map(&mut span);
    Attributes(span.attributes)
}

impl Attributes {
    fn text(&self, key: &str) -> Option<String> {
        self.get(key).map(|value| value.as_str().into_owned())
    }
}

#[test]
fn kinds_that_nobody_derives_are_written() {
    let kind = |key, value: &'static str| mapped([(key, value)]).text(KIND);
    for (operation, expected) in [
        ("chat", None),
        ("embeddings", None),
        ("execute_tool", None),
        ("invoke_agent", None),
        ("create_agent", None),
        ("retrieval", None),
        ("invoke_workflow", Some("CHAIN")),
        ("plan", Some("CHAIN")),
        ("search_memory", Some("RETRIEVER")),
        ("something of tomorrow", Some("CHAIN")),
    ] {
        let written = kind(names::OPERATION_NAME, operation);
        assert_eq!(written.as_deref(), expected, "{operation}");
    }
    for (r#type, expected) in [
        ("span", "CHAIN"),
        ("generation", "LLM"),
        ("event", "CHAIN"),
        ("embedding", "EMBEDDING"),
        ("agent", "AGENT"),
        ("tool", "TOOL"),
        ("chain", "CHAIN"),
        ("retriever", "RETRIEVER"),
        ("evaluator", "EVALUATOR"),
        ("guardrail", "GUARDRAIL"),
    ] {
        let written = kind(observation::TYPE, r#type);
        assert_eq!(written.as_deref(), Some(expected), "{type}");
    }
    assert_eq!(kind("anything", "").as_deref(), Some("CHAIN"));
    assert_eq!(kind(names::TOOL_NAME, "add"), None);
    assert_eq!(kind(KIND, "RERANKER").as_deref(), Some("RERANKER"));
}

#[test]
fn input_and_output_of_a_function_are_values_with_a_type() {
    let span = mapped([
        (observation::INPUT, r#"{"question":"x"}"#),
        (observation::OUTPUT, "{it depends}"),
    ]);
    assert_eq!(span.text(INPUT).as_deref(), Some(r#"{"question":"x"}"#));
    assert_eq!(span.text(INPUT_TYPE).as_deref(), Some("application/json"));
    assert_eq!(span.text(OUTPUT).as_deref(), Some("{it depends}"));
    assert_eq!(span.text(OUTPUT_TYPE).as_deref(), Some("text/plain"));
    assert!(!span.has(observation::INPUT) && !span.has(observation::OUTPUT));
}

#[test]
fn of_messages_the_last_question_and_the_last_answer_are_shown() {
    let input = r#"[
        {"role":"system","parts":[{"type":"text","content":"Be brief."}]},
        {"role":"user","parts":[{"type":"text","content":"Look at"},{"type":"uri","uri":"https://a"},
            {"type":"text","content":"this"}]},
        {"role":"assistant","parts":[{"type":"tool_call","id":"1","name":"look","arguments":{}}]},
        {"role":"tool","parts":[{"type":"tool_call_response","id":"1","response":"a cat"}]}
    ]"#;
    let output = r#"[{"role":"assistant","parts":[{"type":"text","content":"A cat."}],"finish_reason":"stop"}]"#;
    let span = mapped([
        (names::INPUT_MESSAGES, input),
        (names::OUTPUT_MESSAGES, output),
    ]);
    assert_eq!(span.text(INPUT).as_deref(), Some("Look at\nthis"));
    assert_eq!(span.text(INPUT_TYPE).as_deref(), Some("text/plain"));
    assert_eq!(span.text(OUTPUT).as_deref(), Some("A cat."));
    // The standard attributes stay.
    assert_eq!(span.text(names::INPUT_MESSAGES).as_deref(), Some(input));
    assert_eq!(span.text(names::OUTPUT_MESSAGES).as_deref(), Some(output));
}

#[test]
fn messages_without_text_are_shown_whole() {
    let calls = r#"[{"role":"assistant","parts":[{"type":"tool_call","id":"1","name":"look"}]}]"#;
    let span = mapped([
        (names::OUTPUT_MESSAGES, calls),
        (names::INPUT_MESSAGES, "cut of["),
    ]);
    assert_eq!(span.text(OUTPUT).as_deref(), Some(calls));
    assert_eq!(span.text(OUTPUT_TYPE).as_deref(), Some("application/json"));
    assert_eq!(span.text(INPUT).as_deref(), Some("cut of["));
}

#[test]
fn a_tool_shows_its_arguments_and_its_result() {
    let span = mapped([
        (names::OPERATION_NAME, "execute_tool"),
        (names::TOOL_CALL_ARGUMENTS, r#"{"city":"Oslo"}"#),
        (names::TOOL_CALL_RESULT, "sunny"),
    ]);
    assert_eq!(span.text(INPUT).as_deref(), Some(r#"{"city":"Oslo"}"#));
    assert_eq!(span.text(INPUT_TYPE).as_deref(), Some("application/json"));
    assert_eq!(span.text(OUTPUT).as_deref(), Some("sunny"));
    assert!(span.has(names::TOOL_CALL_ARGUMENTS) && span.has(names::TOOL_CALL_RESULT));
}

#[test]
fn what_was_set_by_hand_beats_messages_and_what_the_user_wrote_beats_all() {
    let messages = r#"[{"role":"user","parts":[{"type":"text","content":"derived"}]}]"#;
    let by_hand = [
        (names::INPUT_MESSAGES, messages),
        (observation::INPUT, "hand"),
    ];
    assert_eq!(mapped(by_hand).text(INPUT).as_deref(), Some("hand"));
    let span = mapped([(INPUT, "own"), (observation::INPUT, "hand")]);
    assert_eq!(span.text(INPUT).as_deref(), Some("own"));
    assert!(!span.has(INPUT_TYPE), "a type of something else");
}

#[test]
fn metadata_is_one_object_and_the_span_wins() {
    let span = mapped([
        (
            "tracing_genai.observation.metadata.plan",
            Value::from("paid"),
        ),
        ("tracing_genai.trace.metadata.plan", Value::from("free")),
        ("tracing_genai.trace.metadata.age", Value::from(7)),
        ("tracing_genai.trace.metadata.share", Value::from(f64::NAN)),
        (
            trace::TAGS,
            Value::Array(Array::String(vec![StringValue::from("math")])),
        ),
    ]);
    let metadata = span.text(METADATA).unwrap();
    assert_eq!(metadata, r#"{"age":7,"plan":"paid","share":"NaN"}"#);
    assert_eq!(span.text(TAGS).as_deref(), Some(r#"["math"]"#));
    assert_eq!(span.0.len(), 3, "{:?}", span.0);
}

#[test]
fn the_finer_token_counts_have_names_that_are_read() {
    let span = mapped([
        (names::USAGE_INPUT_TOKENS, 100_i64),
        (names::USAGE_CACHE_WRITE_INPUT_TOKENS, 40),
        (names::USAGE_REASONING_OUTPUT_TOKENS, 7),
    ]);
    let count = |key| span.get(key).cloned();
    assert_eq!(
        count("gen_ai.usage.cache_creation.input_tokens"),
        Some(40.into())
    );
    assert_eq!(
        count("gen_ai.usage.cache_write.input_tokens"),
        Some(40.into())
    );
    assert_eq!(
        count("llm.token_count.completion_details.reasoning"),
        Some(7.into())
    );
    assert_eq!(count("llm.token_count.prompt"), None, "Phoenix derives it");
}

#[test]
fn the_project_is_the_named_service() {
    let project = |pairs: &[(&'static str, &'static str)]| {
        let pairs = pairs.iter().map(|(key, value)| KeyValue::new(*key, *value));
        let given = Resource::builder_empty().with_attributes(pairs).build();
        resource(&given)
            .get(&Key::from_static_str(PROJECT))
            .map(|name| name.to_string())
    };
    assert_eq!(
        project(&[("service.name", "tutor")]).as_deref(),
        Some("tutor")
    );
    assert_eq!(
        project(&[("service.name", "tutor"), (PROJECT, "lessons")]).as_deref(),
        Some("lessons")
    );
    assert_eq!(project(&[("service.name", "unknown_service:tutor")]), None);
    assert_eq!(project(&[]), None);
}
