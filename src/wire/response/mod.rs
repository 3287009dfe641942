//! Reads the body of a response as it arrives, whatever it is.
//!
//! The contract: what the body *is* decides how it is read; its header decides only where the body does
//! not: events come without a content type, errors come as events, as text that is JSON and as pages of
//! proxies. Only what the facts need is kept.

mod finish;

use std::time::Duration;

use super::dialect::{Dialect, Framing, ResponseHead};
use super::endpoint::Endpoint;
use super::facts::AssistantsObject;
#[cfg(test)]
use super::facts::ResponseFacts;
use super::framing::{json, sse, tail, values};
use super::inflate::{self, Inflate, Unpacks};
use super::limits::Limits;
use super::stream::StreamReader;
use crate::text::base64::Digest;

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
    /// How the body is compressed, unless it is gzip.
    encoding: Option<String>,
    /// The name of an error, where its body has none.
    error_type: Option<String>,
    stream_requested: bool,
    choices: Option<u64>,
    wants_gaps: bool,
    /// When the last bytes of a value came.
    value_at: Duration,
    /// Whether something that is no value follows the value.
    has_rest: bool,
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
    Compressed(Box<Inflate<ResponseReader>>),
    /// Compressed in a way that is not read.
    Sealed,
    Events(Box<StreamReader>),
    /// Bytes of text; only as many as are needed.
    Text {
        kept: Vec<u8>,
        total: u64,
    },
    Binary(Box<Digest>),
}

impl Unpacks for ResponseReader {
    fn push(&mut self, bytes: &[u8], at: Duration) {
        Self::push(self, bytes, at);
    }

    fn skip_rest(&mut self) {
        self.skip_to(Vec::new());
    }
}

impl ResponseReader {
    pub(crate) fn new(endpoint: &Endpoint, head: ResponseHead<'_>, limits: Limits) -> Self {
        let media_type = head.content_type.unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default();
        Self {
            dialect: endpoint.dialect(),
            status: head.status,
            media_type: media_type.trim().to_ascii_lowercase(),
            encoding: None,
            error_type: None,
            stream_requested: head.stream_requested || endpoint.is_stream,
            choices: None,
            wants_gaps: false,
            value_at: Duration::ZERO,
            has_rest: false,
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

    /// Sets how the body is compressed, if its client does not undo that.
    pub(crate) fn with_encoding(mut self, encoding: Option<&str>) -> Self {
        let encoding = encoding.map(|encoding| encoding.trim().to_ascii_lowercase());
        let is_read = |encoding: &str| matches!(encoding, "" | "identity" | "gzip" | "x-gzip");
        self.encoding = encoding.filter(|encoding| !is_read(encoding));
        self
    }

    /// Sets the name of an error, where the head of the response has one. What follows a colon or a semicolon
    /// is no part of it.
    pub(crate) fn with_error_type(mut self, name: Option<&str>) -> Self {
        let name = name.and_then(|name| name.split([':', ';']).next());
        self.error_type = name
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty());
        self
    }

    /// A reader of what this one's body is once it is unpacked.
    fn unpacked(&self) -> Self {
        Self {
            media_type: self.media_type.clone(),
            encoding: None,
            error_type: self.error_type.clone(),
            body: Body::Blank,
            tail: None,
            ..*self
        }
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
        let may_stream = self.may_stream() && !self.has_rest;
        match &mut self.body {
            Body::Blank | Body::Sealed => {}
            Body::Json(reader) => {
                let used = reader.push_value(bytes);
                let next = bytes.get(used..).unwrap_or_default().trim_ascii_start();
                // Where values follow each other, it is a stream of them.
                if may_stream && next.starts_with(b"{") && reader.is_done() {
                    let verbatim = self.dialect.verbatim();
                    let next_reader = json::Reader::new(self.limits).with_verbatim(verbatim);
                    let next_reader = Box::new(next_reader);
                    let mut first = std::mem::replace(reader, next_reader);
                    let media = first.take_media();
                    let first = first.finish();
                    let mut stream = StreamReader::new(self.dialect, sse::splitter, self.limits)
                        .with_gaps(self.wants_gaps);
                    stream.begin(first.value.unwrap_or_default(), media, self.value_at);
                    stream.push(next, at);
                    self.body = Body::Events(Box::new(stream));
                } else {
                    self.has_rest |= reader.is_done() && !next.is_empty();
                    if used > 0 {
                        self.value_at = at;
                    }
                }
            }
            Body::Compressed(compressed) => compressed.push(bytes, at),
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
            let streams_json = self.dialect.streams_json();
            let is_stream =
                self.media_type == "text/event-stream" || self.stream_requested && !streams_json;
            self.body = self.body_of(if is_stream { b'd' } else { b'{' });
        }
        match &mut self.body {
            Body::Events(stream) => stream.skip_to(&bytes),
            // What follows a gap cannot be unpacked.
            Body::Compressed(compressed) => compressed.skip(),
            _ => {}
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
            (None, b'{' | b'[') if self.may_stream() && self.dialect.streams_json() => {
                Framing::Stream(values::splitter)
            }
            (None, b'{' | b'[') => Framing::Json,
            (None, first) if is_events || is_stream && first != b'<' => {
                Framing::Stream(sse::splitter)
            }
            // A text, or a byte order mark.
            (None, b'"' | 0xEF) => Framing::Json,
            (None, _) => Framing::Text,
        }
    }

    /// Whether a value may be followed by others.
    fn may_stream(&self) -> bool {
        let is_lines = ["ndjson", "jsonl", "json-lines", "stream+json"]
            .iter()
            .any(|kind| self.media_type.ends_with(kind));
        self.head().is_success() && (self.stream_requested || is_lines)
    }

    fn body_of(&self, first: u8) -> Body {
        if self.encoding.is_some() {
            return Body::Sealed;
        }
        if first == inflate::FIRST_BYTE && !matches!(self.declared(), Some(Framing::Binary)) {
            return Body::Compressed(Box::new(Inflate::new(self.unpacked())));
        }
        match self.framing(first) {
            Framing::Json => {
                let reader = json::Reader::new(self.limits);
                Body::Json(Box::new(reader.with_verbatim(self.dialect.verbatim())))
            }
            Framing::Stream(splitter) => {
                let stream = StreamReader::new(self.dialect, splitter, self.limits);
                Body::Events(Box::new(stream.with_gaps(self.wants_gaps)))
            }
            Framing::Text => Body::Text {
                kept: Vec::new(),
                total: 0,
            },
            Framing::Binary => Body::Binary(Box::new(Digest::keeping(self.limits.medium_bytes))),
        }
    }

    fn stream(&self) -> Option<&StreamReader> {
        match &self.body {
            Body::Events(stream) => Some(stream),
            Body::Compressed(compressed) => compressed.reader()?.stream(),
            _ => None,
        }
    }

    fn stream_mut(&mut self) -> Option<&mut StreamReader> {
        match &mut self.body {
            Body::Events(stream) => Some(stream),
            Body::Compressed(compressed) => compressed.reader_mut()?.stream_mut(),
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
        let stream = self.stream_mut();
        stream.map(StreamReader::take_gaps).unwrap_or_default()
    }

    /// How many events of a stream arrived, if all of them were read.
    pub(crate) fn chunks(&self) -> Option<u64> {
        self.stream()?.chunks()
    }

    /// Takes the objects of the Assistants API that have arrived on a stream since the last call.
    pub(crate) fn take_objects(&mut self) -> Vec<(Duration, AssistantsObject)> {
        let stream = self.stream_mut();
        stream.map(StreamReader::take_objects).unwrap_or_default()
    }

    /// Whether a stream has declared its own end.
    pub(crate) fn is_terminal(&self) -> bool {
        self.stream().is_some_and(StreamReader::is_terminal)
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
