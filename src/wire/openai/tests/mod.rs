//! What the room as a whole does: from the bytes of a body to all of its facts.

mod arguments;
mod bodies;
mod chat_streams;
mod endpoints;
mod fixtures;
mod media;
mod properties;
mod requests;
mod responses_streams;
mod tails;
mod verdicts;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::wire::tests::dump;
use crate::wire::{
    BodyEnd, Endpoint, Limits, RequestFacts, ResponseFacts, ResponseHead, ResponseReader,
};

const JSON: Option<&str> = Some("application/json");
const EVENTS: Option<&str> = Some("text/event-stream; charset=utf-8");

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(fixtures().join(name)).unwrap()
}

/// `POST /v1/chat/completions` …
fn endpoint(call: &str) -> Endpoint {
    let (method, path) = call.split_once(' ').unwrap();
    Endpoint::of(method, path)
}

fn request(call: &str, body: &[u8]) -> Value {
    let facts = RequestFacts::read(&endpoint(call), JSON, body, Limits::default());
    dump::request(&facts)
}

fn answer(call: &str, status: u16, content_type: Option<&str>, body: &[u8]) -> Value {
    let head = ResponseHead {
        status,
        content_type,
        stream_requested: content_type == EVENTS,
    };
    let facts = ResponseFacts::read(&endpoint(call), head, body, Limits::default());
    dump::response(&facts)
}

/// A stream of events with these data.
fn events(data: &[Value]) -> Vec<u8> {
    let events: String = data
        .iter()
        .map(|data| format!("data: {data}\n\n"))
        .collect();
    events.into_bytes()
}

/// A reader of a stream.
fn stream_of(call: &str) -> ResponseReader {
    let head = ResponseHead {
        status: 200,
        content_type: EVENTS,
        stream_requested: true,
    };
    ResponseReader::new(&endpoint(call), head, Limits::default())
}

/// The facts of a stream that the caller left.
fn cut(call: &str, body: &[u8]) -> Value {
    let mut reader = stream_of(call);
    reader.push(body, std::time::Duration::ZERO);
    dump::response(&reader.finish(BodyEnd::Cut))
}
