//! What the room as a whole does: from the bytes of a body to all of its facts.

mod dump;
mod fixtures;

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::{Endpoint, Head, Limits, RequestFacts, ResponseFacts};

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
    let head = Head {
        status,
        content_type,
        stream_requested: content_type == EVENTS,
    };
    let facts = ResponseFacts::read(&endpoint(call), head, body, Limits::default());
    dump::response(&facts)
}
