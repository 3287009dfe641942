//! From the bytes of a body to all of its facts.

mod answers;
mod endpoints;
mod requests;

use std::time::Duration;

use serde_json::Value;

use crate::wire::endpoint::Endpoint;
use crate::wire::tests::splits::{self, Body};
use crate::wire::tests::{dump, pieces};
use crate::wire::{BodyEnd, Limits, ResponseFacts, ResponseHead, ResponseReader};

const JSON: Option<&str> = Some("application/json; charset=UTF-8");
const EVENTS: Option<&str> = Some("text/event-stream");
const GENERATE: &str = "/v1beta/models/gemini-2.5-flash:generateContent";
const STREAM: &str = "/v1beta/models/gemini-2.5-flash:streamGenerateContent";
const EMBED: &str = "/v1beta/models/gemini-embedding-001:embedContent";
const BATCH_EMBED: &str = "/v1beta/models/gemini-embedding-001:batchEmbedContents";

fn fixture(name: &str) -> Vec<u8> {
    pieces::fixture(&format!("gemini/{name}"))
}

fn reader(path: &str, status: u16, content_type: Option<&str>) -> ResponseReader {
    let head = ResponseHead {
        status,
        content_type,
        stream_requested: false,
    };
    ResponseReader::new(&Endpoint::of("POST", path), head, Limits::default())
}

fn read(path: &str, content_type: Option<&str>, body: &[u8]) -> ResponseFacts {
    let mut reader = reader(path, 200, content_type);
    reader.push(body, Duration::ZERO);
    reader.finish(BodyEnd::Reached)
}

fn answer(path: &str, content_type: Option<&str>, body: &[u8]) -> Value {
    dump::response(&read(path, content_type, body))
}

#[test]
fn any_split_gives_the_same_facts() {
    let body = |path, content_type, name: &str| Body {
        endpoint: Endpoint::of("POST", path),
        content_type,
        is_stream: path == STREAM,
        bytes: fixture(name),
    };
    splits::any_split_gives_the_same_facts(&[
        body(GENERATE, JSON, "response.json"),
        body(GENERATE, JSON, "request.json"),
        body(STREAM, EVENTS, "stream.sse"),
        body(STREAM, JSON, "stream.json"),
        body(STREAM, None, "stream.json"),
        body(STREAM, JSON, "error.json"),
        body(GENERATE, JSON, "prompt_blocked.json"),
        body(EMBED, JSON, "embed_response.json"),
        body(BATCH_EMBED, JSON, "batch_embed_response.json"),
    ]);
}
