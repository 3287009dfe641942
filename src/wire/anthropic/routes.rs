//! Which calls are Anthropic's.
//!
//! The contract: `/messages` is common English, and mail, chat and SMS are sent to it as well. The path is
//! enough where the host or a header says whose API it is; elsewhere the body has to be a model's request.

use percent_encoding::percent_decode_str;

use super::Call;
use crate::conventions::provider as names;
use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::evidence::has_members;
use crate::wire::provider;
use crate::wire::route::{self, Known, is_version};

/// What every request of the API has.
const MEMBERS: &[&[&str]] = &[&["model"], &["messages"], &["max_tokens"]];
/// What a request has that only asks how long it is.
const COUNTED: &[&[&str]] = &[&["model"], &["messages"]];

const ROUTES: &[Known<Call>] = &[
    ("POST", "/messages", Call::Messages),
    ("POST", "/messages/count_tokens", Call::CountTokens),
];

/// The same as Vertex AI serves it, where the path names the model.
const OF_VERTEX: &[Known<Call>] = &[
    (
        "POST",
        "/publishers/anthropic/models/count-tokens:rawPredict",
        Call::CountTokens,
    ),
    (
        "POST",
        "/publishers/anthropic/models/{model}:rawPredict",
        Call::Messages,
    ),
    (
        "POST",
        "/publishers/anthropic/models/{model}:streamRawPredict",
        Call::Messages,
    ),
];

pub(in crate::wire) fn recognise(head: &RequestHead<'_>) -> Option<Endpoint> {
    if let Some((call, route)) = route::find(OF_VERTEX, head.method, &head.segments) {
        let mut endpoint = Endpoint::new(head, route, names::GCP_VERTEX_AI, call);
        endpoint.model = endpoint.id("model").map(decoded);
        endpoint.is_stream = endpoint.route().ends_with(":streamRawPredict");
        return Some(endpoint);
    }
    let (call, route) = route::find(ROUTES, head.method, &head.segments)?;
    let host = provider::of_host(head.host);
    if head.header("anthropic-version").is_none() && host.is_none() && !is_request(*call, head) {
        return None;
    }
    let provider = match host {
        // What is not OpenAI's on Azure.
        Some(names::AZURE_AI_OPENAI) => names::AZURE_AI_INFERENCE,
        host => host.unwrap_or(names::ANTHROPIC),
    };
    Some(Endpoint::new(head, route, provider, call))
}

/// Whether the body is a model's request. If it is not known, the usual path has to do.
fn is_request(call: Call, head: &RequestHead<'_>) -> bool {
    let members = match call {
        Call::Messages => MEMBERS,
        Call::CountTokens => COUNTED,
    };
    match head.body() {
        // Of a long body only the beginning is looked at, and a conversation alone is no evidence.
        Some(body) => has_members(body, &[&["model", "max_tokens"]]) && has_members(body, members),
        None => head.segments.first().is_some_and(|first| is_version(first)),
    }
}

/// A segment of a path, as it is meant.
pub(in crate::wire) fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}
