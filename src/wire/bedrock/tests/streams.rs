//! Streams, whole and broken.

use std::time::Duration;

use serde_json::{Value, json};

use super::{CLAUDE, JSON, NOVA, dump, endpoint, fixture, head, read};
use crate::model::message::Usage;
use crate::wire::framing::event_stream::tests::{event, message};
use crate::wire::{BodyEnd, Limits, ResponseHead, ResponseReader};

fn converse(body: &[u8]) -> Value {
    read(&endpoint(CLAUDE, "converse-stream"), body)
}

fn parts(is_of_amazon: bool) -> Value {
    let citation =
        json!({"title": "IC 6", "location": {"web": {"url": "https://example.com/ic6"}}});
    let mut text = json!({"type": "text", "content": "At 8:07 nach Zürich 🚆"});
    let call = json!({"type": "tool_call", "id": "tooluse_1", "name": "book",
        "arguments": {"to": "Brig", "price": 49.9}});
    if is_of_amazon {
        return json!([text, call]);
    }
    text["citations"] = json!([citation]);
    json!([{"type": "reasoning", "content": "Two ways."}, text, call])
}

#[test]
fn a_stream_of_converse_is_the_message_that_a_whole_answer_would_be() {
    let facts = converse(&fixture("converse_stream.bin"));
    let parts = parts(false);
    assert_eq!(
        facts,
        json!({
            "finish_reasons": ["tool_use"],
            "annotations": parts[1]["citations"],
            "tool_calls": [["tooluse_1", "book", parts[2]["arguments"]]],
            "messages": [{"role": "assistant", "finish_reason": "tool_call", "parts": parts}],
            "usage": {"input": 2312, "output": 40, "cache_read": 2000, "cache_write": 300},
        })
    );
}

#[test]
fn a_wrapped_stream_is_that_of_the_model() {
    let facts = read(
        &endpoint(CLAUDE, "invoke-with-response-stream"),
        &fixture("invoke_stream.bin"),
    );
    assert_eq!(facts["id"], "msg_01B");
    assert_eq!(facts["usage"]["input"], 5030);
    assert_eq!(facts["messages"][0]["parts"][0]["content"], "Two ways.");
    assert_eq!(
        facts["tool_calls"][0][2],
        json!({"to": "Brig", "price": 49.9})
    );
    assert_eq!(facts.get("incomplete"), None);

    let facts = read(
        &endpoint(NOVA, "invoke-with-response-stream"),
        &fixture("invoke_stream_of_amazon.bin"),
    );
    assert_eq!(facts["messages"][0]["parts"], parts(true));
    assert_eq!(facts["usage"], json!({"input": 12, "output": 40}));
    assert_eq!(facts.get("incomplete"), None);
}

#[test]
fn the_first_token_is_content_and_the_end_comes_after_the_counts() {
    let endpoint = endpoint(CLAUDE, "converse-stream");
    let mut reader = ResponseReader::new(&endpoint, head(&endpoint, 200), Limits::default());
    let mut seen = Vec::new();
    for (at, (name, payload)) in (1..).zip([
        ("messageStart", r#"{"role":"assistant"}"#),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}}}"#,
        ),
        ("messageStop", r#"{"stopReason":"end_turn"}"#),
        (
            "metadata",
            r#"{"usage":{"inputTokens":1,"outputTokens":2}}"#,
        ),
    ]) {
        reader.push(&event(name, payload.as_bytes()), Duration::from_secs(at));
        seen.push((
            reader.first_content_at().map(|at| at.as_secs()),
            reader.is_terminal(),
        ));
    }
    assert_eq!(
        seen,
        [
            (None, false),
            (Some(2), false),
            (Some(2), false),
            (Some(2), true)
        ]
    );
    let facts = reader.finish(BodyEnd::Reached);
    assert!(facts.complete);
    assert_eq!(facts.usage, Some(Usage::new(1, 2)));
}

#[test]
fn a_failed_stream_keeps_its_content() {
    let facts = converse(&fixture("converse_stream_error.bin"));
    let error = json!({"kind": "modelStreamErrorException", "message": "The model broke off."});
    assert_eq!(facts["error"], error);
    assert_eq!(facts["finish_reasons"], json!(["error"]));
    assert_eq!(
        facts["messages"][0]["parts"][1]["content"],
        "At 8:07 nach Zürich 🚆"
    );
    assert_eq!(facts.get("usage"), None);
    let slow = message(
        &[
            (":exception-type", "throttlingException"),
            (":message-type", "exception"),
        ],
        br#"{"message":"Slow down."}"#,
    );
    for action in ["converse-stream", "invoke-with-response-stream"] {
        let facts = read(&endpoint(CLAUDE, action), &slow);
        let error = json!({"kind": "throttlingException", "message": "Slow down."});
        assert_eq!(facts, json!({"error": error, "finish_reasons": ["error"]}));
    }
}

#[test]
fn only_its_own_end_is_the_end_of_a_stream() {
    let whole = fixture("converse_stream.bin");
    let stop = [event("messageStop", b"{\"stopReason\":\"end_turn\"}")];
    // Without counts it is complete all the same.
    let text = event(
        "contentBlockDelta",
        br#"{"contentBlockIndex":0,"delta":{"text":"One"}}"#,
    );
    let facts = converse(&[text.as_slice(), &stop[0]].concat());
    assert_eq!(facts.get("incomplete"), None);
    assert_eq!(facts["finish_reasons"], json!(["end_turn"]));
    for length in [whole.len() / 3, whole.len() / 2] {
        let facts = converse(&whole[..length]);
        assert_eq!(facts["incomplete"], json!(true));
        assert_eq!(facts["finish_reasons"], json!(["error"]));
    }
    assert!(converse(b"").get("error").is_some());
    assert!(
        converse(&event("messageStart", b"{}"))
            .get("error")
            .is_some()
    );
}

#[test]
fn what_comes_in_place_of_a_stream_is_read() {
    let endpoint = endpoint(CLAUDE, "converse-stream");
    for (content_type, body) in [
        (JSON, r#"{"message":"Not authorised."}"#),
        (None, r#"{"message":"Not authorised."}"#),
        (super::MESSAGES, r#"{"message":"Not authorised."}"#),
        (Some("text/plain"), "Not authorised."),
    ] {
        for status in [200, 403] {
            let head = ResponseHead {
                status,
                content_type,
                stream_requested: true,
            };
            let mut reader = ResponseReader::new(&endpoint, head, Limits::default());
            reader.push(body.as_bytes(), Duration::ZERO);
            let facts = dump::response(&reader.finish(BodyEnd::Reached));
            let message = &facts["error"]["message"];
            assert_eq!(
                message, "Not authorised.",
                "{content_type:?} {status} {facts}"
            );
        }
    }
}

#[test]
fn results_of_the_servers_tools_and_unknown_deltas_are_kept() {
    let events: Vec<u8> = [
        ("contentBlockStart", r#"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"s","name":"nova_code","type":"server_tool_use"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"a\":1}"}}}"#),
        ("contentBlockStart", r#"{"contentBlockIndex":1,"start":{"toolResult":{"toolUseId":"s","type":"nova_code_result"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":1,"delta":{"toolResult":[{"json":{"b":2}}]}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":2,"delta":{"reasoningContent":{"redactedContent":"EmwKAhgBEgy3va3pzix"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":3,"delta":{"hologram":{"bytes":"iVBORw0KGgo="}}}"#),
        ("messageStop", r#"{"stopReason":"end_turn"}"#),
    ]
    .into_iter()
    .flat_map(|(name, payload)| event(name, payload.as_bytes()))
    .collect();
    assert_eq!(
        converse(&events)["messages"][0]["parts"],
        json!([
            {"type": "server_tool_call", "id": "s", "name": "nova_code",
                "server_tool_call": {"type": "nova_code", "input": {"a": 1}}},
            {"type": "server_tool_call_response", "id": "s", "server_tool_call_response":
                {"type": "nova_code", "content": "{\"b\":2}"}},
            {"type": "redacted_thinking",
                "data": "<application/octet-stream, 14 bytes, sha256 c154da95408a>"},
            {"type": "hologram", "hologram": {"bytes": "<image/png, 8 bytes, sha256 4c4b6a3be131>"}},
        ])
    );
}

#[test]
fn the_end_of_a_stream_is_read_after_a_gap() {
    let whole = fixture("converse_stream.bin");
    let endpoint = endpoint(CLAUDE, "converse-stream");
    // The last event has the counts; the one before says why it ended.
    let (counts_length, stop_length) = (243, 122);
    for (end, has_counts, is_complete) in [
        (counts_length - 1, false, false),
        (counts_length + 9, true, false),
        (counts_length + stop_length + 9, true, true),
    ] {
        let mut reader = ResponseReader::new(&endpoint, head(&endpoint, 200), Limits::default());
        reader.push(&whole[..600], Duration::ZERO);
        reader.skip_to(whole[whole.len() - end..].to_vec());
        let facts = reader.finish(BodyEnd::Reached);
        let counts = Usage::new(2312, 40)
            .with_cache_read(2000)
            .with_cache_write(300);
        assert_eq!(facts.usage, has_counts.then_some(counts), "{end}");
        assert_eq!(facts.complete, is_complete, "{end}");
    }
}
