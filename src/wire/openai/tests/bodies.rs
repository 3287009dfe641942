//! What a body is is found out from the body.

use std::time::Duration;

use serde_json::{Value, json};

use super::{EVENTS, JSON, answer, dump, endpoint, events, fixture};
use crate::wire::{BodyEnd, Limits, ResponseFacts, ResponseHead, ResponseReader};

const CHAT: &str = "POST /v1/chat/completions";

fn read(stream_requested: bool, content_type: Option<&str>, body: &[u8]) -> Value {
    let head = ResponseHead {
        status: 200,
        content_type,
        stream_requested,
    };
    dump::response(&ResponseFacts::read(
        &endpoint(CHAT),
        head,
        body,
        Limits::default(),
    ))
}

#[test]
fn events_come_without_a_content_type_or_with_a_wrong_one() {
    let body = fixture("chat_stream.sse");
    let expected = read(true, EVENTS, &body);
    assert_eq!(expected["id"], "chatcmpl-S1");
    for content_type in [
        None,
        Some(""),
        Some("application/json"),
        Some("text/plain"),
        Some("TEXT/EVENT-STREAM"),
    ] {
        assert_eq!(
            read(true, content_type, &body),
            expected,
            "{content_type:?}"
        );
    }
    assert_eq!(read(false, EVENTS, &body), expected);
    assert_eq!(
        read(false, JSON, &body),
        json!({}),
        "nobody asked for a stream"
    );
}

#[test]
fn an_answer_comes_whole_although_a_stream_was_asked_for() {
    let body = fixture("chat_response.json");
    let expected = read(false, JSON, &body);
    assert_eq!(expected["id"], "chatcmpl-A1");
    for content_type in [
        None,
        JSON,
        EVENTS,
        Some("text/plain"),
        Some("application/octet-stream"),
    ] {
        assert_eq!(
            read(true, content_type, &body),
            expected,
            "{content_type:?}"
        );
    }
    let late = [b"\n\n \r\n".as_slice(), &body].concat();
    assert_eq!(read(false, JSON, &late), expected);
    let marked = [b"\xEF\xBB\xBF".as_slice(), &body].concat();
    assert_eq!(read(false, JSON, &marked), expected);
}

#[test]
fn an_error_is_read_whatever_its_content_type_says() {
    let body = fixture("error_openai.json");
    for content_type in [
        None,
        JSON,
        EVENTS,
        Some("text/plain"),
        Some("application/octet-stream"),
    ] {
        let facts = answer(CHAT, 401, content_type, &body);
        assert_eq!(
            facts["error"]["code"], "invalid_api_key",
            "{content_type:?}"
        );
    }
    for (content_type, body, message) in [
        (
            Some("text/html"),
            "<html><head><title>502 Bad Gateway</title>",
            json!({"message": "502 Bad Gateway"}),
        ),
        (
            Some("text/plain"),
            "upstream error",
            json!({"message": "upstream error"}),
        ),
        (JSON, "\"quoted\"", json!({"message": "quoted"})),
        (JSON, "", json!("unknown")),
        (None, "", json!("unknown")),
        (JSON, "[]", json!("unknown")),
        (
            JSON,
            "{\"error\":{\"message\":\"cut of",
            json!({"message": "cut of"}),
        ),
        (
            EVENTS,
            "event: error\ndata: {\"message\":\"m\"}\n\n",
            json!({"message": "m"}),
        ),
        (EVENTS, ": nothing\n\n", json!("unknown")),
    ] {
        let facts = answer(CHAT, 502, content_type, body.as_bytes());
        assert_eq!(facts["error"], message, "{body}");
    }
}

#[test]
fn a_failure_inside_of_a_success_is_an_error() {
    let body = json!({"error": {"message": "m", "code": 429, "type": "rate_limit"}}).to_string();
    let facts = answer(CHAT, 200, JSON, body.as_bytes());
    assert_eq!(
        facts["error"],
        json!({"message": "m", "code": "429", "kind": "rate_limit"})
    );
}

#[test]
fn other_calls_have_errors_but_no_content() {
    let body = json!({"id": "file-1", "model": "m", "usage": {"prompt_tokens": 1}}).to_string();
    assert_eq!(
        answer("GET /v1/files/file-1", 200, JSON, body.as_bytes()),
        json!({})
    );
    let body = fixture("error_openai.json");
    assert_eq!(
        answer("GET /v1/files/file-1", 404, JSON, &body)["error"]["code"],
        "invalid_api_key"
    );
}

#[test]
fn a_body_that_breaks_off_keeps_what_came() {
    let body = fixture("chat_response.json");
    let end = body.len() - 2;
    let facts = answer(CHAT, 200, JSON, &body[..end]);
    assert_eq!(facts["incomplete"], true);
    assert_eq!(
        facts["messages"][0]["parts"][0]["content"],
        "{\"a\":\"a cat\"}"
    );
    assert_eq!(facts["usage"]["input"], 1200);
    let mut reader = ResponseReader::new(
        &endpoint(CHAT),
        ResponseHead {
            status: 200,
            content_type: JSON,
            stream_requested: false,
        },
        Limits::default(),
    );
    reader.push(
        b"{\"id\":\"x\",\"choices\":[{\"message\":{\"content\":\"par",
        Duration::ZERO,
    );
    let facts = dump::response(&reader.finish(BodyEnd::Cut));
    assert_eq!(
        facts,
        json!({
            "id": "x",
            "finish_reasons": ["error"],
            "messages": [{"role": "assistant", "finish_reason": "error", "parts": [{"type": "text", "content": "par"}]}],
            "incomplete": true,
        })
    );
}

#[test]
fn fields_of_the_wrong_type_are_absent() {
    let wrong = [
        json!(5),
        json!([]),
        json!({}),
        json!(true),
        json!(null),
        json!([[]]),
        json!({"a": 1}),
    ];
    for call in [
        CHAT,
        "POST /v1/responses",
        "POST /v1/embeddings",
        "POST /v1/images/generations",
        "POST /v1/moderations",
        "POST /v1/audio/transcriptions",
    ] {
        for wrong in &wrong {
            let body = json!({
                "id": "x", "model": wrong, "status": wrong, "choices": wrong, "output": wrong,
                "usage": wrong, "service_tier": wrong, "error": null, "data": wrong,
                "system_fingerprint": wrong, "conversation": wrong, "incomplete_details": wrong,
            });
            let facts = answer(call, 200, JSON, body.to_string().as_bytes());
            assert_eq!(facts["model"], Value::Null, "{call} {wrong}");
            assert_eq!(facts["usage"], Value::Null, "{call} {wrong}");
            assert_eq!(facts["messages"], Value::Null, "{call} {wrong}");
            let choices = json!({"choices": [{"message": wrong, "delta": wrong, "index": wrong, "finish_reason": wrong, "text": wrong},
                {"message": {"content": wrong, "tool_calls": [wrong, {"function": wrong}], "audio": wrong, "refusal": wrong}}]});
            answer(call, 200, JSON, choices.to_string().as_bytes());
            answer(call, 200, EVENTS, &events(&[choices]));
        }
    }
}

#[test]
fn deep_json_costs_nothing_but_itself() {
    let deep = format!(
        "{{\"id\":\"x\",\"choices\":{}{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    assert_eq!(answer(CHAT, 200, JSON, deep.as_bytes())["id"], "x");
    let deep = format!("data: {deep}\n\n");
    assert_eq!(answer(CHAT, 200, EVENTS, deep.as_bytes())["id"], "x");
}
