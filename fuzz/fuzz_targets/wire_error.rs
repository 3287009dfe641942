//! Any answer that is refused: it has an error, the same however the bytes are split, and no key in it.
//!
//! `cargo +nightly fuzz run wire_error CORPUS tests/fixtures -- -dict=fuzz/wire.dict`.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

use wire::{BodyEnd, ResponseFacts, ResponseHead, ResponseReader};

const CONTENT_TYPES: [Option<&str>; 6] = [
    Some("application/json"),
    None,
    Some("text/html; charset=utf-8"),
    Some("application/xml"),
    Some("text/plain"),
    Some("text/event-stream"),
];

/// More is not a sentence.
const LONGEST: usize = 1 << 16;

fuzz_target!(|input: &[u8]| {
    let Some((body, choices)) = support::choose(input) else {
        return;
    };
    let read = |piece: usize| -> ResponseFacts {
        let head = ResponseHead {
            status: [400, 401, 404, 429, 500, 503][usize::from(choices.form) % 6],
            content_type: CONTENT_TYPES[usize::from(choices.form / 8) % CONTENT_TYPES.len()],
            stream_requested: choices.form & 128 != 0,
        };
        let mut reader = ResponseReader::new(&choices.endpoint, head, choices.limits);
        for piece in body.chunks(piece) {
            reader.push(piece, Duration::ZERO);
        }
        reader.finish(BodyEnd::Reached)
    };
    let facts = read(choices.piece);
    assert_eq!(facts, read(body.len().max(1)));
    let error = facts.error.expect("an answer that is refused has an error");
    let message = error.message.as_deref().unwrap_or_default();
    assert!(
        message.len() <= LONGEST.max(body.len()),
        "{}",
        message.len()
    );
    // Nobody pays for what was refused.
    assert!(error.name().is_none_or(|name| !name.is_empty()));
});
