//! What holds for all bytes: any split gives the same facts, and nothing panics.

use proptest::prelude::*;

use super::{CLAUDE, JSON, MESSAGES, NOVA, endpoint, fixture, head};
use crate::wire::tests::pieces;
use crate::wire::{Limits, ResponseHead};

const CALLS: [(&str, &str); 6] = [
    (CLAUDE, "converse"),
    (CLAUDE, "converse-stream"),
    (CLAUDE, "invoke"),
    (CLAUDE, "invoke-with-response-stream"),
    (NOVA, "invoke"),
    (NOVA, "invoke-with-response-stream"),
];
const FILES: [&str; 6] = [
    "converse_answer.json",
    "converse_request.json",
    "converse_stream.bin",
    "converse_stream_error.bin",
    "invoke_stream.bin",
    "invoke_stream_of_amazon.bin",
];

#[test]
fn byte_by_byte_every_body_is_the_same() {
    for (model, action, file) in [
        (CLAUDE, "converse", FILES[0]),
        (CLAUDE, "converse-stream", FILES[2]),
        (CLAUDE, "converse-stream", FILES[3]),
        (CLAUDE, "invoke-with-response-stream", FILES[4]),
        (NOVA, "invoke-with-response-stream", FILES[5]),
    ] {
        let body = fixture(file);
        let endpoint = endpoint(model, action);
        let head = head(&endpoint, 200);
        pieces::assert_same_byte_by_byte(&endpoint, head, &body);
    }
}

proptest! {
    #[test]
    fn damaged_bodies_in_any_pieces_are_the_same(
        (model, action) in prop::sample::select(CALLS.as_slice()),
        file in prop::sample::select(FILES.as_slice()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        status in prop::sample::select(vec![200_u16, 424]),
        content_type in prop::sample::select(vec![None, JSON, MESSAGES, Some("text/event-stream")]),
        stream_requested in any::<bool>(),
        field_bytes in prop_oneof![Just(1 << 20), 0_usize..2000],
    ) {
        let mut body = fixture(file);
        pieces::damage(&mut body, damage);
        let endpoint = endpoint(model, action);
        let head = ResponseHead { status, content_type, stream_requested };
        let limits = Limits { field_bytes, ..Limits::default() };
        pieces::same_in_pieces(&endpoint, head, limits, JSON, &body, &places)?;
    }
}
