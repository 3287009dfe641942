//! The native API of Ollama.

mod answer;
mod request;

use serde_json::json;

use crate::conventions::{operation, provider as names};
use crate::wire::dialect::{Assembler, Dialect, RequestBody};
use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::evidence::has_members;
use crate::wire::facts::{RequestFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object};
use crate::wire::framing::json::{self, Verbatim};
use crate::wire::limits::Limits;
use crate::wire::route::{self, Known};
use crate::wire::verdict::Expected;
use crate::wire::{error, provider, usage};

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Chat,
    Generate,
    Embed,
    /// The older form of it, for one text.
    EmbedOne,
}

const CALLS: &[Known<Call>] = &[
    ("POST", "/api/chat", Call::Chat),
    ("POST", "/api/generate", Call::Generate),
    ("POST", "/api/embed", Call::Embed),
    ("POST", "/api/embeddings", Call::EmbedOne),
];

/// Many programs serve such paths, so the body has to name a model and hold what the call needs.
pub(super) fn recognise(head: &RequestHead<'_>) -> Option<Endpoint> {
    let (call, route) = route::find(CALLS, head.method, &head.segments)?;
    let of_host = provider::of_host(head.host);
    let input: &[&str] = match call {
        Call::Chat => &["messages"],
        Call::Generate => &["prompt", "images"],
        Call::Embed => &["input"],
        Call::EmbedOne => &["prompt"],
    };
    // Of a long body only the beginning is looked at, and a conversation alone is no evidence.
    let has_evidence =
        |body| has_members(body, &[&["model"]]) && has_members(body, &[&["model"], input]);
    if of_host != Some(names::OLLAMA) && !head.body().is_none_or(has_evidence) {
        return None;
    }
    let provider = of_host.unwrap_or(names::OLLAMA);
    Some(Endpoint::new(head, route, provider, call))
}

impl Dialect for Call {
    fn operation(&self) -> Option<&'static str> {
        Some(match self {
            Self::Chat => operation::CHAT,
            Self::Generate => operation::TEXT_COMPLETION,
            Self::Embed | Self::EmbedOne => operation::EMBEDDINGS,
        })
    }

    fn is_inference(&self) -> bool {
        true
    }

    fn request(&self, body: RequestBody, facts: &mut RequestFacts) {
        request::read(*self, body.fields, facts);
    }

    fn streams_json(&self) -> bool {
        matches!(self, Self::Chat | Self::Generate)
    }

    fn verbatim(&self) -> Verbatim {
        &[
            ("message", "arguments"),
            ("messages", "arguments"),
            ("tool_calls", "arguments"),
        ]
    }

    fn expects(&self) -> Expected {
        Expected::Members(match self {
            Self::Chat => &["message"],
            Self::Generate => &["response"],
            Self::Embed => &["embeddings"],
            Self::EmbedOne => &["embedding"],
        })
    }

    fn response(&self, mut fields: Object, complete: bool) -> ResponseFacts {
        if self.streams_json() {
            let mut answer = answer::Answer::new(Limits::unbounded());
            answer.line(fields);
            return answer.finish(complete);
        }
        let mut facts = ResponseFacts {
            error: error::of_object(&mut fields),
            model: fields.word("model"),
            complete,
            ..ResponseFacts::default()
        };
        let vectors = match fields.value("embedding") {
            Some(vector) => vec![vector],
            None => fields.list("embeddings"),
        };
        usage::read_input_only(answer::counts(&mut fields), &mut facts);
        facts.dimensions = vectors.first().and_then(json::count_of_numbers);
        if !vectors.is_empty() {
            let count = json::count_of_elements(&vectors);
            facts.output = Some(match facts.dimensions {
                Some(dimensions) => json!({"count": count, "dimensions": dimensions}),
                None => json!({"count": count}),
            });
        }
        facts
    }

    fn assembler(&self, limits: Limits) -> Option<Box<dyn Assembler>> {
        match self.streams_json() {
            true => Some(Box::new(answer::Answer::new(limits))),
            false => None,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
