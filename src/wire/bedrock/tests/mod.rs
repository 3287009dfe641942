//! From the bytes of a body to all of its facts.

mod answers;
mod others;
mod properties;
mod requests;
mod routes;
mod streams;

use serde_json::Value;

use crate::wire::endpoint::RequestHead;
use crate::wire::tests::{dump, pieces};
use crate::wire::{Endpoint, Limits, ResponseFacts, ResponseHead, recognise};

const JSON: Option<&str> = Some("application/json");
const MESSAGES: Option<&str> = Some("application/vnd.amazon.eventstream");
const CLAUDE: &str = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0";
const NOVA: &str = "/model/amazon.nova-pro-v1%3A0";

fn fixture(name: &str) -> Vec<u8> {
    pieces::fixture(&format!("bedrock/{name}"))
}

/// A call of a model, whose body asks it for something.
fn endpoint(model: &str, action: &str) -> Endpoint {
    let path = format!("{model}/{action}");
    let head = RequestHead::new("POST", "", &path, None, &|_| None);
    let asks = match model {
        NOVA => br#"{"messages":[]}"#.as_slice(),
        _ => br#"{"messages":[],"anthropic_version":"bedrock-2023-05-31"}"#,
    };
    recognise(&head.with_body(asks))
}

fn head(endpoint: &Endpoint, status: u16) -> ResponseHead<'static> {
    ResponseHead {
        status,
        content_type: if endpoint.is_stream { MESSAGES } else { JSON },
        stream_requested: endpoint.is_stream,
    }
}

fn read(endpoint: &Endpoint, body: &[u8]) -> Value {
    let head = head(endpoint, 200);
    dump::response(&ResponseFacts::read(
        endpoint,
        head,
        body,
        Limits::default(),
    ))
}
