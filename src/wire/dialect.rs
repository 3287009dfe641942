//! What an API has to provide so that its calls are read.
//!
//! A dialect is a folder beside this file. It has a function that recognises its calls by method,
//! address and headers (one line in the list of `recognise.rs`), and implements [`Dialect`] for its kinds
//! of calls: what they are, and what their bodies mean once they are put together from bytes. An answer
//! that comes in pieces is put together by an [`Assembler`]. A dialect may bring its own framing of streams
//! ([`Framing::Stream`]). Of an unknown call, nothing of the bodies is read.

use std::fmt;
use std::time::Duration;

use super::error;
use super::facts::{
    AssistantsEndpoint, AssistantsObject, ErrorFacts, RequestFacts, ResponseFacts, StoredAnswer,
};
use super::fields::{Fields, Object};
use super::framing::json::Verbatim;
use super::framing::{Splitter, tail};
use super::limits::Limits;
use super::verdict::Expected;

/// What is known of a response before its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResponseHead<'a> {
    pub(crate) status: u16,
    /// A [`Dialect`] sees it in lower case and without parameters.
    pub(crate) content_type: Option<&'a str>,
    /// Whether the request asked for a stream.
    pub(crate) stream_requested: bool,
}

impl ResponseHead<'_> {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// How the bytes of a response are put together.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Framing {
    /// One JSON value.
    Json,
    /// Events with a JSON object in each, which this splits.
    Stream(fn() -> Box<dyn Splitter>),
    Text,
    /// Sound, images: only size and hash are kept.
    Binary,
}

/// A request's body, put together from its bytes.
#[derive(Debug)]
pub(crate) struct RequestBody {
    pub(crate) fields: Object,
    /// Whether it was a form, where everything is text.
    pub(crate) is_form: bool,
}

/// What a kind of call is, and what its bodies mean.
pub(crate) trait Dialect: fmt::Debug + Send + Sync {
    /// The operation in the convention's word, if it has one.
    fn operation(&self) -> Option<&'static str> {
        None
    }

    /// The family of the API, where the conventions distinguish several.
    fn api_type(&self) -> Option<&'static str> {
        None
    }

    /// Whether a model works for this very call.
    fn is_inference(&self) -> bool {
        false
    }

    /// Whether the call is an operation of the caller's, and so a span.
    fn is_operation(&self) -> bool {
        true
    }

    fn assistants(&self) -> Option<AssistantsEndpoint> {
        None
    }

    fn stored_answer(&self) -> Option<StoredAnswer> {
        None
    }

    /// Whether anything of the bodies may be read.
    fn reads_bodies(&self) -> bool {
        true
    }

    /// The body of a request with a wish for token counts, if the API sends none otherwise and the request
    /// says nothing about them.
    fn body_with_usage(&self, _body: &[u8]) -> Option<Vec<u8>> {
        None
    }

    /// The body of a request with the context of a span, names with values, if the protocol has a place for it.
    fn body_with_context(&self, _body: &[u8], _context: &[(String, String)]) -> Option<Vec<u8>> {
        None
    }

    /// The parent of the call's span, as a `traceparent`, if the body of the request names it.
    fn parent_in(&self, _body: &[u8]) -> Option<String> {
        None
    }

    /// Objects that the model wrote, in bodies of either direction: they are read as texts, with their digits
    /// and the order of their members.
    fn verbatim(&self) -> Verbatim {
        &[]
    }

    /// Reads the body of a request into facts that already hold what its address says.
    fn request(&self, _body: RequestBody, _facts: &mut RequestFacts) {}

    /// How the response is put together, where content type and first byte do not decide that.
    fn framing(&self, _head: &ResponseHead<'_>) -> Option<Framing> {
        None
    }

    /// Whether a streamed answer is JSON without events around it: lines, or the elements of one array.
    fn streams_json(&self) -> bool {
        false
    }

    /// Whether plain text is the answer itself, as with transcripts.
    fn answers_in_text(&self) -> bool {
        false
    }

    /// What a success has to hold to be an answer.
    fn expects(&self) -> Expected {
        Expected::Anything
    }

    /// Whether a status says that the answer comes in another way.
    fn answers_later(&self, _status: u16) -> bool {
        false
    }

    /// Adds the end of a body whose middle was not read to its beginning.
    fn restore(&self, fields: &mut Object, end: &[u8], _choices: Option<u64>) {
        tail::put_members(fields, tail::members(end));
    }

    /// Reads a whole answer, which may not be `complete`.
    fn response(&self, mut fields: Object, complete: bool) -> ResponseFacts {
        ResponseFacts {
            error: error::of_object(&mut fields),
            complete,
            ..ResponseFacts::default()
        }
    }

    /// An assembler for a streamed answer; without one, a stream is only watched for errors.
    fn assembler(&self, _limits: Limits) -> Option<Box<dyn Assembler>> {
        None
    }
}

/// A call that no dialect recognises.
#[derive(Debug)]
pub(super) struct Unknown;

impl Dialect for Unknown {
    fn reads_bodies(&self) -> bool {
        false
    }
}

/// What an event has to do with the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Activity {
    /// Roles, ids, filters, counts.
    #[default]
    Nothing,
    /// A call was opened.
    Call,
    /// Text, arguments, refusal, reasoning, sound.
    Content,
}

/// What is known once no more events come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamEnd {
    /// Whether the stream ended with `[DONE]`, the end marker that many APIs share.
    pub(crate) is_done: bool,
    /// How many choices were requested.
    pub(crate) choices: Option<u64>,
    /// When the last bytes came, after the request was sent.
    pub(crate) at: Duration,
}

/// Puts a streamed answer together, event by event.
pub(crate) trait Assembler: fmt::Debug + Send {
    /// Takes an event that arrived `at` this time after the request was sent; `name` is empty where the
    /// framing has none.
    fn event(&mut self, name: &str, event: Object, at: Duration) -> Activity;

    /// Whether the stream has declared its own end.
    fn is_over(&self) -> bool {
        false
    }

    /// A part of the stream was not read.
    fn skip(&mut self) {}

    /// The facts of an event of which only the end was read.
    fn end_of_event(&self, _end: &[u8]) -> Option<ResponseFacts> {
        None
    }

    /// Takes the objects of the Assistants API that have arrived since the last call.
    fn take_objects(&mut self) -> Vec<(Duration, AssistantsObject)> {
        Vec::new()
    }

    /// Everything that was read. [`ResponseFacts::complete`] is `false` only if the format declares its
    /// end and has not done so.
    fn finish(self: Box<Self>, end: StreamEnd) -> ResponseFacts;
}

/// Watches for errors only.
#[derive(Debug, Default)]
pub(super) struct ErrorWatch {
    error: Option<ErrorFacts>,
}

impl Assembler for ErrorWatch {
    fn event(&mut self, name: &str, mut event: Object, _at: Duration) -> Activity {
        let error = if event.peek("type") == Some("error") || name == "error" {
            Some(error::of_fields(event))
        } else {
            error::of_object(&mut event)
        };
        self.error = self.error.take().or(error);
        Activity::Nothing
    }

    fn finish(self: Box<Self>, _end: StreamEnd) -> ResponseFacts {
        ResponseFacts {
            error: self.error,
            // What the end of such a stream is, is not known.
            complete: true,
            ..ResponseFacts::default()
        }
    }
}
