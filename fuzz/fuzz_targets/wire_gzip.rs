//! Any answer that is compressed: what is read is what would have been read unpacked, and broken bytes are none.
//!
//! `cargo +nightly fuzz run wire_gzip CORPUS tests/fixtures -- -dict=fuzz/wire.dict`.

#![no_main]

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

use wire::{BodyEnd, ResponseFacts, ResponseHead, ResponseReader};

fuzz_target!(|input: &[u8]| {
    let Some((body, choices)) = support::choose(input) else {
        return;
    };
    let read = |bytes: &[u8], encoding: Option<&str>, piece: usize| -> ResponseFacts {
        let head = ResponseHead {
            status: 200,
            content_type: Some(match choices.form % 2 {
                0 => "application/json",
                _ => "text/event-stream",
            }),
            stream_requested: choices.form % 2 == 1,
        };
        let reader = ResponseReader::new(&choices.endpoint, head, choices.limits);
        let mut reader = reader.with_encoding(encoding);
        for piece in bytes.chunks(piece) {
            reader.push(piece, Duration::ZERO);
        }
        reader.finish(BodyEnd::Reached)
    };
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).expect("memory takes all");
    let packed = encoder.finish().expect("memory takes all");
    // What begins like gzip is unpacked once, so a body that does would be unpacked twice.
    if body.first() != Some(&0x1F) {
        let plain = read(body, None, body.len().max(1));
        assert_eq!(read(&packed, Some("gzip"), choices.piece), plain);
    }
    // The input is as if from a server that breaks off, or lies.
    let broken = [&[0x1F, 0x8B, 8, 0], body].concat();
    read(&broken, Some("gzip"), choices.piece);
    read(&packed[..packed.len() / 2], Some("gzip"), choices.piece);
    read(body, Some("gzip"), choices.piece);
});
