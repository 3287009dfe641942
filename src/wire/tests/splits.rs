//! Whether any split of the bytes gives the same facts, for every dialect.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;

use super::pieces::{request, response, split};
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
                for (place, byte) in damage {
                    let place = place.index(bytes.len());
                    bytes[place] = byte;
                }
                if let Some(keep) = keep {
                    bytes.truncate(keep.index(bytes.len()));
                }
                let head = ResponseHead {
                    status,
                    content_type: body.content_type,
                    stream_requested: body.is_stream,
                };
                let limits = Limits { field_bytes };
                let endpoint = &body.endpoint;
                let whole = response(endpoint, head, limits, [bytes.as_slice()]);
                prop_assert_eq!(
                    response(endpoint, head, limits, split(&bytes, &places)),
                    whole
                );
                let whole = request(endpoint, body.content_type, [bytes.as_slice()]);
                let pieces = split(&bytes, &places);
                prop_assert_eq!(request(endpoint, body.content_type, pieces), whole);
                Ok(())
            },
        )
        .unwrap();
}
