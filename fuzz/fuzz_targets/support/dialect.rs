//! What holds for every dialect, whatever the bytes: no panic, the same facts however they are split, an error for
//! every status that says so.

use std::time::Duration;

use crate::support::{Choices, choose_of};
use crate::wire::{BodyEnd, Endpoint, RequestReader, ResponseFacts, ResponseHead, ResponseReader};

const CONTENT_TYPES: [Option<&str>; 8] = [
    Some("application/json"),
    Some("text/event-stream"),
    Some("application/x-ndjson"),
    Some("application/vnd.amazon.eventstream"),
    Some("text/plain"),
    Some("text/html"),
    Some("audio/mpeg"),
    None,
];

/// Reads the input as a request and as an answer of one of the calls.
pub fn check(calls: &[Endpoint], input: &[u8]) {
    let Some((body, choices)) = choose_of(calls, input) else {
        return;
    };
    let pieces = |length: usize| body.chunks(length);
    let whole = body.len().max(1);
    assert_eq!(
        request(&choices, pieces(choices.piece)),
        request(&choices, pieces(whole))
    );
    assert_eq!(
        response(&choices, pieces(choices.piece)),
        response(&choices, pieces(whole))
    );
    let (begin, tail) = body.split_at(body.len() / choices.piece);
    let mut reader = request_reader(&choices);
    reader.push(begin);
    reader.skip_to(tail.to_vec());
    reader.finish(&choices.endpoint);
    let mut reader = response_reader(&choices);
    reader.push(begin, Duration::ZERO);
    reader.skip_to(tail.to_vec());
    reader.finish(BodyEnd::Reached);
}

fn request_reader(choices: &Choices) -> RequestReader {
    RequestReader::new(&choices.endpoint, Some("application/json"), choices.limits)
}

fn request<'a>(choices: &Choices, pieces: impl Iterator<Item = &'a [u8]>) -> String {
    let mut reader = request_reader(choices);
    pieces.for_each(|piece| reader.push(piece));
    format!("{:?}", reader.finish(&choices.endpoint))
}

fn head(choices: &Choices) -> ResponseHead<'static> {
    let form = usize::from(choices.form);
    ResponseHead {
        status: [200, 200, 200, 400][form % 4],
        stream_requested: form & 4 != 0,
        content_type: CONTENT_TYPES[form / 8 % CONTENT_TYPES.len()],
    }
}

fn response_reader(choices: &Choices) -> ResponseReader {
    let reader = ResponseReader::new(&choices.endpoint, head(choices), choices.limits);
    reader.with_choices((choices.form & 64 != 0).then_some(1))
}

fn response<'a>(
    choices: &Choices,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> (ResponseFacts, String) {
    let mut reader = response_reader(choices);
    pieces.for_each(|piece| reader.push(piece, Duration::from_secs(1)));
    let seen = (
        reader.chunks(),
        reader.first_content_at(),
        reader.is_terminal(),
    );
    let end = match choices.form & 128 {
        0 => BodyEnd::Reached,
        _ => BodyEnd::Cut,
    };
    let facts = reader.finish(end);
    assert!(head(choices).status < 400 || facts.error.is_some());
    (facts, format!("{seen:?}"))
}
