//! The functions of the example run against the simulated server. What a collector receives is compared with
//! what Langfuse's Python SDK exports for the same job, observation by observation. In Python the run is one
//! generation written by hand; here it is an agent with a model call below it.

use std::collections::BTreeMap;

use serde_json::Value;
use tracing_genai::Destination;
use tracing_genai::testing::ReceivedSpan;

use crate::support::collector::Collector;
use crate::support::tutor::{QUESTION, math_tutor_client};
use crate::support::{SOON, builder, parsed, within_async};
use crate::{math_tutor, openai_sim};

/// Runs the tutor twice and returns the spans of the second time, by name. By then, part of the prompt is
/// cached.
async fn exported() -> BTreeMap<String, ReceivedSpan> {
    let server = openai_sim::start().await.unwrap();
    let client = math_tutor_client(server.base_url());
    math_tutor::run_math_tutor(&client, "Solve 2x = 8")
        .await
        .unwrap();

    let collector = Collector::start();
    let telemetry = builder()
        .with_destination(
            Destination::langfuse("pk-lf-ref", "sk-lf-ref").with_base_url(&collector.url),
        )
        .build()
        .unwrap();
    let lesson = math_tutor::run_math_tutor(&client, QUESTION);
    let answer = within_async(&telemetry, lesson).await.unwrap();
    assert!(answer.contains("x = 1"), "{answer}");
    let report = telemetry.shutdown_async(SOON).await;
    assert_eq!((report.exported(), report.dropped()), (7, 0), "{report}");
    collector
        .spans()
        .into_iter()
        .map(|span| (span.name.clone(), span))
        .collect()
}

/// The name of the generation that the Python program writes by hand.
const BY_HAND: &str = "assistant-run";
const ASSISTANT: &str = "create_agent Math Tutor";
const AGENT: &str = "invoke_agent Math Tutor";
const GENERATION: &str = "chat gpt-4";

fn reference() -> BTreeMap<String, Value> {
    let file = include_str!("../../fixtures/math_tutor_python_reference.json");
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
    parsed(text)
}

/// Asserts that we export every field that Python exports, except ids, times and texts of the run.
fn assert_covers(ours: &Value, theirs: &Value, path: &str) {
    match theirs {
        Value::Object(fields) => {
            for (key, value) in fields {
                // These are missing in async-openai's types, or empty.
                let absent = value.is_null() || *value == serde_json::json!({});
                let unknown = [
                    "completion_tokens_details",
                    "prompt_token_details",
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
                    // The typed client has enums for some strings.
                    | (Value::Object(_), Value::String(_))
            );
            assert!(same_kind, "{path}: {ours} for {theirs}");
        }
        Value::Null => {}
    }
}

/// The value of a key, at any depth.
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
async fn the_same_functions_and_below_them_what_the_server_did() {
    let (ours, theirs) = (exported().await, reference());
    let mut names: Vec<&str> = theirs.keys().map(String::as_str).collect();
    names.retain(|name| *name != BY_HAND);
    names.extend([ASSISTANT, AGENT, GENERATION]);
    names.sort_unstable();
    assert_eq!(ours.keys().collect::<Vec<_>>(), names);
    let name_of = |id: &str| {
        let parent = ours.values().find(|span| span.span_id == id);
        parent.map(|span| span.name.clone())
    };
    let parent = |name: &str| name_of(&ours[name].parent_span_id);
    for (name, python) in theirs.iter().filter(|(name, _)| *name != BY_HAND) {
        let of_python = python["parentSpanId"].as_str();
        let of_python = of_python.and_then(|id| theirs.values().find(|span| span["spanId"] == *id));
        let of_python = of_python.map(|span| span["name"].as_str().unwrap().to_owned());
        assert_eq!(parent(name), of_python, "{name}");
        assert_eq!(
            ours[name].text("langfuse.observation.type"),
            python["attributes"]["langfuse.observation.type"].as_str()
        );
    }
    for (name, above, kind) in [
        (ASSISTANT, "create_assistant", "agent"),
        (AGENT, "run_assistant", "agent"),
        (GENERATION, AGENT, "generation"),
    ] {
        assert_eq!(parent(name).as_deref(), Some(above));
        let ours = &ours[name];
        assert_eq!(ours.text("langfuse.observation.type"), Some(kind));
        assert_eq!(ours.kind, "CLIENT");
    }
    for span in ours.values() {
        assert_eq!(span.trace_id, ours["run_math_tutor"].trace_id);
        assert_eq!(span.error, None, "{}", span.name);
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
    // As many as in Python, and all of them texts.
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
    for (name, python) in theirs.iter().filter(|(name, _)| *name != BY_HAND) {
        let python = python["attributes"]["langfuse.observation.output"]
            .as_str()
            .unwrap();
        let python = parsed(python);
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

/// The agent and its generation have what Python's generation has: model, messages, answer and counts.
#[tokio::test]
async fn the_generation_is_complete_and_priced() {
    let (ours, theirs) = (exported().await, reference());
    let (agent, generation) = (&ours[AGENT], &ours[GENERATION]);
    let by_hand = &theirs[BY_HAND]["attributes"];
    assert_eq!(
        generation.text("langfuse.observation.model.name"),
        by_hand["langfuse.observation.model.name"].as_str()
    );
    for span in [agent, generation] {
        let input = json(span, "langfuse.observation.input");
        let roles: Vec<_> = input
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["role"].clone())
            .collect();
        assert_eq!(roles, ["system", "assistant", "user"], "{}", span.name);
        assert_eq!(input[2]["content"], QUESTION);
        let output = json(span, "langfuse.observation.output");
        assert_eq!(output[0]["role"], "assistant");
        assert_eq!(
            output[0]["content"].as_str(),
            ours["run_math_tutor"].text("langfuse.observation.output")
        );
    }

    let run = json(&ours["get_response"], "langfuse.observation.output");
    let usage = find(&run, "usage").unwrap();
    let wire = |key: &str| find(usage, key).and_then(Value::as_u64).unwrap();
    let (prompt, completion) = (wire("prompt_tokens"), wire("completion_tokens"));
    let counted = json(generation, "langfuse.observation.usage_details");
    // The server sends it, but the client's types do not have it.
    let cached = find(&counted, "input_cached_tokens").and_then(Value::as_u64);
    let cached = cached.unwrap();
    assert!(cached > 0 && cached < prompt);
    assert_eq!(
        counted,
        serde_json::json!({
            "input": prompt - cached,
            "input_cached_tokens": cached,
            "output": completion,
            "total": prompt + completion,
        })
    );
    // Python exports only the total.
    let python = by_hand["langfuse.observation.usage_details"]
        .as_str()
        .unwrap();
    let python: Value = serde_json::from_str(python).unwrap();
    assert!(find(&python, "total_tokens").is_some_and(Value::is_number));
    assert!(agent.text("langfuse.observation.usage_details").is_none());
}

/// Python's generation lasts as long as it takes to write it; the simulated run takes a second.
#[tokio::test]
async fn the_run_is_as_long_as_its_caller_saw_it_take() {
    let ours = exported().await;
    let (agent, generation) = (&ours[AGENT], &ours[GENERATION]);
    assert!(agent.end - agent.start >= 1_000_000_000);
    assert_eq!((agent.start, agent.end), (generation.start, generation.end));
    assert!(agent.start >= ours["run_assistant"].start);
    assert!(agent.end <= ours["get_response"].end);
}
