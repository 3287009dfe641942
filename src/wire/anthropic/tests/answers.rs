//! Whole answers and errors.

use serde_json::{Value, json};

use super::{JSON, answer, fixture, messages};
use crate::wire::{BodyEnd, Endpoint, Limits, ResponseFacts, ResponseReader};

fn whole(body: &Value) -> Value {
    answer(200, JSON, body.to_string().as_bytes())
}

#[test]
fn every_block_has_its_part() {
    let facts = answer(200, JSON, &fixture("answer.json"));
    let citation = json!({"type": "web_search_result_location", "url": "https://example.com/ic6",
        "title": "IC 6", "cited_text": "8:07 Bern"});
    let arguments = r#"{"to": "Brig", "seats": 2, "price": 49.90, "id": 12345678901234567890}"#;
    let shown: Value = serde_json::from_str(arguments).unwrap();
    assert_eq!(
        facts,
        json!({
            "id": "msg_01A",
            "model": "claude-opus-4-1-20250805",
            "finish_reasons": ["tool_use"],
            "annotations": [citation],
            "tool_calls": [["toolu_2", "book", shown]],
            "messages": [{"role": "assistant", "finish_reason": "tool_call", "parts": [
                {"type": "reasoning", "content": "Two ways."},
                {"type": "redacted_thinking",
                    "data": "<application/octet-stream, 14 bytes, sha256 c154da95408a>"},
                {"type": "server_tool_call", "id": "srvtoolu_1", "name": "web_search",
                    "server_tool_call": {"type": "web_search", "input": {"query": "IC 6 timetable"}}},
                {"type": "server_tool_call_response", "id": "srvtoolu_1", "server_tool_call_response":
                    {"type": "web_search", "content": [{"type": "web_search_result",
                        "title": "IC 6", "url": "https://example.com/ic6"}]}},
                {"type": "text", "content": "At 8:07", "citations": [citation]},
                {"type": "text", "content": " from track 7."},
                {"type": "tool_call", "id": "toolu_2", "name": "book", "arguments": shown},
                {"type": "server_tool_call", "id": "mcptoolu_1", "name": "echo", "server_tool_call":
                    {"type": "mcp", "server_name": "tools", "input": {"say": "hi"}}},
                {"type": "server_tool_call_response", "id": "mcptoolu_1", "server_tool_call_response":
                    {"type": "mcp", "is_error": false, "content": [{"type": "text", "text": "hi"}]}},
                {"type": "hologram", "depth": 3},
            ]}],
            "usage": {"input": 5030, "output": 90, "cache_read": 4000, "cache_write": 1000,
                "reasoning": 20},
            "usage_details": {
                "cache_creation": {"ephemeral_5m_input_tokens": 400, "ephemeral_1h_input_tokens": 600},
                "server_tool_use": {"web_search_requests": 1}, "service_tier": "standard",
            },
        })
    );
    let head = super::head(200, JSON);
    let facts = ResponseFacts::read(
        &messages(),
        head,
        &fixture("answer.json"),
        Limits::default(),
    );
    // The text that the model wrote, with its digits and its order.
    assert_eq!(facts.tool_calls[0].arguments.as_deref(), Some(arguments));
}

#[test]
fn each_reason_to_stop_has_the_word_of_the_conventions() {
    for (reason, word) in [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_call"),
        ("refusal", "content_filter"),
        ("pause_turn", "pause_turn"),
        ("compaction", "compaction"),
    ] {
        let facts = whole(
            &json!({"type": "message", "id": "m", "content": [], "stop_reason": reason,
            "usage": {"input_tokens": 5, "output_tokens": 2, "cache_read_input_tokens": null,
                "cache_creation": null, "server_tool_use": null}}),
        );
        assert_eq!(
            facts,
            json!({"id": "m", "finish_reasons": [reason], "usage": {"input": 5, "output": 2},
                "messages": [{"role": "assistant", "parts": [], "finish_reason": word}]})
        );
    }
    let refused = whole(
        &json!({"content": [], "stop_reason": "refusal", "stop_details":
        {"type": "refusal", "category": "cyber", "explanation": "No."}}),
    );
    let parts = json!([{"type": "refusal", "content": "No."}]);
    assert_eq!(refused["messages"][0]["parts"], parts);
}

#[test]
fn inline_bytes_of_any_length_are_markers() {
    let facts = whole(&json!({"content": [
        {"type": "web_fetch_tool_result", "tool_use_id": "s", "content": {"type": "web_fetch_result",
            "content": {"type": "document", "source":
                {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}}},
        {"type": "container_upload", "file_id": "file_1"},
        {"type": "thinking", "thinking": "", "signature": "EuYB"}, {"type": "text", "text": ""},
        {"type": "compaction", "content": "Before.", "encrypted_content": "abc"}],
        "stop_reason": "end_turn"}));
    assert_eq!(
        facts["messages"][0]["parts"],
        json!([
            {"type": "server_tool_call_response", "id": "s", "server_tool_call_response":
                {"type": "web_fetch", "content": {"type": "web_fetch_result", "content":
                    {"type": "document", "source": {"type": "base64", "media_type": "image/png",
                        "data": "<image/png, 8 bytes, sha256 4c4b6a3be131>"}}}}},
            {"type": "file", "modality": "document", "file_id": "file_1"},
            {"type": "compaction", "content": "Before."},
        ])
    );
}

#[test]
fn a_failure_is_never_a_success() {
    let error = json!({"kind": "invalid_request_error", "message": "max_tokens: Field required",
        "request_id": "req_8"});
    let body = fixture("error.json");
    assert_eq!(answer(400, JSON, &body), json!({"error": error}));
    let at_success = answer(200, JSON, &body);
    assert_eq!(at_success["error"], error);
    for body in [
        json!({}),
        json!({"id": "m", "content": []}),
        json!([1]),
        json!({"ok": 1}),
    ] {
        assert!(whole(&body).get("error").is_some(), "{body}");
    }
    for body in [
        "",
        "<html><title>Sign in</title>",
        r#"{"content":[{"type":"text","te"#,
    ] {
        assert!(
            answer(200, JSON, body.as_bytes()).get("error").is_some(),
            "{body}"
        );
    }
    let half = answer(
        200,
        JSON,
        br#"{"content":[{"type":"text","text":"One"}],"us"#,
    );
    assert!(half.get("warning").is_some(), "{half}");
    assert_eq!(half["finish_reasons"], json!(["error"]));
}

#[test]
fn the_head_names_an_error_that_the_body_does_not() {
    let named = |name: &str, body: &str| {
        let reader = ResponseReader::new(&messages(), super::head(429, JSON), Limits::default());
        let mut reader = reader.with_error_type(Some(name));
        reader.push(body.as_bytes(), std::time::Duration::ZERO);
        reader.finish(BodyEnd::Reached).error.unwrap().kind.unwrap()
    };
    let message = r#"{"message":"Too many requests"}"#;
    assert_eq!(
        named("ThrottlingException:http://a/b/", message),
        "ThrottlingException"
    );
    let body = String::from_utf8(fixture("error.json")).unwrap();
    assert_eq!(named("Other", &body), "invalid_request_error");
}

#[test]
fn counted_tokens_are_an_output_and_no_usage() {
    let endpoint = Endpoint::of("POST", "/v1/messages/count_tokens");
    let head = super::head(200, JSON);
    let facts = ResponseFacts::read(
        &endpoint,
        head,
        br#"{"input_tokens":14}"#,
        Limits::default(),
    );
    assert_eq!(facts.output, Some(json!({"input_tokens": 14})));
    assert_eq!(facts.usage, None);
}

#[test]
fn the_end_of_an_answer_says_why_it_ended_and_what_it_cost() {
    let words = "word \\\"stop_reason\\\":1 ".repeat(20_000);
    let body = format!(
        r#"{{"id":"m","content":[{{"type":"text","text":"{words}"}}],"stop_reason":"end_turn","stop_sequence":null,"usage":{{"input_tokens":7,"output_tokens":9}}}}"#
    );
    let mut reader = ResponseReader::new(&messages(), super::head(200, JSON), Limits::default());
    reader.push(&body.as_bytes()[..10_000], std::time::Duration::ZERO);
    reader.skip_to(body.as_bytes()[body.len() - 5_000..].to_vec());
    let facts = reader.finish(BodyEnd::Reached);
    assert_eq!(facts.finish_reasons, ["end_turn"]);
    assert_eq!(facts.usage, Some(crate::model::message::Usage::new(7, 9)));
    assert!(facts.complete && facts.error.is_none());
}
