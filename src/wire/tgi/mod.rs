//! The native API of Text Generation Inference.

mod answer;

use crate::conventions::{operation, provider as names};
use crate::model::message::Message;
use crate::wire::dialect::{Assembler, Dialect, RequestBody};
use crate::wire::endpoint::{Endpoint, RequestHead};
use crate::wire::evidence::has_members;
use crate::wire::facts::{RequestFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object};
use crate::wire::limits::Limits;
use crate::wire::route::{self, Known};
use crate::wire::verdict::Expected;
use crate::wire::{parameters, provider};

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Generate,
    Stream,
}

const CALLS: &[Known<Call>] = &[
    ("POST", "/generate", Call::Generate),
    ("POST", "/generate_stream", Call::Stream),
];

/// A server has one model, which no request names. Its path is common, so the body has to have the form of
/// the API.
pub(super) fn recognise(head: &RequestHead<'_>) -> Option<Endpoint> {
    let (call, route) = route::find(CALLS, head.method, &head.segments)?;
    let members: &[&[&str]] = match call {
        Call::Generate => &[&["inputs"], &["parameters"]],
        Call::Stream => &[&["inputs"]],
    };
    if !head.body().is_none_or(|body| has_members(body, members)) {
        return None;
    }
    let provider = provider::of_host(head.host).unwrap_or(names::HUGGING_FACE);
    let mut endpoint = Endpoint::new(head, route, provider, call);
    endpoint.is_stream = *call == Call::Stream;
    Some(endpoint)
}

impl Dialect for Call {
    fn operation(&self) -> Option<&'static str> {
        Some(operation::TEXT_COMPLETION)
    }

    fn is_inference(&self) -> bool {
        true
    }

    fn request(&self, body: RequestBody, facts: &mut RequestFacts) {
        let mut fields = body.fields;
        let text = fields.text("inputs");
        facts.messages.extend(text.map(Message::user));
        facts.choices = Some(1);
        let options = fields.object("parameters").unwrap_or_default();
        parameters::read(options, false, facts);
        parameters::read(fields, false, facts);
    }

    fn expects(&self) -> Expected {
        Expected::Members(&["generated_text", "token"])
    }

    fn response(&self, fields: Object, complete: bool) -> ResponseFacts {
        let mut answer = answer::Answer::new(Limits::unbounded());
        answer.whole(fields);
        answer.finish(complete)
    }

    fn assembler(&self, limits: Limits) -> Option<Box<dyn Assembler>> {
        Some(Box::new(answer::Answer::new(limits)))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
