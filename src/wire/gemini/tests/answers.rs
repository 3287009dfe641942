//! What an answer says, whole and streamed.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    BATCH_EMBED, EMBED, EVENTS, GENERATE, JSON, STREAM, answer, dump, fixture, read, reader,
};
use crate::model::message::Usage;
use crate::wire::BodyEnd;

fn level(facts: &Value) -> &'static str {
    match (facts.get("error"), facts.get("warning")) {
        (Some(_), _) => "error",
        (None, Some(_)) => "warning",
        (None, None) => "",
    }
}

#[test]
fn a_whole_answer() {
    let facts = read(GENERATE, JSON, &fixture("response.json"));
    let usage = Usage::new(1278, 224)
        .with_cache_read(1000)
        .with_reasoning(220)
        .with_audio(258, 0);
    assert_eq!(facts.usage, Some(usage));
    let shown = dump::response(&facts);
    assert_eq!(
        shown["messages"],
        json!([{"role": "assistant", "finish_reason": "tool_call", "parts": [
            {"type": "reasoning", "content": "The user asks for two cities."},
            {"type": "text", "content": "One moment."},
            {"type": "tool_call", "name": "get_weather",
                "arguments": {"unit": "celsius", "city": "Oslo", "precision": 1.1}},
            {"type": "tool_call", "id": "fc-2", "name": "get_weather", "arguments": {}},
            {"type": "hologram", "hologram": {"depth": 3}},
        ]}])
    );
    assert_eq!(
        facts.tool_calls[0].arguments.as_deref(),
        Some(r#"{"unit":"celsius","city":"Oslo","precision":1.10}"#)
    );
    assert_eq!(shown["finish_reasons"], json!(["STOP"]));
    assert_eq!(shown["id"], "kP3xaKz1");
    assert_eq!(shown["model"], "gemini-2.5-flash");
    assert_eq!(level(&shown), "");
    assert!(!shown.to_string().contains("CpwBAXLI2nw"));
}

#[test]
fn events_and_elements_of_an_array_are_the_same_stream() {
    let of_events = answer(STREAM, EVENTS, &fixture("stream.sse"));
    assert_eq!(answer(STREAM, JSON, &fixture("stream.json")), of_events);
    assert_eq!(answer(STREAM, None, &fixture("stream.json")), of_events);
    assert_eq!(
        of_events["messages"][0]["parts"],
        json!([
            {"type": "reasoning", "content": "Think of the sea."},
            {"type": "text", "content": "Dark sea \"}]\" é"},
            {"type": "tool_call", "name": "get_tide", "arguments": {"port": "Oslo", "at": 1.5}},
        ])
    );
    assert_eq!(of_events["finish_reasons"], json!(["STOP"]));
    assert_eq!(level(&of_events), "");
    let facts = read(STREAM, JSON, &fixture("stream.json"));
    assert_eq!(facts.usage, Some(Usage::new(5, 15).with_reasoning(6)));
    assert!(facts.complete);
    let arguments = facts.tool_calls[0].arguments.as_deref();
    assert_eq!(arguments, Some(r#"{"port":"Oslo","at":1.50}"#));
}

#[test]
fn the_first_token_is_the_first_content() {
    let body = fixture("stream.json");
    let first = b"[{\"candidates\":[{\"content\":{\"role\":\"model\"}}]},";
    let mut reader = reader(STREAM, 200, JSON);
    reader.push(first, Duration::from_secs(1));
    reader.push(&body[1..], Duration::from_secs(2));
    assert_eq!(reader.first_chunk_at(), Some(Duration::from_secs(1)));
    assert_eq!(reader.first_content_at(), Some(Duration::from_secs(2)));
    assert_eq!(reader.chunks(), Some(5));
}

#[test]
fn a_stream_without_a_reason_to_end_broke_off() {
    let body = fixture("stream.json");
    let text = String::from_utf8(body).unwrap();
    let place = text.rfind("\n,").unwrap();
    for kept in [place, place + 40, text.len() - 20] {
        let facts = read(STREAM, JSON, &text.as_bytes()[..kept]);
        let is_over = kept > place + 40;
        assert_eq!(facts.complete, is_over, "{kept}");
        let reason = if is_over { "STOP" } else { "error" };
        assert_eq!(facts.finish_reasons, [reason], "{kept}");
        assert!(facts.error.is_none());
    }
}

fn candidate(reason: &str, text: &str) -> Value {
    json!({
        "candidates": [{"content": {"parts": [{"text": text}]}, "finishReason": reason}],
        "usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 3},
    })
}

#[test]
fn what_did_not_end_well_is_no_plain_success() {
    for (body, expected, word, said) in [
        (candidate("STOP", ""), "", "stop", ""),
        (candidate("MAX_TOKENS", ""), "", "length", ""),
        (
            candidate("SAFETY", ""),
            "warning",
            "content_filter",
            "blocked: SAFETY",
        ),
        (
            candidate("RECITATION", "It was"),
            "warning",
            "content_filter",
            "RECITATION",
        ),
        (
            candidate("MALFORMED_FUNCTION_CALL", ""),
            "error",
            "error",
            "MALFORMED_FUNCTION_CALL",
        ),
        (candidate("OTHER", "It was"), "warning", "error", "OTHER"),
        (
            json!({"promptFeedback": {"blockReason": "JAILBREAK", "blockReasonMessage": "No."}}),
            "warning",
            "content_filter",
            "the prompt was blocked: JAILBREAK: No.",
        ),
    ] {
        let whole = answer(GENERATE, JSON, body.to_string().as_bytes());
        let array = answer(STREAM, JSON, format!("[{body}]").as_bytes());
        let events = answer(STREAM, EVENTS, format!("data: {body}\n\n").as_bytes());
        assert_eq!(whole, events, "{body}");
        assert_eq!(array, events, "{body}");
        assert_eq!(level(&whole), expected, "{body}");
        assert_eq!(
            whole["messages"].as_array().map_or(0, Vec::len),
            1,
            "{body}"
        );
        assert_eq!(whole["messages"][0]["finish_reason"], word, "{body}");
        let complaint = whole["error"]["message"].as_str();
        let complaint = complaint.or(whole["warning"].as_str()).unwrap_or_default();
        assert!(complaint.contains(said), "{body}: {complaint}");
    }
}

#[test]
fn what_is_no_answer_is_an_error() {
    for body in [
        "",
        "[]",
        "{}",
        r#"{"candidates":[]}"#,
        r#"{"promptFeedback":{},"usageMetadata":{"promptTokenCount":3}}"#,
        "<html><title>Bad gateway</title></html>",
    ] {
        for path in [GENERATE, STREAM] {
            let facts = answer(path, JSON, body.as_bytes());
            assert_eq!(level(&facts), "error", "{path} {body}");
        }
    }
}

#[test]
fn errors_come_as_objects_in_arrays_and_in_the_middle() {
    let sentence = "API key not valid. Please pass a valid API key.";
    let mut reader = reader(STREAM, 400, JSON);
    reader.push(&fixture("error.json"), Duration::ZERO);
    let refused = dump::response(&reader.finish(BodyEnd::Reached));
    let in_stream = answer(STREAM, JSON, &fixture("error.json"));
    for facts in [refused, in_stream] {
        assert_eq!(facts["error"]["message"], sentence);
        assert_eq!(facts["error"]["kind"], "INVALID_ARGUMENT", "{facts}");
    }
    let first = candidate("", "Half");
    let error = json!({"error": {"code": 503, "message": "Overloaded.", "status": "UNAVAILABLE"}});
    for (content_type, body) in [
        (EVENTS, format!("data: {first}\n\ndata: {error}\n\n")),
        (JSON, format!("[{first},\n{error}]")),
        (EVENTS, format!("data: {first}\n\n{error}\n")),
    ] {
        let facts = answer(STREAM, content_type, body.as_bytes());
        assert_eq!(facts["error"]["message"], "Overloaded.", "{body}");
        assert_eq!(facts["messages"][0]["parts"][0]["content"], "Half");
        assert_eq!(facts["finish_reasons"], json!(["error"]));
    }
}

#[test]
fn candidates_stand_in_their_order() {
    let part = |index: u64, text: &str, reason: Option<&str>| json!({"content": {"parts": [{"text": text}]}, "index": index, "finishReason": reason});
    let events = [
        json!({"candidates": [part(1, "b", None)]}),
        json!({"candidates": [part(0, "a", None), part(1, "c", Some("STOP"))]}),
        json!({"candidates": [part(0, "", Some("MAX_TOKENS"))]}),
    ];
    let body: String = events
        .iter()
        .map(|one| format!("data: {one}\n\n"))
        .collect();
    let facts = answer(STREAM, EVENTS, body.as_bytes());
    assert_eq!(facts["finish_reasons"], json!(["MAX_TOKENS", "STOP"]));
    assert_eq!(facts["messages"][0]["parts"][0]["content"], "a");
    assert_eq!(facts["messages"][1]["parts"][0]["content"], "bc");
}

#[test]
fn pieces_of_sound_are_one_marker() {
    let event = json!({"candidates": [{"content": {"parts": [
        {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": "UklGRg=="}}]}}]});
    let end = candidate("STOP", "");
    let body = format!("data: {event}\n\ndata: {event}\n\ndata: {end}\n\n");
    let facts = answer(STREAM, EVENTS, body.as_bytes());
    assert_eq!(
        facts["messages"][0]["parts"],
        json!([{"type": "blob", "modality": "audio", "mime_type": "audio/L16;rate=24000",
            "content": "<audio/L16;rate=24000, 8 bytes>"}])
    );
}

#[test]
fn the_end_of_a_long_answer_tells_its_counts() {
    let words = "word \\\"usageMetadata\\\" ".repeat(20_000);
    let usage = json!({"promptTokenCount": 19, "candidatesTokenCount": 23, "totalTokenCount": 42});
    let body = format!(
        r#"{{"candidates":[{{"content":{{"parts":[{{"text":"{words}"}}]}},"finishReason":"MAX_TOKENS","index":0}}],"usageMetadata":{usage},"modelVersion":"m"}}"#
    );
    let skip = |path: &str, content_type, body: &str| {
        let mut reader = reader(path, 200, content_type);
        reader.push(&body.as_bytes()[..4_000], Duration::ZERO);
        reader.skip_to(body.as_bytes()[body.len() - 4_000..].to_vec());
        reader.finish(BodyEnd::Reached)
    };
    for (path, content_type, body) in [
        (GENERATE, JSON, body.clone()),
        (STREAM, EVENTS, format!("data: {body}\n\n")),
        (STREAM, JSON, format!("[{body}\n]")),
        (
            STREAM,
            JSON,
            format!("[{{\"a\":\"{words}\"}}\n,\n{body}\n]"),
        ),
    ] {
        let body = body.replace("\"a\"", "\"candidates\"");
        let facts = skip(path, content_type, &body);
        assert_eq!(facts.usage, Some(Usage::new(19, 23)), "{path}");
        assert_eq!(facts.finish_reasons, ["MAX_TOKENS"], "{path}");
        assert!(facts.complete, "{path}");
    }
}

#[test]
fn counts_that_broke_off_are_none() {
    let body = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"promptTokenCount":19"#;
    assert_eq!(read(GENERATE, JSON, body.as_bytes()).usage, None);
}

#[test]
fn vectors_are_counted() {
    let facts = answer(EMBED, JSON, &fixture("embed_response.json"));
    assert_eq!(facts["output"], json!({"count": 1, "dimensions": 3}));
    assert_eq!(facts["usage"]["input"], 2);
    let facts = answer(BATCH_EMBED, JSON, &fixture("batch_embed_response.json"));
    assert_eq!(facts["output"], json!({"count": 2, "dimensions": 3}));
    assert!(!facts.to_string().contains("0.0271828"));
}
