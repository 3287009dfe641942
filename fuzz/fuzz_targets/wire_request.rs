//! Any request: no panic, and the same facts however the bytes are split. What `serde_json` reads
//! is read to its end.
//!
//! `cargo +nightly fuzz run wire_request CORPUS tests/fixtures -- -dict=fuzz/wire.dict`. The room is
//! private, so its source is compiled in rather than opened up.

#![no_main]

use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

use wire::RequestReader;

fuzz_target!(|input: &[u8]| {
    let Some((body, choices)) = support::choose(input) else {
        return;
    };
    let content_type = (choices.form % 4 == 0).then_some("multipart/form-data; boundary=X");
    let mut whole = RequestReader::new(&choices.endpoint, content_type, choices.limits);
    whole.push(body);
    let whole = whole.finish(&choices.endpoint);
    let mut reader = RequestReader::new(&choices.endpoint, content_type, choices.limits);
    for piece in body.chunks(choices.piece) {
        reader.push(piece);
    }
    assert_eq!(reader.finish(&choices.endpoint), whole);
    let (read, tail) = body.split_at(body.len() / choices.piece);
    let mut reader = RequestReader::new(&choices.endpoint, content_type, choices.limits);
    reader.push(read);
    reader.skip_to(tail.to_vec());
    reader.finish(&choices.endpoint);
    if content_type.is_none() && serde_json::from_slice::<serde_json::Value>(body).is_ok() {
        assert!(whole.complete, "valid JSON, but not read to its end");
    }
});
