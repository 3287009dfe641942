//! Streams, whole and broken.

use std::time::Duration;

use serde_json::{Value, json};

use super::{EVENTS, answer, events, fixture, head, messages, read};
use crate::model::message::Usage;
use crate::wire::{BodyEnd, Limits, ResponseReader};

fn start(usage: &Value) -> Value {
    json!({"type": "message_start", "message": {"id": "m", "role": "assistant", "content": [],
        "usage": usage}})
}

fn begin(index: u64, block: &Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: u64, delta: &Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn text(index: u64, text: &str) -> Value {
    delta(index, &json!({"type": "text_delta", "text": text}))
}

fn end(reason: &str) -> Value {
    json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 9}})
}

fn stop() -> Value {
    json!({"type": "message_stop"})
}

fn stream(data: &[Value]) -> Value {
    answer(200, EVENTS, &events(data))
}

#[test]
fn a_stream_is_the_message_that_a_whole_answer_would_be() {
    let facts = answer(200, EVENTS, &fixture("stream.sse"));
    let citation = json!({"type": "web_search_result_location", "url": "https://example.com/ic6",
        "title": "IC 6", "cited_text": "8:07 Bern"});
    let arguments = json!({"to": "Brig", "price": 49.9});
    assert_eq!(
        facts,
        json!({
            "id": "msg_01B",
            "model": "claude-opus-4-1-20250805",
            "finish_reasons": ["tool_use"],
            "annotations": [citation],
            "tool_calls": [["toolu_2", "book", arguments], ["toolu_3", "now", {}]],
            "messages": [{"role": "assistant", "finish_reason": "tool_call", "parts": [
                {"type": "reasoning", "content": "Two ways."},
                {"type": "server_tool_call", "id": "srvtoolu_1", "name": "web_search",
                    "server_tool_call": {"type": "web_search", "input": {"query": "IC 6 timetable"}}},
                {"type": "server_tool_call_response", "id": "srvtoolu_1", "server_tool_call_response":
                    {"type": "web_search", "content": [{"type": "web_search_result",
                        "title": "IC 6", "url": "https://example.com/ic6"}]}},
                {"type": "text", "content": "At 8:07 nach Zürich 🚆", "citations": [citation]},
                {"type": "tool_call", "id": "toolu_2", "name": "book", "arguments": arguments},
                {"type": "tool_call", "id": "toolu_3", "name": "now", "arguments": {}},
            ]}],
            "usage": {"input": 5030, "output": 90, "cache_read": 4000, "cache_write": 1000,
                "reasoning": 20},
            "usage_details": {
                "cache_creation": {"ephemeral_5m_input_tokens": 400, "ephemeral_1h_input_tokens": 600},
                "server_tool_use": {"web_search_requests": 1},
            },
        })
    );
}

#[test]
fn thinking_is_the_first_token_and_a_call_counts_where_nothing_else_comes() {
    let first = |data: &[Value]| {
        let head = head(200, EVENTS);
        let mut reader = ResponseReader::new(&messages(), head, Limits::default());
        for (at, event) in (1..).zip(data) {
            reader.push(
                &events(std::slice::from_ref(event)),
                Duration::from_secs(at),
            );
        }
        reader.first_content_at().map(|at| at.as_secs())
    };
    let usage = json!({});
    let thinking = json!({"type": "thinking", "thinking": ""});
    let thought = json!({"type": "thinking_delta", "thinking": "Hm"});
    let ping = json!({"type": "ping"});
    let data = [
        start(&usage),
        begin(0, &thinking),
        ping,
        delta(0, &thought),
        text(1, "a"),
    ];
    assert_eq!(first(&data), Some(4));
    let call = json!({"type": "tool_use", "id": "t", "name": "f", "input": {}});
    let data = [start(&usage), begin(0, &call), end("tool_use"), stop()];
    assert_eq!(first(&data), Some(2));
    assert_eq!(first(&[start(&usage), end("end_turn"), stop()]), None);
}

#[test]
fn a_failed_stream_keeps_its_content_and_counts_nothing() {
    let facts = answer(200, EVENTS, &fixture("stream_error.sse"));
    assert_eq!(
        facts,
        json!({
            "id": "msg_01C",
            "model": "claude-haiku-4-5",
            "error": {"kind": "overloaded_error", "message": "Overloaded", "request_id": "req_7"},
            "finish_reasons": ["error"],
            "messages": [{"role": "assistant", "finish_reason": "error",
                "parts": [{"type": "text", "content": "One, two"}]}],
        })
    );
    let error = json!({"type": "error", "error": {"type": "api_error", "message": "m"}});
    let expected =
        json!({"error": {"kind": "api_error", "message": "m"}, "finish_reasons": ["error"]});
    assert_eq!(stream(std::slice::from_ref(&error)), expected);
    // After the last counts, what was used is known.
    let late = stream(&[
        start(&json!({"input_tokens": 3})),
        text(0, "a"),
        end("end_turn"),
        error,
    ]);
    assert_eq!(late["usage"], json!({"input": 3, "output": 9}));
    assert!(late.get("error").is_some());
}

#[test]
fn only_its_own_end_is_the_end_of_a_stream() {
    let usage = json!({"input_tokens": 3, "output_tokens": 1});
    let body = events(&[start(&usage), text(0, "One"), end("end_turn")]);
    let facts = answer(200, EVENTS, &body);
    assert_eq!(facts["incomplete"], json!(true));
    assert_eq!(facts["finish_reasons"], json!(["end_turn"]));
    let facts = stream(&[start(&usage), text(0, "One")]);
    assert_eq!(facts["finish_reasons"], json!(["error"]));
    assert_eq!(facts["messages"][0]["finish_reason"], json!("error"));
    assert_eq!(facts["usage"], json!({"input": 3, "output": 1}));
    let facts = stream(&[start(&usage)]);
    assert!(facts.get("error").is_some() && facts.get("usage").is_none());
    assert!(
        stream(&[start(&usage), end("end_turn"), stop()])
            .get("error")
            .is_none()
    );
    // The caller left.
    let left = read(200, EVENTS, &body, BodyEnd::Cut);
    assert!(left.get("error").is_none() && left["incomplete"] == json!(true));
}

#[test]
fn counts_replace_each_other_and_less_erases_nothing() {
    let usage = json!({"input_tokens": 30, "cache_read_input_tokens": 100, "output_tokens": 3,
        "cache_creation_input_tokens": null});
    let later = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
        "usage": {"input_tokens": 0, "cache_read_input_tokens": null, "output_tokens": 40}});
    let facts = stream(&[start(&usage), text(0, "a"), later, stop()]);
    let counts = json!({"input": 130, "cache_read": 100, "output": 40});
    assert_eq!(facts["usage"], counts);
}

#[test]
fn servers_that_forget_the_form_are_read_all_the_same() {
    let parts = |data: &[Value]| stream(data)["messages"][0]["parts"].clone();
    let json_delta = |text: &str| {
        delta(
            1,
            &json!({"type": "input_json_delta", "partial_json": text}),
        )
    };
    // No beginnings, and no start of the message.
    let found = parts(&[
        text(0, "a"),
        json_delta("{\"a\":"),
        text(0, "b"),
        json_delta("1}"),
        end("x"),
        stop(),
    ]);
    assert_eq!(
        found,
        json!([{"type": "text", "content": "ab"}, {"type": "tool_use", "input": "{\"a\":1}"}])
    );
    // The whole input at the beginning.
    let call = json!({"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1.10}});
    let found = parts(&[begin(0, &call), end("tool_use"), stop()]);
    assert_eq!(found[0]["arguments"], json!({"a": 1.1}));
    // A text that has begun, and a block out of order.
    let begun = json!({"type": "text", "text": "O"});
    let found = parts(&[
        begin(1, &begun),
        begin(0, &json!({"type": "hologram"})),
        text(1, "ne"),
        stop(),
    ]);
    assert_eq!(
        found,
        json!([{"type": "hologram"}, {"type": "text", "content": "One"}])
    );
    // The whole message as one event.
    let whole = json!({"type": "message", "id": "m", "content": [{"type": "text", "text": "One"}],
        "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 2}});
    let facts = stream(std::slice::from_ref(&whole));
    assert_eq!(facts["usage"], json!({"input": 1, "output": 2}));
    assert_eq!(facts.get("incomplete"), None);
}

#[test]
fn counts_of_both_ends_meet_across_a_gap() {
    let usage = json!({"input_tokens": 30, "cache_read_input_tokens": 100, "output_tokens": 3});
    let first = events(&[
        start(&usage),
        begin(0, &json!({"type": "text", "text": ""})),
        text(0, "One"),
    ]);
    let call = json!({"type": "tool_use", "id": "t", "name": "f", "input": {}});
    let last = events(&[
        text(0, "nine"),
        begin(1, &call),
        text(0, "ten"),
        end("tool_use"),
        stop(),
    ]);
    let mut reader = ResponseReader::new(&messages(), head(200, EVENTS), Limits::default());
    reader.push(&first, Duration::ZERO);
    reader.skip_to([b"ght\"}}\n\n".as_slice(), &last].concat());
    let facts = reader.finish(BodyEnd::Reached);
    assert!(facts.complete);
    assert_eq!(facts.usage, Some(Usage::new(130, 9).with_cache_read(100)));
    assert_eq!(facts.finish_reasons, ["tool_use"]);
    assert_eq!(
        facts.messages[0].finish_reason.as_deref(),
        Some("tool_call")
    );
}

#[test]
fn memory_is_bounded() {
    let mut data = vec![start(&json!({}))];
    let long = "x".repeat(10_000);
    for index in 0..2_000 {
        data.push(begin(index, &json!({"type": "text", "text": long})));
        data.push(text(index, &long));
    }
    let body = events(&data);
    let limits = Limits {
        field_bytes: 1000,
        ..Limits::default()
    };
    let mut reader = ResponseReader::new(&messages(), head(200, EVENTS), limits);
    reader.push(&body, Duration::ZERO);
    let facts = reader.finish(BodyEnd::Reached);
    assert!(serde_json::to_string(&facts.messages).unwrap().len() < 20_000);
}
