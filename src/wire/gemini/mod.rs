//! The API of Gemini, which Vertex AI speaks too.

mod answer;
mod embeddings;
mod finish;
mod partial;
mod parts;
mod pieces;
mod request;

use crate::conventions::{operation, provider as names};
use crate::wire::dialect::{Assembler, Dialect, RequestBody};
use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::error;
use crate::wire::facts::{RequestFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object};
use crate::wire::framing::json::Verbatim;
use crate::wire::framing::tail;
use crate::wire::limits::Limits;
use crate::wire::provider;
use crate::wire::route::{self, Known};
use crate::wire::verdict::Expected;

/// What a call does. Its verb is in the address, behind a model, a tuned model, or an endpoint where a model
/// is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Generate,
    Stream,
    Embed,
    CountTokens,
}

const CALLS: &[Known<Call>] = &[
    ("POST", "/models/{model}:generateContent", Call::Generate),
    (
        "POST",
        "/models/{model}:streamGenerateContent",
        Call::Stream,
    ),
    ("POST", "/models/{model}:embedContent", Call::Embed),
    ("POST", "/models/{model}:batchEmbedContents", Call::Embed),
    ("POST", "/models/{model}:countTokens", Call::CountTokens),
    (
        "POST",
        "/tunedModels/{model}:generateContent",
        Call::Generate,
    ),
    (
        "POST",
        "/tunedModels/{model}:streamGenerateContent",
        Call::Stream,
    ),
    ("POST", "/endpoints/{model}:generateContent", Call::Generate),
    (
        "POST",
        "/endpoints/{model}:streamGenerateContent",
        Call::Stream,
    ),
    ("POST", "/endpoints/{model}:countTokens", Call::CountTokens),
];

pub(super) fn recognise(head: &RequestHead<'_>) -> Option<Endpoint> {
    let (call, route) = route::find(CALLS, head.method, &head.segments)?;
    let id = route.ids.first().map(|(_, id)| id.clone());
    // A tuned model and an endpoint are named as a request names them.
    let collection = head.segments.iter().rev().nth(1).copied();
    let collection = collection.filter(|collection| *collection != "models");
    let model = id.map(|id| match collection {
        Some(collection) => format!("{collection}/{id}"),
        None => id,
    });
    // Vertex AI has projects, and its short form names a publisher all the same.
    let is_vertex = head
        .segments
        .iter()
        .any(|segment| matches!(*segment, "projects" | "publishers"));
    let by_shape = match is_vertex {
        true => names::GCP_VERTEX_AI,
        false => names::GCP_GEMINI,
    };
    let provider = provider::of_host(head.host).unwrap_or(by_shape);
    let mut endpoint = Endpoint::new(head, route, provider, call);
    endpoint.model = model;
    endpoint.is_stream = *call == Call::Stream;
    Some(endpoint)
}

impl Dialect for Call {
    fn operation(&self) -> Option<&'static str> {
        match self {
            Self::Generate | Self::Stream => Some(operation::GENERATE_CONTENT),
            Self::Embed => Some(operation::EMBEDDINGS),
            Self::CountTokens => None,
        }
    }

    fn is_inference(&self) -> bool {
        *self != Self::CountTokens
    }

    fn request(&self, body: RequestBody, facts: &mut RequestFacts) {
        match self {
            Self::Generate | Self::Stream => request::read(body.fields, facts),
            Self::Embed => embeddings::request(body.fields, facts),
            Self::CountTokens => request::content(&mut { body.fields }, facts),
        }
    }

    fn streams_json(&self) -> bool {
        *self == Self::Stream
    }

    fn verbatim(&self) -> Verbatim {
        &[("candidates", "args"), ("contents", "args")]
    }

    fn expects(&self) -> Expected {
        Expected::Members(match self {
            Self::Generate | Self::Stream => &["candidates", "promptFeedback"],
            Self::Embed => &["embedding", "embeddings"],
            Self::CountTokens => &["totalTokens"],
        })
    }

    fn restore(&self, fields: &mut Object, end: &[u8], _choices: Option<u64>) {
        tail::put_members(fields, tail::members(end));
        answer::restore_finish_reason(fields, end);
    }

    fn response(&self, mut fields: Object, complete: bool) -> ResponseFacts {
        match self {
            Self::Generate | Self::Stream => {
                let mut answer = answer::Answer::new(Limits::unbounded());
                answer.chunk(fields);
                answer.finish(complete)
            }
            Self::Embed => embeddings::response(fields, complete),
            Self::CountTokens => ResponseFacts {
                error: error::of_object(&mut fields),
                output: fields
                    .value("totalTokens")
                    .map(|count| Object::from_iter([("totalTokens".to_owned(), count)]).into()),
                complete,
                ..ResponseFacts::default()
            },
        }
    }

    fn assembler(&self, limits: Limits) -> Option<Box<dyn Assembler>> {
        match self {
            Self::Generate | Self::Stream => Some(Box::new(answer::Answer::new(limits))),
            _ => None,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
