//! Events in any framing that servers use: the text is that of their deltas, whatever is between them.
//!
//! `cargo +nightly fuzz run wire_frames CORPUS tests/fixtures -- -dict=fuzz/wire.dict`.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use serde_json::json;

include!("support/rooms.rs");

use model::message::Part;
use wire::{BodyEnd, ResponseHead, ResponseReader};

const LINE_ENDS: [&str; 3] = ["\n", "\r\n", "\r"];

/// An event in a framing that these bits choose.
fn framed(data: &str, bits: u8) -> String {
    let end = LINE_ENDS[usize::from(bits) % 3];
    let field = if bits & 4 == 0 { "data: " } else { "data:" };
    let before = match bits >> 3 & 3 {
        0 => format!(": a comment{end}"),
        1 => format!("event: message{end}"),
        2 => format!("id: 7{end}retry: 10{end}"),
        _ => String::new(),
    };
    match bits >> 5 & 3 {
        // Bare, as gateways forward it.
        0 if before.is_empty() => format!("{data}{end}{end}"),
        1 => format!("{before}{field}{field}{data}{end}{end}"),
        _ => format!("{before}{field}{data}{end}{end}"),
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((body, choices)) = support::choose(input) else {
        return;
    };
    let (mut stream, mut expected) = (String::new(), String::new());
    for piece in body.chunks(5) {
        let Some((bits, letters)) = piece.split_first() else {
            continue;
        };
        let letters: String = letters.iter().copied().map(char::from).collect();
        let delta = json!({"choices": [{"index": 0, "delta": {"content": letters}}]});
        expected.push_str(&letters);
        stream.push_str(&framed(&delta.to_string(), *bits));
    }
    if expected.is_empty() {
        return;
    }
    let end = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    stream.push_str(&format!("data: {end}\n\ndata: [DONE]\n\n"));
    let head = ResponseHead {
        status: 200,
        content_type: Some("text/event-stream"),
        stream_requested: true,
    };
    let endpoint = support::endpoint("POST", "/v1/chat/completions");
    let mut reader = ResponseReader::new(&endpoint, head, wire::Limits::default());
    for piece in stream.as_bytes().chunks(choices.piece) {
        reader.push(piece, Duration::ZERO);
    }
    let facts = reader.finish(BodyEnd::Reached);
    assert_eq!(facts.error, None, "{stream}");
    let parts = facts.messages.iter().flat_map(|message| &message.parts);
    let text: String = parts
        .filter_map(|part| match part {
            Part::Text { content } => Some(content.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(text, expected, "{stream}");
});
