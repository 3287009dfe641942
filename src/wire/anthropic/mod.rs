//! Anthropic's Messages: by its own API, by the servers that speak it, and as Vertex AI serves it.
//!
//! The contract: a message is a list of blocks, and whole answers, streams and what the caller sends are all
//! read from those blocks. Vendors with blocks of their own translate them into these.

pub(in crate::wire) mod answer;
pub(in crate::wire) mod blocks;
pub(in crate::wire) mod request;
mod routes;
mod stream;

use crate::conventions::operation;
use crate::wire::dialect::{Assembler, Dialect, RequestBody};
use crate::wire::error;
use crate::wire::facts::{RequestFacts, ResponseFacts};
use crate::wire::fields::{Object, as_count};
use crate::wire::framing::json::Verbatim;
use crate::wire::framing::tail;
use crate::wire::limits::Limits;
use crate::wire::verdict::Expected;

pub(in crate::wire) use routes::decoded;
pub(super) use routes::recognise;
pub(in crate::wire) use stream::Stream;

/// Where the input of a tool stands, which the model wrote.
pub(in crate::wire) const VERBATIM: Verbatim = &[
    ("messages", "input"),
    ("content", "input"),
    ("content_block", "input"),
    ("message", "input"),
];
/// An answer may have no content, but then it says why.
pub(in crate::wire) const EXPECTED: Expected = Expected::Members(&["content", "stop_reason"]);

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Messages,
    /// How many tokens a message would have; no model works for it.
    CountTokens,
}

impl Dialect for Call {
    fn operation(&self) -> Option<&'static str> {
        self.is_inference().then_some(operation::CHAT)
    }

    fn is_inference(&self) -> bool {
        *self == Self::Messages
    }

    fn verbatim(&self) -> Verbatim {
        VERBATIM
    }

    fn request(&self, body: RequestBody, facts: &mut RequestFacts) {
        request::read(body.fields, facts);
    }

    fn expects(&self) -> Expected {
        match self {
            Self::Messages => EXPECTED,
            Self::CountTokens => Expected::Members(&["input_tokens"]),
        }
    }

    fn restore(&self, fields: &mut Object, end: &[u8], _choices: Option<u64>) {
        restore(fields, end);
    }

    fn response(&self, mut fields: Object, complete: bool) -> ResponseFacts {
        match self {
            Self::Messages => answer::whole(fields, complete),
            Self::CountTokens => ResponseFacts {
                error: error::of_object(&mut fields),
                output: count(&fields),
                complete,
                ..ResponseFacts::default()
            },
        }
    }

    fn assembler(&self, limits: Limits) -> Option<Box<dyn Assembler>> {
        self.is_inference()
            .then(|| Box::new(Stream::new(limits)) as Box<dyn Assembler>)
    }
}

/// Adds the end of a whole answer, where it says why it ended.
pub(in crate::wire) fn restore(fields: &mut Object, end: &[u8]) {
    let reason = tail::end_of("{", "stop_reason", end);
    tail::put_members(fields, reason.unwrap_or_default());
    tail::put_members(fields, tail::members(end));
}

fn count(fields: &Object) -> Option<serde_json::Value> {
    let tokens = as_count(fields.get("input_tokens")?)?;
    Some(serde_json::json!({"input_tokens": tokens}))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
