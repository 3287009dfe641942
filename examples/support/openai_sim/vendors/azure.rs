//! Azure OpenAI: content filters in every corner.
//!
//! Contract: chats and their streams, which are filtered while they run; Responses lack the
//! time of their end.

use serde_json::{Value, json};

use super::super::stream::{Answer, Event, Streamed};
use super::chunks;

pub(super) fn responses(answer: &mut Answer) {
    let strip = |response: &mut Value| {
        if response["object"] == "response" {
            chunks::remove(response, "completed_at");
            response["content_filters"] = json!([]);
        }
    };
    match answer {
        Answer::Whole(value) => strip(value),
        Answer::Streamed(stream) => {
            for data in chunks::each(stream) {
                if let Some(response) = data.get_mut("response") {
                    strip(response);
                }
            }
        }
        Answer::Bytes { .. } => {}
    }
}

fn safe() -> Value {
    json!({
        "hate": {"filtered": false, "severity": "safe"},
        "self_harm": {"filtered": false, "severity": "safe"},
        "sexual": {"filtered": false, "severity": "safe"},
        "violence": {"filtered": false, "severity": "safe"},
    })
}

fn prompt_results() -> Value {
    json!([{"prompt_index": 0, "content_filter_results": safe()}])
}

pub(super) fn whole(completion: &mut Value) {
    chunks::remove(completion, "service_tier");
    completion["prompt_filter_results"] = prompt_results();
    for choice in chunks::choices(completion) {
        choice["content_filter_results"] = safe();
        // A filtered choice has no message at all.
        if choice["finish_reason"] == "content_filter" {
            chunks::remove(choice, "message");
        }
    }
}

pub(super) fn stream(stream: &mut Streamed) {
    for chunk in chunks::each(stream) {
        chunks::remove(chunk, "service_tier");
        for choice in chunks::choices(chunk) {
            choice["content_filter_results"] = json!({});
        }
    }
    let nobody = |choices: Value| json!({"id": "", "object": "", "created": 0, "model": "", "choices": choices});
    let offsets = json!({"check_offset": 44, "start_offset": 44, "end_offset": 46});
    let late = nobody(json!([{
        "index": 0, "finish_reason": null,
        "content_filter_results": safe(), "content_filter_offsets": offsets,
    }]));
    let behind = stream.events.len().saturating_sub(2);
    stream.events.insert(behind, Event::Data(late));
    let mut first = nobody(json!([]));
    first["prompt_filter_results"] = prompt_results();
    stream.events.insert(0, Event::Data(first));
}
