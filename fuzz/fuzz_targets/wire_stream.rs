//! Any stream: no panic, the same facts and the same first token however the bytes are split.
//!
//! `cargo +nightly fuzz run wire_stream CORPUS tests/fixtures -- -dict=fuzz/wire.dict`. The room is
//! private, so its source is compiled in rather than opened up.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

use wire::{BodyEnd, ResponseFacts, ResponseHead, ResponseReader};

fuzz_target!(|input: &[u8]| {
    let Some((body, choices)) = support::choose(input) else {
        return;
    };
    let read = |piece: usize| -> (ResponseFacts, String) {
        let head = ResponseHead {
            status: 200,
            content_type: Some("text/event-stream"),
            stream_requested: true,
        };
        let mut reader = ResponseReader::new(&choices.endpoint, head, choices.limits);
        for piece in body.chunks(piece) {
            reader.push(piece, Duration::from_secs(1));
        }
        let seen = (
            reader.chunks(),
            reader.first_content_at(),
            reader.is_terminal(),
        );
        let end = if choices.form % 2 == 0 {
            BodyEnd::Reached
        } else {
            BodyEnd::Cut
        };
        (reader.finish(end), format!("{seen:?}"))
    };
    assert_eq!(read(choices.piece), read(body.len().max(1)));
});
