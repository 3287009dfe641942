//! The example's own functions against the simulated server, decoded at the collector and compared,
//! observation by observation, with what Langfuse's Python SDK exports for the same job.

use std::collections::BTreeMap;

use async_openai_041::config::OpenAIConfig;
use serde_json::Value;
use tracing::instrument::WithSubscriber;
use tracing_genai::testing::ReceivedSpan;
use tracing_genai::{Destination, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

use crate::support::SOON;
use crate::support::collector::Collector;
use crate::{math_tutor, openai_sim};

const QUESTION: &str = "I need to solve the equation `3x + 11 = 14`. Can you help me?";

/// Runs the tutor twice and returns the spans of the second time, when part of the prompt is
/// cached, by name.
async fn exported() -> BTreeMap<String, ReceivedSpan> {
    let server = openai_sim::start().await.unwrap();
    let config = OpenAIConfig::new()
        .with_api_base(server.base_url())
        .with_api_key("simulated");
    let client = math_tutor::assistants_client(config).unwrap();
    math_tutor::run_math_tutor(&client, "Solve 2x = 8")
        .await
        .unwrap();

    let collector = Collector::start();
    let telemetry = Telemetry::builder()
        .with_environment([("", "")])
        .with_destination(
            Destination::langfuse("pk-lf-ref", "sk-lf-ref").with_base_url(&collector.url),
        )
        .build()
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    let answer = math_tutor::run_math_tutor(&client, QUESTION)
        .with_subscriber(subscriber)
        .await
        .unwrap();
    assert!(answer.contains("x = 1"), "{answer}");
    let report = telemetry.shutdown_async(SOON).await;
    assert_eq!((report.exported(), report.dropped()), (5, 0), "{report}");
    collector
        .spans()
        .into_iter()
        .map(|span| (span.name.clone(), span))
        .collect()
}

fn reference() -> BTreeMap<String, Value> {
    let file = include_str!("../fixtures/math_tutor_python_reference.json");
    let file: Value = serde_json::from_str(file).unwrap();
    let spans = file["spans"].as_array().unwrap();
    spans
        .iter()
        .map(|span| (span["name"].as_str().unwrap().to_owned(), span.clone()))
        .collect()
}

fn json(span: &ReceivedSpan, key: &str) -> Value {
    let text = span
        .text(key)
        .unwrap_or_else(|| panic!("{key} on {}", span.name));
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// Every leaf of what Python shows, unless it is one of this run's own ids, times or texts, is
/// somewhere in what we show.
fn assert_covers(ours: &Value, theirs: &Value, path: &str) {
    match theirs {
        Value::Object(fields) => {
            for (key, value) in fields {
                // What async-openai's types do not know, or what is empty.
                let absent = value.is_null() || *value == serde_json::json!({});
                let unknown = [
                    "completion_tokens_details",
                    "tool_resources",
                    "total_tokens",
                ];
                if absent || unknown.contains(&key.as_str()) {
                    continue;
                }
                let found = find(ours, key).unwrap_or_else(|| panic!("{path}.{key} in {ours}"));
                assert_covers(found, value, &format!("{path}.{key}"));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let ours = if ours.is_array() { &ours[index] } else { ours };
                assert_covers(ours, item, &format!("{path}[{index}]"));
            }
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) => {
            let same_kind = matches!(
                (ours, theirs),
                (Value::String(_), Value::String(_))
                    | (Value::Number(_), Value::Number(_))
                    | (Value::Bool(_), Value::Bool(_))
                    // The typed client has enums where the wire has words.
                    | (Value::Object(_), Value::String(_))
            );
            assert!(same_kind, "{path}: {ours} for {theirs}");
        }
        Value::Null => {}
    }
}

/// The value of a key, on this level or below.
fn find<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Object(fields) => fields
            .get(key)
            .filter(|value| !value.is_null())
            .or_else(|| fields.values().find_map(|value| find(value, key))),
        Value::Array(items) => items.iter().find_map(|item| find(item, key)),
        _ => None,
    }
}

#[tokio::test]
async fn the_same_tree_under_the_same_names() {
    let (ours, theirs) = (exported().await, reference());
    assert_eq!(
        ours.keys().collect::<Vec<_>>(),
        theirs.keys().collect::<Vec<_>>()
    );
    let name_of = |id: &str| {
        let parent = ours.values().find(|span| span.span_id == id);
        parent.map(|span| span.name.clone())
    };
    for (name, python) in &theirs {
        let parent = python["parentSpanId"].as_str();
        let parent = parent.and_then(|id| theirs.values().find(|span| span["spanId"] == *id));
        let parent = parent.map(|span| span["name"].as_str().unwrap().to_owned());
        assert_eq!(name_of(&ours[name].parent_span_id), parent, "{name}");
        assert_eq!(ours[name].trace_id, ours["run_math_tutor"].trace_id);
        assert_eq!(
            ours[name].text("langfuse.observation.type"),
            python["attributes"]["langfuse.observation.type"].as_str()
        );
        assert_eq!(ours[name].error, None);
    }
    assert_eq!(
        ours["run_math_tutor"].attributes["langfuse.internal.is_app_root"],
        tracing_genai::testing::Value::Bool(true)
    );
}

#[tokio::test]
async fn inputs_by_argument_name_where_python_has_positions() {
    let (ours, theirs) = (exported().await, reference());
    let input = |name: &str| json(&ours[name], "langfuse.observation.input");
    assert_eq!(
        input("run_math_tutor"),
        serde_json::json!({ "user_input": QUESTION })
    );
    assert_eq!(input("create_assistant"), serde_json::json!({}));
    let names =
        |value: Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(
        names(input("run_assistant")),
        ["assistant_id", "user_input"]
    );
    assert_eq!(names(input("get_response")), ["run_id", "thread_id"]);
    // As many as Python has, and each a text as there.
    for name in [
        "run_math_tutor",
        "create_assistant",
        "run_assistant",
        "get_response",
    ] {
        let python = &theirs[name]["attributes"]["langfuse.observation.input"];
        let python: Value = serde_json::from_str(python.as_str().unwrap()).unwrap();
        let ours = input(name);
        let ours = ours.as_object().unwrap();
        assert_eq!(
            ours.len(),
            python["args"].as_array().unwrap().len(),
            "{name}"
        );
        assert!(ours.values().all(Value::is_string), "{name}");
    }
}

#[tokio::test]
async fn outputs_with_everything_that_python_has() {
    let (ours, theirs) = (exported().await, reference());
    for (name, python) in &theirs {
        let python = python["attributes"]["langfuse.observation.output"]
            .as_str()
            .unwrap();
        let python = serde_json::from_str(python).unwrap_or_else(|_| Value::from(python));
        if name == "assistant-run" {
            continue;
        }
        let ours = json(&ours[name], "langfuse.observation.output");
        assert_covers(&ours, &python, name);
    }
    let answer = ours["run_math_tutor"]
        .text("langfuse.observation.output")
        .unwrap();
    assert!(
        !answer.starts_with('"'),
        "a text is shown unquoted: {answer}"
    );
}

#[tokio::test]
async fn the_generation_is_complete_priced_and_as_long_as_the_run() {
    let ours = exported().await;
    let generation = &ours["assistant-run"];
    assert_eq!(
        generation.text("langfuse.observation.model.name"),
        Some("gpt-4")
    );

    let input = json(generation, "langfuse.observation.input");
    let roles: Vec<_> = input
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["role"].clone())
        .collect();
    assert_eq!(roles, ["system", "assistant", "user"]);
    assert_eq!(input[2]["content"], QUESTION);
    let output = json(generation, "langfuse.observation.output");
    assert_eq!(output[0]["role"], "assistant");
    assert_eq!(
        output[0]["content"].as_str(),
        ours["run_math_tutor"].text("langfuse.observation.output")
    );

    let run = json(&ours["get_response"], "langfuse.observation.output");
    let usage = find(&run, "usage").unwrap();
    let wire = |key: &str| find(usage, key).and_then(Value::as_u64).unwrap();
    let (prompt, cached, completion) = (
        wire("prompt_tokens"),
        wire("cached_tokens"),
        wire("completion_tokens"),
    );
    assert!(cached > 0 && cached < prompt);
    assert_eq!(
        json(generation, "langfuse.observation.usage_details"),
        serde_json::json!({
            "input": prompt - cached,
            "input_cached_tokens": cached,
            "output": completion,
            "total": prompt + completion,
        })
    );

    let started = find(&run, "started_at").and_then(Value::as_u64).unwrap();
    let completed = find(&run, "completed_at").and_then(Value::as_u64).unwrap();
    assert_eq!(
        (generation.start, generation.end),
        (started * 1_000_000_000, completed * 1_000_000_000)
    );
    // Python's generation lasts 0.7 ms; the simulated run takes more than a second.
    assert!(generation.end - generation.start >= 1_000_000_000);
}
