//! Attributes before and after, a rule a row.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::SystemTime;

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::*;

type Attributes = BTreeMap<String, Value>;

fn attributes(list: Vec<(&'static str, Value)>) -> Vec<KeyValue> {
    let list = list.into_iter();
    list.map(|(key, value)| KeyValue::new(key, value)).collect()
}

fn span(list: Vec<(&'static str, Value)>) -> SpanData {
    SpanData {
        span_context: SpanContext::empty_context(),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Client,
        name: Cow::Borrowed("span"),
        start_time: SystemTime::UNIX_EPOCH,
        end_time: SystemTime::UNIX_EPOCH,
        attributes: attributes(list),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    }
}

fn sorted(list: Vec<KeyValue>) -> Attributes {
    let list = list.into_iter();
    list.map(|one| (one.key.to_string(), one.value)).collect()
}

#[track_caller]
fn becomes(before: Vec<(&'static str, Value)>, after: Vec<(&'static str, Value)>) {
    let mut span = span(before);
    map(&mut span);
    assert_eq!(sorted(span.attributes), sorted(attributes(after)));
}

#[test]
fn neutral_names_give_way_to_those_of_a_convention() {
    becomes(
        vec![
            ("tracing_genai.environment", "demo".into()),
            ("tracing_genai.release", "7".into()),
            ("tracing_genai.prompt.name", "greeting".into()),
            ("tracing_genai.prompt.version", 3.into()),
            ("tracing_genai.request_content.user", "u1".into()),
        ],
        vec![
            ("deployment.environment.name", "demo".into()),
            ("service.version", "7".into()),
            ("gen_ai.prompt.name", "greeting".into()),
            ("gen_ai.prompt.version", "3".into()),
            ("user.id", "u1".into()),
        ],
    );
}

#[test]
fn a_neutral_name_stays_where_the_other_is_taken() {
    becomes(
        vec![
            ("tracing_genai.version", "2".into()),
            ("tracing_genai.release", "7".into()),
            ("tracing_genai.request_content.user", "u1".into()),
            ("user.id", "ada".into()),
        ],
        vec![
            ("service.version", "2".into()),
            ("tracing_genai.release", "7".into()),
            ("tracing_genai.request_content.user", "u1".into()),
            ("user.id", "ada".into()),
        ],
    );
}

#[test]
fn what_another_attribute_says_is_left_out() {
    becomes(
        vec![
            ("gen_ai.provider.name", "openai".into()),
            ("gen_ai.operation.name", "embeddings".into()),
            ("gen_ai.embeddings.dimension.count", 2.into()),
            ("gen_ai.request.encoding_formats", texts("base64".into())),
            ("tracing_genai.request.dimensions", 256.into()),
            ("tracing_genai.request.encoding_format", "base64".into()),
            ("gen_ai.usage.output_tokens", 0.into()),
            ("gen_ai.output.type", "text".into()),
            (
                "tracing_genai.request.text_format",
                r#"{"type":"text"}"#.into(),
            ),
            (
                "tracing_genai.request_content.response_format",
                r#"{"type":"json_schema","json_schema":{}}"#.into(),
            ),
        ],
        vec![
            ("gen_ai.provider.name", "openai".into()),
            ("gen_ai.operation.name", "embeddings".into()),
            ("gen_ai.embeddings.dimension.count", 2.into()),
            ("gen_ai.request.encoding_formats", texts("base64".into())),
            ("gen_ai.output.type", "text".into()),
            (
                "tracing_genai.request_content.response_format",
                r#"{"type":"json_schema","json_schema":{}}"#.into(),
            ),
        ],
    );
}

#[test]
fn the_id_of_a_request_has_the_name_of_its_header() {
    for (provider, key, value) in [
        (
            "openai",
            "http.response.header.x-request-id",
            texts("r1".into()),
        ),
        (
            "anthropic",
            "http.response.header.request-id",
            texts("r1".into()),
        ),
        ("azure.ai.openai", "azure.service.request.id", "r1".into()),
        ("aws.bedrock", "aws.request_id", "r1".into()),
    ] {
        becomes(
            vec![
                ("gen_ai.provider.name", provider.into()),
                ("tracing_genai.call.request_id", "r1".into()),
            ],
            vec![("gen_ai.provider.name", provider.into()), (key, value)],
        );
    }
}

#[test]
fn what_an_operation_does_not_declare_is_neutral_or_left_out() {
    becomes(
        vec![
            ("gen_ai.operation.name", "create_agent".into()),
            ("gen_ai.request.model", "gpt-4o".into()),
            ("gen_ai.request.temperature", 0.5.into()),
            ("gen_ai.tool.definitions", "[]".into()),
            ("openai.api.type", "assistants".into()),
        ],
        vec![
            ("gen_ai.operation.name", "create_agent".into()),
            ("gen_ai.request.model", "gpt-4o".into()),
            ("tracing_genai.request.temperature", 0.5.into()),
        ],
    );
    becomes(
        vec![
            ("gen_ai.operation.name", "chat".into()),
            ("gen_ai.provider.name", "openai".into()),
            ("gen_ai.response.status", "completed".into()),
        ],
        vec![
            ("gen_ai.operation.name", "chat".into()),
            ("gen_ai.provider.name", "openai".into()),
            ("tracing_genai.response.status", "completed".into()),
        ],
    );
}

#[test]
fn zeros_that_nobody_has_counted_are_left_out() {
    let generation = |derived: bool, output: i64| {
        let mut list = vec![
            ("gen_ai.operation.name", "chat".into()),
            ("gen_ai.provider.name", "openai".into()),
            ("gen_ai.usage.input_tokens", 0.into()),
            ("gen_ai.usage.output_tokens", output.into()),
        ];
        if derived {
            list.push(("tracing_genai.derived", true.into()));
        }
        list
    };
    becomes(generation(false, 0), generation(false, 0));
    becomes(generation(true, 1), generation(true, 1));
    becomes(
        generation(true, 0),
        vec![
            ("gen_ai.operation.name", "chat".into()),
            ("gen_ai.provider.name", "openai".into()),
            ("tracing_genai.derived", true.into()),
        ],
    );
}

#[test]
fn a_call_of_a_model_has_a_provider() {
    for (key, value, provider) in [
        ("gen_ai.request.model", "gpt-4o", "openai"),
        ("gen_ai.response.model", "claude-opus-4", "anthropic"),
        ("gen_ai.request.model", "my-own", "_OTHER"),
        ("gen_ai.system", "ollama", "ollama"),
    ] {
        let before = vec![
            ("gen_ai.operation.name", "chat".into()),
            (key, value.into()),
        ];
        assert_eq!(lacks_provider(&span(before.clone())), provider == "_OTHER");
        let mut after = before.clone();
        after.push(("gen_ai.provider.name", provider.into()));
        becomes(before, after);
    }
    let agent = vec![("gen_ai.operation.name", "invoke_agent".into())];
    becomes(agent.clone(), agent);
}
