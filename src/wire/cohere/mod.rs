//! The second version of Cohere's API.

mod answer;
mod embeddings;
mod request;
mod rerank;

use serde_json::Value;

use crate::conventions::{operation, provider as names};
use crate::wire::dialect::{Assembler, Dialect, RequestBody};
use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::evidence::has_members;
use crate::wire::facts::{RequestFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object};
use crate::wire::framing::tail;
use crate::wire::limits::Limits;
use crate::wire::provider;
use crate::wire::route::{self, Known};
use crate::wire::verdict::Expected;

// What Bedrock passes through.
pub(super) use embeddings::response as embeddings;

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Chat,
    Embed,
    Rerank,
}

const CALLS: &[Known<Call>] = &[
    ("POST", "/v2/chat", Call::Chat),
    ("POST", "/v2/embed", Call::Embed),
    ("POST", "/v2/rerank", Call::Rerank),
];

/// Such paths are common, so the body has to name a model and hold what the call needs, unless the host is
/// Cohere's.
pub(super) fn recognise(head: &RequestHead<'_>) -> Option<Endpoint> {
    let (call, route) = route::find(CALLS, head.method, &head.segments)?;
    let of_host = provider::of_host(head.host);
    let inputs: &[&[&str]] = match call {
        Call::Chat => &[&["model"], &["messages"]],
        Call::Embed => &[&["model"], &["texts", "images", "inputs"]],
        Call::Rerank => &[&["model"], &["query"], &["documents"]],
    };
    // Of a long body only the beginning is looked at, and a conversation alone is no evidence.
    let has_evidence = |body| has_members(body, &[&["model"]]) && has_members(body, inputs);
    if of_host != Some(names::COHERE) && !head.body().is_none_or(has_evidence) {
        return None;
    }
    let provider = of_host.unwrap_or(names::COHERE);
    Some(Endpoint::new(head, route, provider, call))
}

impl Dialect for Call {
    fn operation(&self) -> Option<&'static str> {
        Some(match self {
            Self::Chat => operation::CHAT,
            Self::Embed => operation::EMBEDDINGS,
            Self::Rerank => operation::RETRIEVAL,
        })
    }

    fn is_inference(&self) -> bool {
        true
    }

    fn request(&self, body: RequestBody, facts: &mut RequestFacts) {
        request::read(*self, body.fields, facts);
    }

    fn expects(&self) -> Expected {
        Expected::Members(match self {
            Self::Chat => &["message", "type"],
            Self::Embed => &["embeddings"],
            Self::Rerank => &["results"],
        })
    }

    fn restore(&self, fields: &mut Object, end: &[u8], _choices: Option<u64>) {
        tail::put_members(fields, tail::members(end));
    }

    fn response(&self, fields: Object, complete: bool) -> ResponseFacts {
        match self {
            Self::Chat => {
                let mut answer = answer::Answer::new(Limits::unbounded());
                answer.whole(fields);
                answer.finish(complete)
            }
            Self::Embed => embeddings::response(fields, complete),
            Self::Rerank => rerank::response(fields, complete),
        }
    }

    fn assembler(&self, limits: Limits) -> Option<Box<dyn Assembler>> {
        match self {
            Self::Chat => Some(Box::new(answer::Answer::new(limits))),
            _ => None,
        }
    }
}

/// What is counted, with the billed counts in front: where a provider has both, the conventions take those.
/// The others keep their names.
fn counts(mut usage: Object) -> Object {
    let Some(billed) = usage.object("billed_units") else {
        // Nothing is billed yet, or nothing at all.
        let tokens = usage.object("tokens").unwrap_or_default();
        usage.extend(tokens);
        return usage;
    };
    let has_tokens = billed.contains_key("input_tokens") || billed.contains_key("output_tokens");
    if !has_tokens && let Some(tokens) = usage.object("tokens") {
        usage.extend(tokens);
    }
    // What was read from the cache is a part of all tokens, not of those that are billed.
    if has_tokens && let Some(cached) = usage.value("cached_tokens") {
        let tokens = usage
            .entry("tokens")
            .or_insert_with(|| Object::new().into());
        if let Value::Object(tokens) = tokens {
            tokens.insert("cached_tokens".into(), cached);
        }
    }
    usage.extend(billed);
    usage
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
