//! Objects of async-openai, as functions that take or return them have them recorded.

#![expect(
    deprecated,
    reason = "the Assistants API is deprecated, and recorded while it lives"
)]

use std::fmt::Debug;

use async_openai_041::types::assistants::{
    AssistantObject, ListMessagesResponse, ListRunStepsResponse, RunObject, ThreadObject,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::functions::debug_text::to_json;

/// The JSON that both forms of `Debug` of a `T` read from `fixture` become.
fn shown<T: DeserializeOwned + Debug>(fixture: &str) -> Value {
    let object: T = serde_json::from_str(fixture).unwrap();
    let [compact, pretty] = [format!("{object:?}"), format!("{object:#?}")].map(|text| {
        let json = to_json(&text).unwrap_or_else(|| panic!("stayed text: {text}"));
        serde_json::from_str::<Value>(&json).unwrap()
    });
    assert_eq!(compact, pretty);
    compact
}

/// `expected` are pairs of a JSON pointer and the value there.
fn holds<const N: usize>(value: &Value, expected: [(&str, Value); N]) {
    for (pointer, expected) in expected {
        assert_eq!(
            value.pointer(pointer),
            Some(&expected),
            "{pointer} in {value:#}"
        );
    }
}

#[test]
fn a_run() {
    let fixture = include_str!("../../../../tests/fixtures/run_completed.json");
    let run = shown::<RunObject>(&fixture.replace(
        r#""metadata":{}"#,
        r#""metadata":{"user":"a \"b\"","turn":2,"tags":["x",null]}"#,
    ));
    holds(
        &run,
        [
            ("/id", json!("run_1")),
            ("/created_at", json!(1_795_000_033)),
            ("/thread_id", json!("thread_1")),
            ("/assistant_id", json!("asst_1")),
            ("/status", json!("Completed")),
            ("/required_action", Value::Null),
            ("/usage/prompt_tokens", json!(381)),
            ("/usage/completion_tokens", json!(88)),
            ("/usage/total_tokens", json!(469)),
            ("/temperature", json!(1.0)),
            ("/tools", json!([])),
            ("/parallel_tool_calls", json!(true)),
            ("/truncation_strategy/type", json!("Auto")),
            (
                "/metadata",
                json!({"user": "a \"b\"", "turn": 2, "tags": ["x", null]}),
            ),
        ],
    );
}

#[test]
fn a_list_of_messages() {
    let fixture = include_str!("../../../../tests/fixtures/messages_list_response.json");
    let fixture = fixture.replace("Can you help me?", r#"Say \"x = 1\"\nor (x, 1)\\1."#);
    let messages = shown::<ListMessagesResponse>(&fixture);
    let text = "I need to solve the equation `3x + 11 = 14`. Say \"x = 1\"\nor (x, 1)\\1.";
    let answer = "/data/0/content/1/Text/text";
    holds(
        &messages,
        [
            ("/data/0/id", json!("msg_a1")),
            ("/data/0/role", json!("Assistant")),
            (
                "/data/0/content/0/ImageFile/image_file/file_id",
                json!("file-img1"),
            ),
            (
                &format!("{answer}/value"),
                json!("Subtract 11 and divide by 3: x = 1【4:0†algebra.md】."),
            ),
            (
                &format!("{answer}/annotations/0/FileCitation/file_citation/file_id"),
                json!("file-1"),
            ),
            ("/data/1/content/0/Text/text/value", json!(text)),
            ("/data/1/assistant_id", Value::Null),
            ("/first_id", json!("msg_a1")),
            ("/has_more", json!(false)),
        ],
    );
}

#[test]
fn an_assistant() {
    let fixture = include_str!("../../../../tests/fixtures/assistant_response.json");
    holds(
        &shown::<AssistantObject>(fixture),
        [
            ("/id", json!("asst_1")),
            ("/name", json!("Math Tutor")),
            ("/model", json!("gpt-4o")),
            (
                "/instructions",
                json!("You are a personal math tutor. Answer briefly."),
            ),
            ("/tool_resources/code_interpreter/file_ids", json!([])),
            ("/metadata", json!({})),
        ],
    );
}

#[test]
fn a_thread() {
    let fixture = include_str!("../../../../tests/fixtures/thread_response.json");
    let thread = shown::<ThreadObject>(fixture);
    holds(
        &thread,
        [
            ("/id", json!("thread_1")),
            ("/created_at", json!(1_795_000_031)),
        ],
    );
}

#[test]
fn a_list_of_steps() {
    let fixture = include_str!("../../../../tests/fixtures/steps_response.json");
    let steps = shown::<ListRunStepsResponse>(fixture);
    let calls = "/data/0/step_details/ToolCalls/tool_calls";
    holds(
        &steps,
        [
            ("/data/0/type", json!("ToolCalls")),
            ("/data/0/usage/prompt_tokens", json!(216)),
            (
                &format!("{calls}/0/CodeInterpreter/code_interpreter/input"),
                json!("x = (14-11)/3\nprint(x)"),
            ),
            (
                &format!("{calls}/0/CodeInterpreter/code_interpreter/outputs/0/Logs/logs"),
                json!("1.0\n"),
            ),
            (
                &format!("{calls}/1/FileSearch/file_search/results/0/score"),
                json!(0.83),
            ),
            (
                &format!("{calls}/2/Function/function/arguments"),
                json!(r#"{"city":"Oslo"}"#),
            ),
            ("/data/1/id", json!("step_2")),
            (
                "/data/1/step_details/MessageCreation/message_creation/message_id",
                json!("msg_a1"),
            ),
        ],
    );
}
