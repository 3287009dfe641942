//! The Model Context Protocol over streamable HTTP: JSON-RPC messages to a server of tools.
//!
//! The contract: a request carries one message, a request or a notification of the client's, and an answer is
//! one response, whole or as an event among others. What a server sends on its own, and what a client answers
//! to that, is no operation of the client.

mod answer;
mod context;
mod request;
mod routes;

use crate::conventions::operation;
use crate::wire::dialect::{Assembler, Dialect, RequestBody};
use crate::wire::facts::{RequestFacts, ResponseFacts};
use crate::wire::fields::Object;
use crate::wire::framing::json::Verbatim;
use crate::wire::limits::Limits;
use crate::wire::verdict::Expected;

pub(super) use routes::recognise;

/// The body of a request is not an answer yet: servers of the older transport answer on another stream.
const ACCEPTED: u16 = 202;

/// What is sent to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    /// A request to run a tool.
    Tool,
    /// Any other request.
    Request,
    Notification,
    /// The stream of the server's own messages, the answers to them, the end of a session.
    Channel,
}

impl Dialect for Call {
    fn operation(&self) -> Option<&'static str> {
        (*self == Self::Tool).then_some(operation::EXECUTE_TOOL)
    }

    fn is_operation(&self) -> bool {
        *self != Self::Channel
    }

    fn reads_bodies(&self) -> bool {
        self.is_operation()
    }

    fn body_with_context(&self, body: &[u8], context: &[(String, String)]) -> Option<Vec<u8>> {
        self.is_operation()
            .then(|| context::with_context(body, context))
            .flatten()
    }

    fn parent_in(&self, body: &[u8]) -> Option<String> {
        self.is_operation().then(|| context::parent(body)).flatten()
    }

    /// What a model has written, and what a tool answers.
    fn verbatim(&self) -> Verbatim {
        &[("params", "arguments"), ("result", "structuredContent")]
    }

    fn request(&self, body: RequestBody, facts: &mut RequestFacts) {
        request::read(body.fields, facts);
    }

    fn expects(&self) -> Expected {
        match self {
            Self::Tool | Self::Request => Expected::Members(&["result", "error"]),
            Self::Notification | Self::Channel => Expected::Anything,
        }
    }

    fn answers_later(&self, status: u16) -> bool {
        status == ACCEPTED
    }

    fn response(&self, fields: Object, complete: bool) -> ResponseFacts {
        ResponseFacts {
            complete,
            ..answer::read(*self == Self::Tool, fields)
        }
    }

    fn assembler(&self, _limits: Limits) -> Option<Box<dyn Assembler>> {
        Some(Box::new(answer::Answer::new(*self == Self::Tool)))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
