//! Any response: no panic, and the same facts however the bytes are split.
//!
//! `cargo +nightly fuzz run wire_response CORPUS tests/fixtures -- -dict=fuzz/wire.dict`. The room is
//! private, so its source is compiled in rather than opened up.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

use wire::{BodyEnd, ResponseHead, ResponseReader};

const CONTENT_TYPES: [Option<&str>; 7] = [
    Some("application/json"),
    None,
    Some("text/event-stream"),
    Some("text/plain; charset=utf-8"),
    Some("audio/mpeg"),
    Some("text/html"),
    Some("application/vnd.amazon.eventstream"),
];

fuzz_target!(|input: &[u8]| {
    let Some((body, choices)) = support::choose(input) else {
        return;
    };
    let form = usize::from(choices.form);
    let head = ResponseHead {
        status: if form % 4 == 3 { 400 } else { 200 },
        content_type: CONTENT_TYPES[form / 8 % CONTENT_TYPES.len()],
        stream_requested: form & 4 != 0,
    };
    let mut whole = ResponseReader::new(&choices.endpoint, head, choices.limits);
    whole.push(body, Duration::ZERO);
    let whole = whole.finish(BodyEnd::Reached);
    let mut reader = ResponseReader::new(&choices.endpoint, head, choices.limits);
    for piece in body.chunks(choices.piece) {
        reader.push(piece, Duration::ZERO);
    }
    assert_eq!(reader.finish(BodyEnd::Reached), whole);
    let (read, tail) = body.split_at(body.len() / choices.piece);
    let reader = ResponseReader::new(&choices.endpoint, head, choices.limits);
    let mut reader = reader.with_choices((form & 1 == 0).then_some(1));
    reader.push(read, Duration::ZERO);
    reader.skip_to(tail.to_vec());
    reader.finish(BodyEnd::Reached);
    assert!(head.status < 400 || whole.error.is_some());
});
