//! From the bytes of a body to all of its facts.

mod answers;
mod properties;
mod requests;
mod routes;
mod streams;

use serde_json::Value;

use crate::wire::tests::{dump, pieces};
use crate::wire::{BodyEnd, Endpoint, Limits, RequestFacts, ResponseHead, ResponseReader};

const JSON: Option<&str> = Some("application/json");
const EVENTS: Option<&str> = Some("text/event-stream; charset=utf-8");

fn fixture(name: &str) -> Vec<u8> {
    pieces::fixture(&format!("anthropic/{name}"))
}

fn messages() -> Endpoint {
    Endpoint::of("POST", "/v1/messages")
}

fn request(body: &[u8]) -> Value {
    let facts = RequestFacts::read(&messages(), JSON, body, Limits::default());
    dump::request(&facts)
}

fn head(status: u16, content_type: Option<&str>) -> ResponseHead<'_> {
    ResponseHead {
        status,
        content_type,
        stream_requested: content_type == EVENTS,
    }
}

fn answer(status: u16, content_type: Option<&str>, body: &[u8]) -> Value {
    read(status, content_type, body, BodyEnd::Reached)
}

fn read(status: u16, content_type: Option<&str>, body: &[u8], end: BodyEnd) -> Value {
    let head = head(status, content_type);
    let mut reader = ResponseReader::new(&messages(), head, Limits::default());
    reader.push(body, std::time::Duration::ZERO);
    dump::response(&reader.finish(end))
}

/// A stream of events with these data.
fn events(data: &[Value]) -> Vec<u8> {
    let events = data.iter().map(|data| {
        let name = data["type"].as_str().unwrap();
        format!("event: {name}\ndata: {data}\n\n")
    });
    events.collect::<String>().into_bytes()
}
