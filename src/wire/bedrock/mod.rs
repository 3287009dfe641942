//! Amazon Bedrock: Converse, and the models whose own bodies are passed through that are known.
//!
//! The contract: a Converse message is translated into Anthropic's blocks, which say the same in other words,
//! and is read from those. Streams are binary messages. The path names the model.

mod converse;
mod others;
mod routes;
mod stream;

use crate::conventions::operation;
use crate::wire::anthropic;
use crate::wire::dialect::{Assembler, Dialect, Framing, RequestBody, ResponseHead};
use crate::wire::facts::{RequestFacts, ResponseFacts};
use crate::wire::fields::Object;
use crate::wire::framing::event_stream;
use crate::wire::framing::json::Verbatim;
use crate::wire::framing::tail;
use crate::wire::limits::Limits;
use crate::wire::verdict::Expected;

pub(super) use routes::recognise;

const MEDIA_TYPE: &str = "application/vnd.amazon.eventstream";

/// What a body is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Converse,
    /// The bodies of Amazon's own models, which are those of Converse, wrapped in a stream.
    Invoke,
    /// The bodies of Anthropic's models, wrapped in a stream.
    InvokeAnthropic,
    /// The bodies of others: a conversation, a prompt, texts.
    InvokeChat,
    InvokeText,
    InvokeEmbedding,
}

impl Dialect for Call {
    fn operation(&self) -> Option<&'static str> {
        Some(match self {
            Self::InvokeText => operation::TEXT_COMPLETION,
            Self::InvokeEmbedding => operation::EMBEDDINGS,
            _ => operation::CHAT,
        })
    }

    fn is_inference(&self) -> bool {
        true
    }

    fn verbatim(&self) -> Verbatim {
        match self {
            Self::Converse | Self::Invoke => converse::VERBATIM,
            Self::InvokeAnthropic => anthropic::VERBATIM,
            Self::InvokeChat | Self::InvokeText | Self::InvokeEmbedding => &[],
        }
    }

    fn request(&self, body: RequestBody, facts: &mut RequestFacts) {
        match self {
            Self::Converse | Self::Invoke => converse::request(body.fields, facts),
            Self::InvokeAnthropic => anthropic::request::read(body.fields, facts),
            Self::InvokeChat | Self::InvokeText => others::request(body.fields, false, facts),
            Self::InvokeEmbedding => others::request(body.fields, true, facts),
        }
    }

    fn framing(&self, head: &ResponseHead<'_>) -> Option<Framing> {
        let media_type = head.content_type.unwrap_or_default();
        let is_undeclared = matches!(media_type, "" | "application/octet-stream");
        let is_expected = is_undeclared && head.stream_requested && head.is_success();
        (media_type == MEDIA_TYPE || is_expected).then_some(Framing::Stream(match self {
            Self::Converse => event_stream::splitter,
            _ => event_stream::unwrapping_splitter,
        }))
    }

    fn expects(&self) -> Expected {
        match self {
            Self::Converse | Self::Invoke => Expected::Members(&["output", "stopReason"]),
            Self::InvokeAnthropic => anthropic::EXPECTED,
            Self::InvokeChat | Self::InvokeText | Self::InvokeEmbedding => others::EXPECTED,
        }
    }

    fn restore(&self, fields: &mut Object, end: &[u8], _choices: Option<u64>) {
        match self {
            Self::Converse | Self::Invoke => {
                let reason = tail::end_of("{", "stopReason", end);
                tail::put_members(fields, reason.unwrap_or_default());
                tail::put_members(fields, tail::members(end));
            }
            Self::InvokeAnthropic => anthropic::restore(fields, end),
            Self::InvokeChat | Self::InvokeText | Self::InvokeEmbedding => {
                tail::put_members(fields, tail::members(end));
            }
        }
    }

    fn response(&self, fields: Object, complete: bool) -> ResponseFacts {
        let fields = match self {
            Self::Converse | Self::Invoke => converse::answer(fields),
            Self::InvokeAnthropic => fields,
            Self::InvokeChat | Self::InvokeText => {
                return others::Answer::new(Limits::unbounded()).whole(fields, complete);
            }
            Self::InvokeEmbedding => return others::vectors(fields, complete),
        };
        anthropic::answer::whole(fields, complete)
    }

    fn assembler(&self, limits: Limits) -> Option<Box<dyn Assembler>> {
        Some(match self {
            Self::InvokeChat | Self::InvokeText | Self::InvokeEmbedding => {
                Box::new(others::Answer::new(limits))
            }
            _ => Box::new(stream::Stream::new(limits)),
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
