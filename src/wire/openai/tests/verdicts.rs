//! What a server calls a success is one only if it is an answer.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{EVENTS, JSON, endpoint, events, stream_of};
use crate::wire::{BodyEnd, Limits, ResponseFacts, ResponseHead, ResponseReader};

const CHAT: &str = "POST /v1/chat/completions";
const RESPONSES: &str = "POST /v1/responses";
/// Calls with JSON in their answers.
const CALLS: [&str; 10] = [
    CHAT,
    "POST /v1/completions",
    RESPONSES,
    "POST /v1/responses/compact",
    "POST /v1/embeddings",
    "POST /v1/images/generations",
    "POST /v1/images/edits",
    "POST /v1/moderations",
    "POST /v1/threads/runs",
    "POST /v1/assistants",
];
const PAGE: &str = "\n<!DOCTYPE html><html><head><title>Sign in</title></head></html>";

fn reader(call: &str, status: u16, content_type: Option<&str>, streams: bool) -> ResponseReader {
    let head = ResponseHead {
        status,
        content_type,
        stream_requested: streams,
    };
    ResponseReader::new(&endpoint(call), head, Limits::default())
}

fn read(call: &str, status: u16, streams: bool, body: &[u8]) -> ResponseFacts {
    let mut reader = reader(call, status, JSON, streams);
    reader.push(body, Duration::ZERO);
    reader.finish(BodyEnd::Reached)
}

/// `ERROR`, `WARNING` or nothing, and the sentence.
fn verdict(facts: &ResponseFacts) -> (&'static str, String) {
    match (&facts.error, &facts.warning) {
        (Some(error), _) => ("ERROR", error.message.clone().unwrap_or_default()),
        (None, Some(warning)) => ("WARNING", warning.clone()),
        (None, None) => ("", String::new()),
    }
}

#[track_caller]
fn check(facts: &ResponseFacts, level: &str, sentence: &str) {
    let found = verdict(facts);
    assert_eq!(found.0, level, "{found:?} {facts:?}");
    assert!(found.1.contains(sentence), "{found:?} {sentence}");
}

#[test]
fn what_is_no_answer_is_an_error_at_every_call() {
    for call in CALLS {
        for streams in [false, true] {
            let facts = |body: &str| read(call, 200, streams, body.as_bytes());
            check(
                &facts(PAGE),
                "ERROR",
                "web page in place of an answer: Sign in",
            );
            check(&facts("<html>"), "ERROR", "web page");
            check(&facts("upstream timed out"), "ERROR", "upstream timed out");
            check(&facts(""), "ERROR", "");
            check(&facts(" \n"), "ERROR", "");
            check(
                &facts("{\"id\":\"x\",\"a\":[1,"),
                "ERROR",
                "middle of its JSON",
            );
            for (body, sentence) in [
                (
                    json!({"code": 5003, "success": false, "msg": "offline"}),
                    "offline",
                ),
                (
                    json!({"base_resp": {"status_code": 1008, "status_msg": "no balance"}}),
                    "no balance",
                ),
                (json!({"error_code": 17, "error_msg": "limit"}), "limit"),
                (
                    json!({"errors": [{"message": "first"}, {"message": "second"}]}),
                    "first; second",
                ),
                (json!({"error": {"message": "m"}}), "m"),
                (json!({"error": "m", "code": "c"}), "m"),
            ] {
                check(&facts(&body.to_string()), "ERROR", sentence);
            }
        }
        check(&read(call, 204, false, b""), "ERROR", "the answer is empty");
    }
}

#[test]
fn an_answer_holds_what_its_call_asks_for() {
    for call in CALLS
        .iter()
        .filter(|call| !call.contains("threads") && !call.contains("assistants"))
    {
        check(
            &read(call, 200, false, b"{}"),
            "ERROR",
            "the answer has no `",
        );
        check(
            &read(call, 200, false, br#"{"code":1,"msg":"m"}"#),
            "ERROR",
            "m",
        );
    }
    for (call, body) in [
        (
            CHAT,
            json!({"choices": [{"message": {"content": ""}, "finish_reason": "stop"}]}),
        ),
        (
            CHAT,
            json!({"choices": [{"message": {}}], "base_resp": {"status_code": 0}, "code": 0, "msg": "ok"}),
        ),
        (
            RESPONSES,
            json!({"id": "resp_1", "status": "completed", "output": []}),
        ),
        ("POST /v1/embeddings", json!({"data": [{"embedding": [1]}]})),
        ("POST /v1/moderations", json!({"results": [{}]})),
        ("POST /v1/audio/transcriptions", json!({"text": ""})),
        ("GET /v1/conversations/conv_1", json!({})),
    ] {
        check(&read(call, 200, false, body.to_string().as_bytes()), "", "");
    }
}

#[test]
fn sound_and_transcripts_are_no_pages() {
    for (call, content_type, body, level) in [
        ("POST /v1/audio/speech", "audio/mpeg", "sound", ""),
        ("POST /v1/audio/speech", "text/html", PAGE, "ERROR"),
        ("POST /v1/audio/speech", "audio/mpeg", "", "ERROR"),
        ("POST /v1/audio/transcriptions", "text/plain", "hello", ""),
        ("POST /v1/audio/transcriptions", "text/plain", "\n", ""),
        ("POST /v1/audio/transcriptions", "text/html", PAGE, "ERROR"),
        (
            "POST /v1/audio/transcriptions",
            "application/json",
            "",
            "ERROR",
        ),
    ] {
        let mut reader = reader(call, 200, Some(content_type), false);
        reader.push(body.as_bytes(), Duration::ZERO);
        check(&reader.finish(BodyEnd::Reached), level, "");
    }
}

#[test]
fn only_a_whole_success_is_judged() {
    for status in [101, 206, 301, 304] {
        check(&read(CHAT, status, false, b""), "", "");
    }
    let cut = |body: &[u8]| {
        let mut reader = reader(CHAT, 200, JSON, false);
        reader.push(body, Duration::ZERO);
        reader.finish(BodyEnd::Cut)
    };
    check(&cut(b""), "", "");
    check(&cut(b"{\"id\""), "", "");
    let mut lost = reader(CHAT, 200, JSON, false);
    lost.skip_to(Vec::new());
    check(&lost.finish(BodyEnd::Reached), "", "");
    check(&read("GET /v1/files/f", 200, false, b""), "", "");
}

fn chunk(content: &str, reason: Option<&str>) -> Value {
    json!({"id": "c", "choices": [{"index": 0, "delta": {"content": content}, "finish_reason": reason}]})
}

#[test]
fn a_failure_after_content_is_a_warning() {
    let stream = |data: &str| {
        let mut body = events(&[chunk("Par", None)]);
        body.extend(data.as_bytes());
        read(CHAT, 200, true, &body)
    };
    let failure = |reason: &str| format!("data: {}\n\ndata: [DONE]\n\n", chunk("", Some(reason)));
    for (data, level, sentence) in [
        (failure("stop"), "", ""),
        (failure("abort"), "WARNING", "`abort`"),
        (failure("error"), "WARNING", "`error`"),
        (format!("data: {{oops\n\n{}", failure("stop")), "WARNING", "could not be read"),
        (format!("data: oops\n\n{}", failure("stop")), "WARNING", "could not be read"),
        (format!("data: ping\n\ndata:\n\n{}", failure("stop")), "", ""),
        (r#"data: {"choices":[],"x_groq":{"error":"over capacity"}}"#.to_owned(), "ERROR", "over capacity"),
        (
            r#"data: {"error":{"message":"m","metadata":{"raw":"{\"error\":{\"message\":\"full\"}}"}}}"#.to_owned(),
            "ERROR",
            "full",
        ),
    ] {
        let facts = stream(&data);
        check(&facts, level, sentence);
        let text = serde_json::to_string(&facts.messages).unwrap();
        assert!(text.contains("Par"), "{text}");
    }
    let nothing = read(CHAT, 200, true, &events(&[chunk("", Some("abort"))]));
    check(&nothing, "ERROR", "`abort`");
}

#[test]
fn a_stream_without_content_is_an_error() {
    for (body, sentence) in [
        (": PROCESSING\n\n: PROCESSING\n\n", "without an event"),
        ("data: [DONE]\n\n", "without an event"),
        (": hello\nupstream error\n", "upstream error"),
        ("data: upstream error\n\n", "upstream error"),
        ("data: {\"code\":1,\"msg\":\"m\"}\n\ndata: [DONE]\n\n", "m"),
        ("data: {\"choices\":[]}\n\ndata: [DONE]\n\n", "no answer"),
    ] {
        let mut reader = stream_of(CHAT);
        reader.push(body.as_bytes(), Duration::ZERO);
        check(&reader.finish(BodyEnd::Reached), "ERROR", sentence);
    }
}

/// The texts of a chat in all forms of framing, at any split.
#[test]
fn a_stream_is_read_however_it_is_framed() {
    let chunks = [chunk("o", None), chunk("k", Some("stop"))].map(|chunk| chunk.to_string());
    let [first, last] = &chunks;
    for body in [
        format!("data: {first}\ndata: {last}\ndata: [DONE]\n"),
        format!("{first}\n{last}\n"),
        format!("{first}{last}"),
        format!("{first}\r\n\r\n{last}"),
        format!("data: data: {first}\n\ndata:data: {last}\n\ndata: data: [DONE]\n\n"),
        format!("data: {first}{last}\n\n"),
        format!("data: {first}\n\n{last}\n\n[DONE]\n\n"),
        format!(
            "data: {}\n\ndata: {last}\n\n",
            first.replace(",", ",\ndata: ")
        ),
        format!("event: a\ndata: {first}\nevent: b\ndata: {last}\n"),
    ] {
        for size in 1..=body.len() {
            let mut reader = reader(CHAT, 200, None, true);
            for piece in body.as_bytes().chunks(size) {
                reader.push(piece, Duration::ZERO);
            }
            let facts = reader.finish(BodyEnd::Reached);
            check(&facts, "", "");
            let text = serde_json::to_string(&facts.messages).unwrap();
            assert!(text.contains(r#""ok""#), "{size} {body} {text}");
        }
    }
}

#[test]
fn halves_of_a_character_meet() {
    let body = r#"data: {"choices":[{"index":0,"delta":{"content":"a\ud83d"}},{"index":1,"delta":{"content":"\ud83d"}}]}

data: {"choices":[{"index":1,"delta":{"content":"x"},"finish_reason":"stop"}]}

data: {"choices":[{"index":0,"delta":{"content":"\ude00b\ud83d"},"finish_reason":"stop"}]}

data: [DONE]

"#;
    for size in 1..=body.len() {
        let mut reader = stream_of(CHAT).with_choices(Some(2));
        for piece in body.as_bytes().chunks(size) {
            reader.push(piece, Duration::ZERO);
        }
        let text = serde_json::to_string(&reader.finish(BodyEnd::Reached).messages).unwrap();
        assert!(
            text.contains("\"a😀b\"") && text.contains("\"\u{FFFD}x\""),
            "{text}"
        );
    }
}

#[test]
fn gzip_is_unpacked() {
    let pack = |body: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    };
    let stream = events(&[chunk("ok", Some("stop"))]);
    let whole = json!({"choices": [{"message": {"content": "ok"}, "finish_reason": "stop"}]});
    for (body, streams) in [(stream, true), (whole.to_string().into_bytes(), false)] {
        let packed = pack(&body);
        for size in [1, 7, packed.len()] {
            let content_type = if streams { EVENTS } else { JSON };
            let reader = reader(CHAT, 200, content_type, streams);
            let mut reader = reader.with_encoding(Some("gzip"));
            for piece in packed.chunks(size) {
                reader.push(piece, Duration::ZERO);
            }
            assert_eq!(reader.is_stream(), streams);
            let facts = reader.finish(BodyEnd::Reached);
            check(&facts, "", "");
            assert!(
                serde_json::to_string(&facts.messages)
                    .unwrap()
                    .contains("\"ok\"")
            );
        }
        check(&read(CHAT, 200, streams, packed.get(..12).unwrap()), "", "");
    }
    let mut sealed = reader(CHAT, 200, JSON, false).with_encoding(Some("br"));
    sealed.push(b"\x8b\x02\x80{}", Duration::ZERO);
    check(
        &sealed.finish(BodyEnd::Reached),
        "WARNING",
        "compressed (br)",
    );
}
