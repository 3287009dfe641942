//! Reads the body of a response as it arrives, whatever it is.
//!
//! The contract: what the body *is* decides how it is read; its header decides only where the body does
//! not: events come without a content type, errors come as events, as text that is JSON and as pages of
//! proxies. Only what the facts need is kept.

use std::time::Duration;

use serde_json::Value;

use super::dialect::{Dialect, Framing, ResponseHead};
use super::endpoint::Endpoint;
use super::facts::{AssistantsObject, ErrorFacts, ResponseFacts};
use super::fields::Object;
use super::framing::base64::Digest;
use super::framing::{json, sse, tail};
use super::limits::{Limits, Text};
use super::stream::StreamReader;
use super::{error, usage};
use crate::text::truncate;

/// Text of an error is read no further.
const ERROR_TEXT_BYTES: usize = 16 << 10;

/// How the body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyEnd {
    /// All bytes came.
    Reached,
    /// The caller wanted no more, or the connection failed.
    Cut,
}

/// Reads a response's body.
#[derive(Debug)]
pub(crate) struct ResponseReader {
    dialect: &'static dyn Dialect,
    status: u16,
    media_type: String,
    stream_requested: bool,
    choices: Option<u64>,
    wants_gaps: bool,
    limits: Limits,
    body: Body,
    /// The end of the body, after a part that was not read.
    tail: Option<Tail>,
}

#[derive(Debug)]
struct Tail {
    bytes: Vec<u8>,
    choices: Option<u64>,
}

#[derive(Debug)]
enum Body {
    /// Nothing but white space so far.
    Blank,
    Json(Box<json::Reader>),
    Events(Box<StreamReader>),
    /// Bytes of text; only as many as are needed.
    Text {
        kept: Vec<u8>,
        total: u64,
    },
    Binary(Box<Digest>),
}

impl ResponseReader {
    pub(crate) fn new(endpoint: &Endpoint, head: ResponseHead<'_>, limits: Limits) -> Self {
        let media_type = head.content_type.unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default();
        Self {
            dialect: endpoint.dialect(),
            status: head.status,
            media_type: media_type.trim().to_ascii_lowercase(),
            stream_requested: head.stream_requested,
            choices: None,
            wants_gaps: false,
            limits,
            body: Body::Blank,
            tail: None,
        }
    }

    /// Sets how many choices were requested, if that is known.
    pub(crate) fn with_choices(mut self, choices: Option<u64>) -> Self {
        self.choices = choices;
        self
    }

    /// Sets whether the times between the chunks of a stream are kept.
    pub(crate) fn with_gaps(mut self, wanted: bool) -> Self {
        self.wants_gaps = wanted;
        self
    }

    /// Takes bytes that arrived `at` this time after the request was sent.
    pub(crate) fn push(&mut self, bytes: &[u8], at: Duration) {
        let mut bytes = bytes;
        if matches!(self.body, Body::Blank) {
            if !matches!(self.declared(), Some(Framing::Binary)) {
                let blank = |byte: &u8| byte.is_ascii_whitespace();
                let start = bytes.iter().position(|byte| !blank(byte));
                bytes = bytes
                    .get(start.unwrap_or(bytes.len())..)
                    .unwrap_or_default();
            }
            let Some(&first) = bytes.first() else { return };
            self.body = self.body_of(first);
        }
        match &mut self.body {
            Body::Blank => {}
            Body::Json(reader) => reader.push(bytes),
            Body::Events(stream) => stream.push(bytes, at),
            Body::Binary(digest) => digest.push(bytes),
            Body::Text { kept, total } => {
                *total += bytes.len() as u64;
                let most = self.limits.field_bytes.max(ERROR_TEXT_BYTES);
                let room = most.saturating_sub(kept.len());
                kept.extend(bytes.iter().take(room));
            }
        }
    }

    /// Continues with the end of the body, after a part that was not read.
    pub(crate) fn skip_to(&mut self, mut bytes: Vec<u8>) {
        bytes.drain(..bytes.len().saturating_sub(tail::BYTES));
        if matches!(self.body, Body::Blank) {
            // Without its beginning, a body is taken for what was requested.
            let is_stream = self.stream_requested || self.media_type == "text/event-stream";
            self.body = self.body_of(if is_stream { b'd' } else { b'{' });
        }
        if let Body::Events(stream) = &mut self.body {
            stream.skip_to(&bytes);
        }
        self.tail = Some(Tail {
            bytes,
            choices: self.choices,
        });
    }

    fn head(&self) -> ResponseHead<'_> {
        ResponseHead {
            status: self.status,
            content_type: Some(self.media_type.as_str()),
            stream_requested: self.stream_requested,
        }
    }

    /// How the body is put together, where its header or the call decides that.
    fn declared(&self) -> Option<Framing> {
        let head = self.head();
        let is_media = ["audio/", "image/", "video/"]
            .iter()
            .any(|family| self.media_type.starts_with(family));
        if is_media && head.is_success() {
            return Some(Framing::Binary);
        }
        self.dialect.framing(&head)
    }

    /// How a body that begins with this byte is put together.
    fn framing(&self, first: u8) -> Framing {
        let is_events = self.media_type == "text/event-stream";
        let is_stream = self.stream_requested && self.head().is_success();
        match (self.declared(), first) {
            (Some(framing), _) => framing,
            (None, b'{' | b'[') => Framing::Json,
            (None, first) if is_events || is_stream && first != b'<' => {
                Framing::Stream(sse::splitter)
            }
            // A text, or a byte order mark.
            (None, b'"' | 0xEF) => Framing::Json,
            (None, _) => Framing::Text,
        }
    }

    fn body_of(&self, first: u8) -> Body {
        match self.framing(first) {
            Framing::Json => Body::Json(Box::new(json::Reader::new(self.limits))),
            Framing::Stream(splitter) => {
                let stream = StreamReader::new(self.dialect, splitter, self.limits);
                Body::Events(Box::new(stream.with_gaps(self.wants_gaps)))
            }
            Framing::Text => Body::Text {
                kept: Vec::new(),
                total: 0,
            },
            Framing::Binary => Body::Binary(Box::default()),
        }
    }

    fn stream(&self) -> Option<&StreamReader> {
        match &self.body {
            Body::Events(stream) => Some(stream),
            _ => None,
        }
    }

    /// Whether the body is a stream of events.
    pub(crate) fn is_stream(&self) -> bool {
        self.stream().is_some()
    }

    /// When the first event of a stream arrived.
    pub(crate) fn first_chunk_at(&self) -> Option<Duration> {
        self.stream()?.first_chunk_at()
    }

    /// When the first content of a stream arrived.
    pub(crate) fn first_content_at(&self) -> Option<Duration> {
        self.stream()?.first_content_at()
    }

    /// Takes the times between the chunks of a stream, if they were to be kept.
    pub(crate) fn take_gaps(&mut self) -> Vec<Duration> {
        match &mut self.body {
            Body::Events(stream) => stream.take_gaps(),
            _ => Vec::new(),
        }
    }

    /// How many events of a stream arrived, if all of them were read.
    pub(crate) fn chunks(&self) -> Option<u64> {
        self.stream()?.chunks()
    }

    /// Takes the objects of the Assistants API that have arrived on a stream since the last call.
    pub(crate) fn take_objects(&mut self) -> Vec<(Duration, AssistantsObject)> {
        match &mut self.body {
            Body::Events(stream) => stream.take_objects(),
            _ => Vec::new(),
        }
    }

    /// Whether a stream has declared its own end.
    pub(crate) fn is_terminal(&self) -> bool {
        self.stream().is_some_and(StreamReader::is_terminal)
    }

    pub(crate) fn finish(self, end: BodyEnd) -> ResponseFacts {
        let reached = end == BodyEnd::Reached;
        let failed = self.status >= 400;
        match self.body {
            Body::Json(reader) => {
                let mut parsed = usage::without_half(reader.finish());
                if let Some(tail) = self.tail.filter(|_| reached) {
                    tail.complete(&mut parsed, self.dialect);
                }
                let complete = parsed.complete;
                match parsed.value {
                    Some(value) if failed => failure(error::of_body(value), complete),
                    Some(Value::Object(fields)) => self.dialect.response(fields, complete),
                    Some(_) => without_content(false, complete),
                    None => without_content(failed, reached),
                }
            }
            Body::Events(stream) => {
                let mut facts = stream.finish(self.choices);
                if failed {
                    facts.error.get_or_insert_default();
                }
                facts
            }
            Body::Text { kept, .. } if failed => {
                failure(error::of_text(&String::from_utf8_lossy(&kept)), reached)
            }
            Body::Text { kept, total } => {
                let mut facts = without_content(false, reached);
                if self.dialect.answers_in_text() {
                    facts.output = Some(text(&kept, total, self.limits).into());
                }
                facts
            }
            Body::Binary(digest) => {
                let mut facts = without_content(failed, reached);
                let declared = Some(self.media_type.as_str())
                    .filter(|media_type| *media_type != "application/octet-stream");
                // Size and hash of a part are those of nothing.
                if self.tail.is_none() {
                    facts.output = Some(digest.finish(declared).to_string().into());
                }
                facts
            }
            Body::Blank => without_content(failed, reached),
        }
    }
}

#[cfg(test)]
impl ResponseFacts {
    /// Reads a body that is there as a whole.
    pub(crate) fn read(
        endpoint: &Endpoint,
        head: ResponseHead<'_>,
        body: &[u8],
        limits: Limits,
    ) -> Self {
        let mut reader = ResponseReader::new(endpoint, head, limits);
        reader.push(body, Duration::ZERO);
        reader.finish(BodyEnd::Reached)
    }
}

impl Tail {
    /// Adds the end of a body to what was read of its beginning.
    fn complete(self, parsed: &mut json::Parsed, dialect: &dyn Dialect) {
        parsed.complete = true;
        let value = parsed.value.get_or_insert_with(|| Object::new().into());
        if let Value::Object(fields) = value {
            dialect.restore(fields, &self.bytes, self.choices);
        }
    }
}

fn without_content(failed: bool, complete: bool) -> ResponseFacts {
    ResponseFacts {
        error: failed.then(ErrorFacts::default),
        complete,
        ..ResponseFacts::default()
    }
}

fn failure(error: ErrorFacts, complete: bool) -> ResponseFacts {
    ResponseFacts {
        error: Some(error),
        complete,
        ..ResponseFacts::default()
    }
}

/// Plain text that is the answer itself: a transcript, subtitles.
fn text(kept: &[u8], total: u64, limits: Limits) -> String {
    let whole = kept.len() as u64 == total;
    let mut text = Text::default();
    let valid = String::from_utf8_lossy(kept);
    text.push(valid.trim_end(), &mut limits.budget());
    if whole {
        return text.finish();
    }
    let mut text = truncate::head(&valid, limits.field_bytes).to_owned();
    truncate::mark(&mut text, total);
    text
}
