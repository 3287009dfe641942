//! What holds for all bytes: any split gives the same facts, and nothing panics.

use proptest::prelude::*;

use super::{EVENTS, JSON, fixture};
use crate::wire::tests::pieces;
use crate::wire::{Endpoint, Limits, ResponseHead};

const CALLS: [&str; 3] = [
    "/v1/messages",
    "/v1/messages/count_tokens",
    "/v1/projects/p/locations/l/publishers/anthropic/models/m:streamRawPredict",
];
const FILES: [&str; 5] = [
    "answer.json",
    "error.json",
    "request.json",
    "stream.sse",
    "stream_error.sse",
];

#[test]
fn byte_by_byte_every_body_is_the_same() {
    for (file, content_type) in [
        ("stream.sse", EVENTS),
        ("stream_error.sse", EVENTS),
        ("answer.json", JSON),
    ] {
        let body = fixture(file);
        let head = super::head(200, content_type);
        let endpoint = super::messages();
        pieces::assert_same_byte_by_byte(&endpoint, head, &body);
    }
}

proptest! {
    #[test]
    fn damaged_bodies_in_any_pieces_are_the_same(
        path in prop::sample::select(CALLS.as_slice()),
        file in prop::sample::select(FILES.as_slice()),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        status in prop::sample::select(vec![200_u16, 529]),
        content_type in prop::sample::select(vec![None, JSON, EVENTS, Some("text/plain")]),
        stream_requested in any::<bool>(),
        field_bytes in prop_oneof![Just(1 << 20), 0_usize..2000],
    ) {
        let mut body = fixture(file);
        pieces::damage(&mut body, damage);
        let endpoint = Endpoint::of("POST", path);
        let head = ResponseHead { status, content_type, stream_requested };
        let limits = Limits { field_bytes, ..Limits::default() };
        pieces::same_in_pieces(&endpoint, head, limits, JSON, &body, &places)?;
    }
}
