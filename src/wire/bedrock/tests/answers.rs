//! Whole answers and errors.

use serde_json::{Value, json};

use super::{CLAUDE, NOVA, endpoint, fixture, read};
use crate::model::message::Usage;
use crate::wire::{BodyEnd, Limits, ResponseReader};

fn answer(body: &[u8]) -> Value {
    read(&endpoint(CLAUDE, "converse"), body)
}

#[test]
fn every_block_has_its_part() {
    let facts = answer(&fixture("converse_answer.json"));
    let citation =
        json!({"title": "IC 6", "location": {"web": {"url": "https://example.com/ic6"}}});
    let arguments = json!({"to": "Brig", "price": 49.9});
    let png = "<image/png, 8 bytes, sha256 4c4b6a3be131>";
    assert_eq!(
        facts,
        json!({
            "finish_reasons": ["tool_use"],
            "annotations": [citation],
            "tool_calls": [["tooluse_2", "book", arguments]],
            "messages": [{"role": "assistant", "finish_reason": "tool_call", "parts": [
                {"type": "reasoning", "content": "Two ways."},
                {"type": "redacted_thinking",
                    "data": "<application/octet-stream, 14 bytes, sha256 c154da95408a>"},
                {"type": "text", "content": "At 8:07", "citations": [citation]},
                {"type": "text", "content": " from track 7."},
                {"type": "server_tool_call", "id": "srv_1", "name": "nova_grounding",
                    "server_tool_call": {"type": "nova_grounding", "input": {"query": "IC 6"}}},
                {"type": "server_tool_call_response", "id": "srv_1", "server_tool_call_response":
                    {"type": "nova_grounding", "content": [{"type": "text", "text": "found"}]}},
                {"type": "tool_call", "id": "tooluse_2", "name": "book", "arguments": arguments},
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": png},
                {"type": "hologram", "hologram": {"bytes": png, "depth": 3}},
            ]}],
            "usage": {"input": 2312, "output": 40, "cache_read": 2000, "cache_write": 300},
        })
    );
    assert_eq!(
        read(&endpoint(NOVA, "invoke"), &fixture("converse_answer.json")),
        facts
    );
}

#[test]
fn each_reason_to_stop_has_the_word_of_the_conventions() {
    for (reason, word) in [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_call"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("malformed_tool_use", "malformed_tool_use"),
    ] {
        let body = json!({"output": {"message": {"role": "assistant", "content": []}},
            "stopReason": reason});
        let facts = answer(body.to_string().as_bytes());
        let message = json!([{"role": "assistant", "parts": [], "finish_reason": word}]);
        assert_eq!(
            facts,
            json!({"finish_reasons": [reason], "messages": message})
        );
    }
}

#[test]
fn a_model_of_anthropic_answers_as_everywhere() {
    let body = br#"{"id":"msg_bdrk_1","model":"claude","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":4}}"#;
    let facts = read(&endpoint(CLAUDE, "invoke"), body);
    let parts = json!([{"type": "text", "content": "Hi"}]);
    let message = json!([{"role": "assistant", "parts": parts, "finish_reason": "stop"}]);
    assert_eq!(
        facts,
        json!({"id": "msg_bdrk_1", "model": "claude", "finish_reasons": ["end_turn"],
            "messages": message, "usage": {"input": 3, "output": 4}})
    );
}

#[test]
fn a_failure_is_never_a_success() {
    for body in [
        r#"{"message":"no"}"#,
        "{}",
        r#"{"Output":{"__type":"x"}}"#,
        "",
        "<html>",
    ] {
        assert!(answer(body.as_bytes()).get("error").is_some(), "{body}");
    }
    let endpoint = endpoint(CLAUDE, "converse");
    let reader = ResponseReader::new(&endpoint, super::head(&endpoint, 400), Limits::default());
    let mut reader = reader.with_error_type(Some("ValidationException:"));
    reader.push(
        br#"{"message":"The model is not there."}"#,
        std::time::Duration::ZERO,
    );
    let error = reader.finish(BodyEnd::Reached).error.unwrap();
    assert_eq!(error.name(), Some("ValidationException"));
    assert_eq!(error.message.as_deref(), Some("The model is not there."));
}

#[test]
fn the_end_of_an_answer_says_why_it_ended_and_what_it_cost() {
    let words = "word ".repeat(20_000);
    let body = format!(
        r#"{{"output":{{"message":{{"role":"assistant","content":[{{"text":"{words}"}}]}}}},"stopReason":"max_tokens","usage":{{"inputTokens":7,"outputTokens":9}}}}"#
    );
    let endpoint = endpoint(CLAUDE, "converse");
    let mut reader = ResponseReader::new(&endpoint, super::head(&endpoint, 200), Limits::default());
    reader.push(&body.as_bytes()[..10_000], std::time::Duration::ZERO);
    reader.skip_to(body.as_bytes()[body.len() - 5_000..].to_vec());
    let facts = reader.finish(BodyEnd::Reached);
    assert_eq!(facts.finish_reasons, ["max_tokens"]);
    assert_eq!(facts.usage, Some(Usage::new(7, 9)));
}
