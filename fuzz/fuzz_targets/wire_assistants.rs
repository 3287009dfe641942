//! Any answer of the Assistants API, whole or streamed: the same objects however the bytes are split.
//!
//! `cargo +nightly fuzz run wire_assistants CORPUS tests/fixtures -- -dict=fuzz/wire.dict`.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

use wire::{BodyEnd, ResponseHead, ResponseReader};

const CALLS: [(&str, &str); 10] = [
    ("POST", "/v1/assistants"),
    ("POST", "/v1/threads"),
    ("POST", "/v1/threads/thread_1/messages"),
    ("GET", "/v1/threads/thread_1/messages"),
    ("POST", "/v1/threads/thread_1/runs"),
    ("POST", "/v1/threads/runs"),
    ("GET", "/v1/threads/thread_1/runs/run_1"),
    ("GET", "/v1/threads/thread_1/runs/run_1/steps"),
    (
        "POST",
        "/v1/threads/thread_1/runs/run_1/submit_tool_outputs",
    ),
    ("POST", "/v1/threads/thread_1/runs/run_1/cancel"),
];

fuzz_target!(|input: &[u8]| {
    let Some((body, choices)) = support::choose(input) else {
        return;
    };
    let form = usize::from(choices.form);
    let (method, path) = CALLS[form / 2 % CALLS.len()];
    let endpoint = support::endpoint(method, path);
    let is_stream = form % 2 == 1;
    let read = |piece: usize| {
        let head = ResponseHead {
            status: 200,
            content_type: Some(match is_stream {
                true => "text/event-stream",
                false => "application/json",
            }),
            stream_requested: is_stream,
        };
        let mut reader = ResponseReader::new(&endpoint, head, choices.limits);
        let mut taken = Vec::new();
        for piece in body.chunks(piece) {
            reader.push(piece, Duration::ZERO);
            // As the recorder does while a stream goes on.
            taken.extend(reader.take_objects());
        }
        let mut facts = reader.finish(BodyEnd::Reached);
        taken.append(&mut facts.objects);
        (facts, taken)
    };
    assert_eq!(read(choices.piece), read(body.len().max(1)));
});
