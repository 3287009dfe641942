//! From the bytes of a message to all of its facts.

mod messages;
mod routes;
mod streams;

use serde_json::Value;

use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::recognise::recognise;
use crate::wire::tests::{dump, pieces};
use crate::wire::{Limits, RequestFacts, ResponseFacts, ResponseHead};

const JSON: Option<&str> = Some("application/json");
const EVENTS: Option<&str> = Some("text/event-stream");

fn fixture(file: &str) -> Vec<u8> {
    pieces::fixture(&format!("mcp/{file}"))
}

/// The call of a request to a server, whose headers are these.
fn endpoint(method: &str, headers: &[(&str, &'static str)], body: &[u8]) -> Endpoint {
    let header = |name: &str| {
        let header = headers.iter().find(|(one, _)| *one == name);
        header.map(|(_, value)| *value)
    };
    let head = RequestHead::new(method, "tools.example", "/mcp", None, &header);
    recognise(&head.with_body(body))
}

/// The call that a message is by itself.
fn call(body: &[u8]) -> Endpoint {
    endpoint("POST", &[], body)
}

fn request(body: &[u8]) -> Value {
    dump::request(&RequestFacts::read(
        &call(body),
        JSON,
        body,
        Limits::default(),
    ))
}

fn answer(endpoint: &Endpoint, status: u16, content_type: Option<&str>, body: &[u8]) -> Value {
    let head = ResponseHead {
        status,
        content_type,
        stream_requested: false,
    };
    let facts = ResponseFacts::read(endpoint, head, body, Limits::default());
    dump::response(&facts)
}
