//! Bodies whose middle was not read: their end still tells the counts and how it ended.

use std::time::Duration;

use serde_json::{Value, json};

use super::{EVENTS, JSON, endpoint, events};
use crate::model::message::Usage;
use crate::wire::{BodyEnd, Limits, ResponseFacts, ResponseHead, ResponseReader};

/// Reads the beginning and the end of a body.
fn read(call: &str, is_stream: bool, body: &[u8], ends: usize, end: BodyEnd) -> ResponseFacts {
    let head = ResponseHead {
        status: 200,
        content_type: if is_stream { EVENTS } else { JSON },
        stream_requested: is_stream,
    };
    let reader = ResponseReader::new(&endpoint(call), head, Limits::default());
    let mut reader = reader.with_choices(Some(1));
    reader.push(&body[..ends.min(body.len() / 3)], Duration::ZERO);
    reader.skip_to(body[body.len() - ends..].to_vec());
    assert_eq!(reader.chunks(), None);
    reader.finish(end)
}

fn text(facts: &ResponseFacts) -> String {
    serde_json::to_string(&facts.messages).unwrap()
}

const CHAT: &str = "POST /v1/chat/completions";
const RESPONSES: &str = "POST /v1/responses";

fn usage(input: &str, output: &str) -> Value {
    json!({input: 19, output: 23, "total_tokens": 42})
}

fn chat(finish_reason: &str) -> Vec<u8> {
    let words = "word \\\"usage\\\":{\\\"prompt_tokens\\\":1}} ".repeat(20_000);
    let usage = usage("prompt_tokens", "completion_tokens");
    format!(
        r#"{{"id":"chatcmpl-1","model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"{words}"}},"logprobs":null,"finish_reason":"{finish_reason}"}}],"usage":{usage},"service_tier":"default"}}"#
    )
    .into_bytes()
}

#[test]
fn a_whole_answer() {
    let facts = read(CHAT, false, &chat("length"), 4_000, BodyEnd::Reached);
    assert_eq!(facts.usage, Some(Usage::new(19, 23)));
    assert_eq!(facts.finish_reasons, ["length"]);
    assert_eq!(facts.messages[0].finish_reason.as_deref(), Some("length"));
    assert_eq!(facts.id.as_deref(), Some("chatcmpl-1"));
    assert_eq!(facts.service_tier.as_deref(), Some("default"));
    assert!(facts.complete);
    let length = text(&facts).len();
    assert!((3_000..6_000).contains(&length), "{length}");
}

#[test]
fn a_whole_answer_that_broke_off_has_no_counts() {
    let mut body = chat("stop");
    body.truncate(body.len() - 1);
    for end in [BodyEnd::Cut, BodyEnd::Reached] {
        let facts = read(CHAT, false, &body, 4_000, end);
        assert_eq!(facts.usage, None);
        assert_eq!(facts.complete, end == BodyEnd::Reached);
    }
    // Even if it looks whole.
    assert_eq!(
        read(CHAT, false, &chat("stop"), 4_000, BodyEnd::Cut).usage,
        None
    );
}

#[test]
fn an_answer_of_which_only_the_end_is_known() {
    let head = ResponseHead {
        status: 200,
        content_type: JSON,
        stream_requested: false,
    };
    let mut reader = ResponseReader::new(&endpoint(CHAT), head, Limits::default());
    reader.skip_to(chat("stop"));
    let facts = reader.finish(BodyEnd::Reached);
    assert_eq!(facts.usage, Some(Usage::new(19, 23)));
    assert!(facts.messages.is_empty() && facts.complete);
}

#[test]
fn many_embeddings() {
    let vectors = vec![json!({"object": "embedding", "embedding": vec![0.5; 1_000]}); 100];
    let body = json!({"object": "list", "data": vectors});
    let mut body = body.to_string();
    body.truncate(body.len() - 1);
    body.push_str(r#","model":"m","usage":{"prompt_tokens":8,"total_tokens":8}}"#);
    // The members of JSON of this crate are sorted, so `data` stands first here.
    let facts = read(
        "POST /v1/embeddings",
        false,
        body.as_bytes(),
        9_000,
        BodyEnd::Reached,
    );
    assert_eq!(facts.usage, Some(Usage::default().with_input(8)));
    assert_eq!(facts.model.as_deref(), Some("m"));
}

fn chat_events(finish_reason: Option<&str>) -> Vec<u8> {
    let chunk = |delta: &str, reason: Option<&str>| {
        json!({"id": "chatcmpl-1", "model": "m",
            "choices": [{"index": 0, "delta": {"content": delta}, "finish_reason": reason}]})
    };
    let mut data: Vec<Value> = (0..2_000).map(|_| chunk("word ", None)).collect();
    if let Some(reason) = finish_reason {
        data.push(chunk("", Some(reason)));
        data.push(json!({"id": "chatcmpl-1", "choices": [],
            "usage": usage("prompt_tokens", "completion_tokens")}));
    }
    let mut body = events(&data);
    if finish_reason.is_some() {
        body.extend(b"data: [DONE]\n\n");
    }
    body
}

#[test]
fn a_stream_of_a_chat() {
    let body = chat_events(Some("stop"));
    // Wherever the tail begins.
    for ends in 4_000..4_200 {
        let facts = read(CHAT, true, &body, ends, BodyEnd::Reached);
        assert_eq!(facts.usage, Some(Usage::new(19, 23)));
        assert_eq!(facts.finish_reasons, ["stop"]);
        assert_eq!(facts.messages[0].finish_reason.as_deref(), Some("stop"));
        assert!(facts.complete);
        // Only what was read before the gap.
        let words = text(&facts).matches("word").count();
        assert!((20..40).contains(&words), "{words}");
    }
}

#[test]
fn a_stream_that_broke_off_stays_cut() {
    let facts = read(CHAT, true, &chat_events(None), 4_000, BodyEnd::Cut);
    assert_eq!(facts.usage, None);
    assert_eq!(facts.finish_reasons, ["error"]);
    assert!(!facts.complete);
}

fn response_events(text: &str) -> Vec<u8> {
    let part = json!({"type": "output_text", "text": text});
    let item = json!({"type": "message", "id": "msg_1", "role": "assistant", "content": [part]});
    // As OpenAI orders it, which a JSON value would not.
    let response = |status: &str, output: &Value, usage: &Value| {
        format!(
            r#"{{"id":"resp_1","object":"response","status":"{status}","model":"m","output":{output},"usage":{usage},"metadata":{{}}}}"#
        )
    };
    let event = |name: &str, rest: String| {
        format!("event: response.{name}\ndata: {{\"type\":\"response.{name}\",{rest}}}\n\n")
    };
    let created = response("in_progress", &json!([]), &Value::Null);
    let mut body = event("created", format!("\"response\":{created}"));
    let added = json!({"type": "message", "id": "msg_1", "content": []});
    body += &event(
        "output_item.added",
        format!("\"output_index\":0,\"item\":{added}"),
    );
    for word in text.split_inclusive(' ').take(2_000) {
        let delta = json!(word);
        body += &event(
            "output_text.delta",
            format!("\"output_index\":0,\"content_index\":0,\"delta\":{delta}"),
        );
    }
    let counts = usage("input_tokens", "output_tokens");
    let completed = response("completed", &json!([item]), &counts);
    body += &event("completed", format!("\"response\":{completed}"));
    body.into_bytes()
}

#[test]
fn a_stream_of_a_response_whose_last_event_is_there() {
    let body = response_events(&"word ".repeat(2_000));
    let facts = read(RESPONSES, true, &body, 12_000, BodyEnd::Reached);
    assert_eq!(facts.usage, Some(Usage::new(19, 23)));
    assert_eq!(facts.finish_reasons, ["stop"]);
    assert_eq!(facts.status.as_deref(), Some("completed"));
    assert!(facts.complete);
    assert_eq!(text(&facts).matches("word").count(), 2_000);
}

#[test]
fn a_stream_of_a_response_whose_last_event_is_too_large() {
    let body = response_events(&"word ".repeat(20_000));
    let facts = read(RESPONSES, true, &body, 12_000, BodyEnd::Reached);
    assert_eq!(facts.usage, Some(Usage::new(19, 23)));
    // How it ended was not read, so it is not said.
    assert_eq!(facts.finish_reasons, Vec::<String>::new());
    assert_eq!(facts.status, None);
    assert!(facts.complete && facts.error.is_none());
    assert!(text(&facts).contains("word"));
}

#[test]
fn sound_has_no_size_if_a_part_was_not_read() {
    let head = ResponseHead {
        status: 200,
        content_type: Some("audio/mpeg"),
        stream_requested: false,
    };
    let mut reader =
        ResponseReader::new(&endpoint("POST /v1/audio/speech"), head, Limits::default());
    reader.push(&[1; 1_000], Duration::ZERO);
    reader.skip_to(vec![2; 1_000]);
    assert_eq!(reader.finish(BodyEnd::Reached).output, None);
}

#[test]
fn counts_are_those_of_the_whole_or_none_wherever_the_gap_is() {
    for (call, is_stream, name) in [
        (CHAT, false, "chat_response.json"),
        (CHAT, false, "chat_response_tools_n2.json"),
        (RESPONSES, false, "responses_response.json"),
        ("POST /v1/embeddings", false, "embeddings_response.json"),
        (CHAT, true, "chat_stream.sse"),
        (RESPONSES, true, "responses_stream.sse"),
    ] {
        let body = super::fixture(name);
        let usage = |read: &[u8], tail: &[u8]| {
            let head = ResponseHead {
                status: 200,
                content_type: if is_stream { EVENTS } else { JSON },
                stream_requested: is_stream,
            };
            let mut reader = ResponseReader::new(&endpoint(call), head, Limits::default());
            reader.push(read, Duration::ZERO);
            reader.skip_to(tail.to_vec());
            reader.finish(BodyEnd::Reached).usage
        };
        let whole = usage(&body, b"");
        assert!(whole.is_some(), "{name}");
        let mut found = 0;
        let step = (body.len() / 60).max(1);
        for read in (0..body.len()).step_by(step) {
            for tail in (read..body.len()).step_by(step) {
                let usage = usage(&body[..read], &body[tail..]);
                assert!(usage.is_none() || usage == whole, "{name} {read} {tail}");
                found += usize::from(usage.is_some());
            }
        }
        assert!(found > 0, "{name}");
    }
}
