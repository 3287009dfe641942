//! What holds for every split of a body.

use std::time::Duration;

use proptest::prelude::prop::sample::Index;
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
    json!([dump::response(&facts), format!("{seen:?}")])
}

/// The facts of a request that is sent in these pieces.
pub(in crate::wire) fn request<'a>(
    endpoint: &Endpoint,
    content_type: Option<&str>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Value {
    let mut reader = RequestReader::new(endpoint, content_type, Limits::default());
    for piece in pieces {
        reader.push(piece);
    }
    dump::request(&reader.finish(endpoint))
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
