//! Whether any split of the bytes gives the same facts, for every dialect.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;

use super::pieces;
use crate::wire::{Endpoint, Limits, ResponseHead};

/// A body and the call that it answers.
pub(in crate::wire) struct Body {
    pub(in crate::wire) endpoint: Endpoint,
    pub(in crate::wire) content_type: Option<&'static str>,
    pub(in crate::wire) is_stream: bool,
    pub(in crate::wire) bytes: Vec<u8>,
}

/// Splits each of the bodies anywhere, as answer and as request, whole, cut and damaged, within any limit.
pub(in crate::wire) fn any_split_gives_the_same_facts(bodies: &[Body]) {
    let places = || prop::collection::vec(any::<Index>(), 0..24);
    let damage = prop_oneof![
        3 => Just(Vec::new()),
        1 => prop::collection::vec((any::<Index>(), any::<u8>()), 1..6),
    ];
    let limit = prop_oneof![Just(1_usize << 20), 0_usize..2000];
    let keep = prop_oneof![Just(None), any::<Index>().prop_map(Some)];
    let status = prop_oneof![4 => Just(200_u16), 1 => Just(400)];
    let strategy = (any::<Index>(), places(), damage, limit, keep, status);
    TestRunner::default()
        .run(
            &strategy,
            |(which, places, damage, field_bytes, keep, status)| {
                let body = &bodies[which.index(bodies.len())];
                let mut bytes = body.bytes.clone();
                pieces::damage(&mut bytes, damage);
                if let Some(keep) = keep {
                    bytes.truncate(keep.index(bytes.len()));
                }
                let head = ResponseHead {
                    status,
                    content_type: body.content_type,
                    stream_requested: body.is_stream,
                };
                let limits = Limits {
                    field_bytes,
                    medium_bytes: 1 << 20,
                };
                pieces::same_in_pieces(
                    &body.endpoint,
                    head,
                    limits,
                    body.content_type,
                    &bytes,
                    &places,
                )
            },
        )
        .unwrap();
}
