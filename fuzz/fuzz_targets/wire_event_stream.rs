//! Any binary event stream: no panic, the same facts and the same first token however the bytes are split, also
//! if the middle was not read.
//!
//! `cargo +nightly fuzz run wire_event_stream CORPUS tests/fixtures/bedrock -- -dict=fuzz/wire.dict`. The room is
//! private, so its source is compiled in rather than opened up.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

use wire::{BodyEnd, ResponseFacts, ResponseHead, ResponseReader};

const PATHS: [&str; 2] = [
    "/model/m/converse-stream",
    "/model/anthropic.m/invoke-with-response-stream",
];

fuzz_target!(|input: &[u8]| {
    let Some((body, choices)) = support::choose(input) else {
        return;
    };
    let path = PATHS[usize::from(choices.form) % PATHS.len()];
    let endpoint = support::endpoint("POST", path);
    let reader = || {
        let head = ResponseHead {
            status: 200,
            content_type: Some("application/vnd.amazon.eventstream"),
            stream_requested: true,
        };
        ResponseReader::new(&endpoint, head, choices.limits)
    };
    let read = |piece: usize| -> (ResponseFacts, String) {
        let mut reader = reader();
        for piece in body.chunks(piece) {
            reader.push(piece, Duration::from_secs(1));
        }
        let seen = (
            reader.chunks(),
            reader.first_content_at(),
            reader.is_terminal(),
        );
        (reader.finish(BodyEnd::Reached), format!("{seen:?}"))
    };
    assert_eq!(read(choices.piece), read(body.len().max(1)));
    let (begin, tail) = body.split_at(body.len() / choices.piece);
    let mut reader = reader();
    reader.push(begin, Duration::ZERO);
    reader.skip_to(tail.to_vec());
    reader.finish(BodyEnd::Reached);
});
