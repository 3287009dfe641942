//! What holds for every split of a body.

use std::time::Duration;
use std::{fs, path};

use proptest::prelude::prop::sample::Index;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};

use super::dump;
use crate::wire::{BodyEnd, Endpoint, Limits, RequestReader, ResponseHead, ResponseReader};

/// The facts of a response that comes in these pieces, and what was seen of it on the way.
pub(in crate::wire) fn response<'a>(
    endpoint: &Endpoint,
    head: ResponseHead<'_>,
    limits: Limits,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Value {
    let mut reader = ResponseReader::new(endpoint, head, limits);
    let mut taken = Vec::new();
    for piece in pieces {
        reader.push(piece, Duration::from_secs(1));
        // Those who follow runs take what was shown as it comes.
        taken.extend(reader.take_objects());
    }
    let seen = (
        reader.is_stream(),
        reader.is_terminal(),
        reader.chunks(),
        reader.first_content_at(),
    );
    let mut facts = reader.finish(BodyEnd::Reached);
    facts.objects.splice(0..0, taken);
    let media = format!("{:?}", facts.media);
    json!([dump::response(&facts), format!("{seen:?}"), media])
}

/// The facts of a request that is sent in these pieces.
pub(in crate::wire) fn request<'a>(
    endpoint: &Endpoint,
    content_type: Option<&str>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Value {
    let limits = Limits {
        medium_bytes: 1 << 20,
        ..Limits::default()
    };
    let mut reader = RequestReader::new(endpoint, content_type, limits);
    for piece in pieces {
        reader.push(piece);
    }
    let facts = reader.finish(endpoint);
    json!([dump::request(&facts), format!("{:?}", facts.media)])
}

/// The pieces between the places.
pub(in crate::wire) fn split<'a>(bytes: &'a [u8], places: &[Index]) -> Vec<&'a [u8]> {
    let mut ends: Vec<usize> = places
        .iter()
        .map(|place| place.index(bytes.len() + 1))
        .collect();
    ends.sort_unstable();
    ends.push(bytes.len());
    let mut start = 0;
    ends.into_iter()
        .map(|end| {
            let piece = &bytes[start..end];
            start = end;
            piece
        })
        .collect()
}

/// The bytes of a file in the folder of fixtures.
pub(in crate::wire) fn fixture(file: &str) -> Vec<u8> {
    let folder = path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    fs::read(folder.join(file)).unwrap()
}

/// Replaces single bytes.
pub(in crate::wire) fn damage(bytes: &mut [u8], damage: Vec<(Index, u8)>) {
    for (place, byte) in damage {
        bytes[place.index(bytes.len())] = byte;
    }
}

/// As an answer and as a request, a body has the same facts in pieces as it has whole.
pub(in crate::wire) fn same_in_pieces(
    endpoint: &Endpoint,
    head: ResponseHead<'_>,
    limits: Limits,
    content_type: Option<&str>,
    body: &[u8],
    places: &[Index],
) -> Result<(), TestCaseError> {
    let pieces = || split(body, places);
    let whole = response(endpoint, head, limits, [body]);
    prop_assert_eq!(response(endpoint, head, limits, pieces()), whole);
    let whole = request(endpoint, content_type, [body]);
    prop_assert_eq!(request(endpoint, content_type, pieces()), whole);
    Ok(())
}

/// An answer has the same facts in pieces of any length, down to single bytes.
#[track_caller]
pub(in crate::wire) fn assert_same_byte_by_byte(
    endpoint: &Endpoint,
    head: ResponseHead<'_>,
    body: &[u8],
) {
    let read = |length: usize| response(endpoint, head, Limits::default(), body.chunks(length));
    for length in [1, 2, 3, 7, 64] {
        assert_eq!(read(length), read(body.len()), "{length}");
    }
}
