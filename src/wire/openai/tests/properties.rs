//! What holds for all bytes: any split gives the same facts, and nothing panics.

use proptest::prelude::*;

use super::fixtures::streams;
use super::{EVENTS, endpoint, fixture};
use crate::wire::tests::pieces::{self, response as facts, split};
use crate::wire::{Endpoint, Limits, ResponseHead};

const CALLS: &[&str] = &[
    "POST /v1/chat/completions",
    "POST /v1/completions",
    "POST /v1/responses",
    "POST /v1/conversations",
    "GET /v1/conversations/c/items",
    "POST /v1/responses/input_tokens",
    "POST /v1/embeddings",
    "POST /v1/images/generations",
    "POST /v1/audio/speech",
    "POST /v1/audio/transcriptions",
    "POST /v1/moderations",
    "POST /v1/assistants",
    "POST /v1/threads/t/messages",
    "POST /v1/threads/runs",
    "POST /v1/threads/t/runs",
    "POST /v1/threads/t/runs/r/submit_tool_outputs",
    "GET /v1/threads/t/runs/r/steps",
    "GET /v1/files",
];

const STREAM: ResponseHead<'static> = ResponseHead {
    status: 200,
    content_type: EVENTS,
    stream_requested: true,
};

fn line_ends(bytes: &[u8], ends: &str) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    text.replace('\n', ends).into_bytes()
}

#[test]
fn byte_by_byte_every_stream_is_the_same() {
    for (call, file, _) in streams() {
        let endpoint = endpoint(call);
        let body = fixture(file);
        let whole = facts(&endpoint, STREAM, Limits::default(), [body.as_slice()]);
        for ends in ["\n", "\r\n", "\r"] {
            let body = line_ends(&body, ends);
            for length in [1, 2, 3, 7, 64, body.len()] {
                let pieces = facts(&endpoint, STREAM, Limits::default(), body.chunks(length));
                assert_eq!(pieces, whole, "{file} {ends:?} {length}");
            }
            // Without the last blank line.
            let short = body.trim_ascii_end();
            assert_eq!(
                facts(&endpoint, STREAM, Limits::default(), [short])[0],
                whole[0],
                "{file}"
            );
        }
    }
}

proptest! {
    #[test]
    fn any_partition_of_any_stream_gives_the_same_facts(
        which in any::<prop::sample::Index>(),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        ends in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        field_bytes in prop_oneof![Just(1 << 20), 0_usize..2000],
    ) {
        let streams = streams();
        let (call, file, _) = &streams[which.index(streams.len())];
        let endpoint = endpoint(call);
        let body = line_ends(&fixture(file), ends);
        let limits = Limits { field_bytes, ..Limits::default() };
        let whole = facts(&endpoint, STREAM, limits, [body.as_slice()]);
        prop_assert_eq!(facts(&endpoint, STREAM, limits, split(&body, &places)), whole);
    }

    #[test]
    fn a_stream_that_is_cut_anywhere_has_facts(
        which in any::<prop::sample::Index>(),
        keep in any::<prop::sample::Index>(),
    ) {
        let streams = streams();
        let (call, file, _) = &streams[which.index(streams.len())];
        let body = fixture(file);
        let cut = &body[..keep.index(body.len())];
        facts(&endpoint(call), STREAM, Limits::default(), [cut]);
    }

    #[test]
    fn damaged_bodies_in_any_pieces_are_the_same(
        call in prop::sample::select(CALLS),
        which in any::<prop::sample::Index>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        places in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        status in prop::sample::select(vec![200_u16, 400]),
        content_type in prop::sample::select(vec![None, Some("application/json"), EVENTS, Some("audio/mpeg"), Some("text/plain")]),
        stream_requested in any::<bool>(),
    ) {
        let mut files: Vec<_> = std::fs::read_dir(super::fixtures())
            .unwrap()
            .map(|file| file.unwrap())
            .filter(|file| file.metadata().unwrap().is_file())
            .filter(|file| file.metadata().unwrap().len() < 8192)
            .map(|file| file.file_name().into_string().unwrap())
            .collect();
        files.sort();
        let mut body = fixture(&files[which.index(files.len())]);
        pieces::damage(&mut body, damage);
        let endpoint = endpoint(call);
        let head = ResponseHead { status, content_type, stream_requested };
        pieces::same_in_pieces(&endpoint, head, Limits::default(), content_type, &body, &places)?;
    }

    #[test]
    fn any_path_has_a_route_without_its_query(method in "[A-Za-z]{0,7}", path in "\\PC{0,60}") {
        let endpoint = Endpoint::of(&method, &path);
        prop_assert!(endpoint.route().starts_with('/'));
        prop_assert!(!endpoint.route().contains(['?', '#', ' ']));
        prop_assert!(endpoint.route().is_ascii());
    }
}
