//! The body of a response, whatever it is, as it arrives.
//!
//! The contract: what the body *is* decides how it is read, and its header only where the body
//! cannot tell: events come without a content type, errors come as events, as text that is JSON
//! and as pages of proxies. Nothing is held but what the facts need.

use std::time::Duration;

use serde_json::Value;

use super::endpoint::{Endpoint, Kind};
use super::stream::StreamFacts;
use super::{assistants, chat, embeddings, error, media, responses};
use crate::text::truncate;
use crate::wire::facts::{ErrorFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object};
use crate::wire::framing::base64::Digest;
use crate::wire::framing::{json, tail};
use crate::wire::limits::{Limits, Text};

/// Text of an error is read no further.
const ERROR_TEXT_BYTES: usize = 16 << 10;

/// What is known before the body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head<'a> {
    pub(crate) status: u16,
    pub(crate) content_type: Option<&'a str>,
    /// Whether the request asked for a stream.
    pub(crate) stream_requested: bool,
}

/// How the body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All bytes came.
    Reached,
    /// The caller wanted no more, or the connection failed.
    Cut,
}

/// Reads a response's body.
#[derive(Debug)]
pub(crate) struct ResponseReader {
    kind: Kind,
    status: u16,
    media_type: String,
    stream_requested: bool,
    choices: Option<u64>,
    wants_gaps: bool,
    limits: Limits,
    body: Body,
    /// What came after a part that was not read.
    tail: Option<Tail>,
}

#[derive(Debug)]
struct Tail {
    bytes: Vec<u8>,
    has_one_choice: bool,
}

#[derive(Debug)]
enum Body {
    /// Nothing but white space so far.
    Blank,
    Json(Box<json::Reader>),
    Events(Box<StreamFacts>),
    /// Bytes of text; only as many as are needed.
    Text {
        kept: Vec<u8>,
        total: u64,
    },
    Binary(Box<Digest>),
}

impl ResponseReader {
    pub(crate) fn new(endpoint: &Endpoint, head: Head<'_>, limits: Limits) -> Self {
        let media_type = head.content_type.unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default();
        Self {
            kind: endpoint.kind(),
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

    /// Says how many choices were asked for, if that is known.
    pub(crate) fn with_choices(mut self, choices: Option<u64>) -> Self {
        self.choices = choices;
        self
    }

    /// Says whether somebody wants to know how long each chunk of a stream took.
    pub(crate) fn with_gaps(mut self, wanted: bool) -> Self {
        self.wants_gaps = wanted;
        self
    }

    /// Takes bytes that arrived `at` this time after the request was sent.
    pub(crate) fn push(&mut self, bytes: &[u8], at: Duration) {
        let mut bytes = bytes;
        if matches!(self.body, Body::Blank) {
            if !self.is_binary() {
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

    /// Goes on with the end of the body, after a part that was not read.
    pub(crate) fn skip_to(&mut self, mut bytes: Vec<u8>) {
        bytes.drain(..bytes.len().saturating_sub(tail::BYTES));
        if matches!(self.body, Body::Blank) {
            // Without its beginning, a body is what was asked for.
            let is_stream = self.stream_requested || self.media_type == "text/event-stream";
            self.body = self.body_of(if is_stream { b'd' } else { b'{' });
        }
        if let Body::Events(stream) = &mut self.body {
            stream.skip_to(&bytes);
        }
        self.tail = Some(Tail {
            bytes,
            has_one_choice: self.choices == Some(1),
        });
    }

    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the body is what the header says and no text.
    fn is_binary(&self) -> bool {
        let is_media = ["audio/", "image/", "video/"]
            .iter()
            .any(|family| self.media_type.starts_with(family));
        // Also sound that nobody declared.
        let is_speech = self.kind == Kind::Speech
            && !matches!(
                self.media_type.as_str(),
                "text/event-stream" | "application/json"
            );
        self.is_success() && (is_media || is_speech)
    }

    fn body_of(&self, first: u8) -> Body {
        let is_transcript = matches!(self.kind, Kind::Transcription | Kind::Translation);
        let is_text =
            self.media_type.starts_with("text/") && self.media_type != "text/event-stream";
        if self.is_binary() {
            Body::Binary(Box::default())
        } else if is_transcript && is_text && self.is_success() && !self.stream_requested {
            Body::text()
        } else if matches!(first, b'{' | b'[') {
            Body::Json(Box::new(json::Reader::new(self.limits)))
        } else if self.media_type == "text/event-stream"
            || self.stream_requested && self.is_success() && first != b'<'
        {
            let stream = StreamFacts::new(self.kind, self.limits);
            Body::Events(Box::new(stream.with_gaps(self.wants_gaps)))
        } else if first == b'"' || first == 0xEF {
            // A text, or a byte order mark.
            Body::Json(Box::new(json::Reader::new(self.limits)))
        } else {
            Body::text()
        }
    }

    fn stream(&self) -> Option<&StreamFacts> {
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

    /// How long each chunk of a stream took after the one before, if that was asked for.
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

    /// Objects of the Assistants API that a stream showed since the last time.
    pub(crate) fn take_shown(&mut self) -> Vec<(Duration, assistants::Shown)> {
        match &mut self.body {
            Body::Events(stream) => stream.take_shown(),
            _ => Vec::new(),
        }
    }

    /// Whether a stream said of itself that it is over.
    pub(crate) fn is_terminal(&self) -> bool {
        self.stream().is_some_and(StreamFacts::is_terminal)
    }

    pub(crate) fn finish(self, end: End) -> ResponseFacts {
        let reached = end == End::Reached;
        let failed = self.status >= 400;
        match self.body {
            Body::Json(reader) => {
                let mut parsed = reader.finish().without_half_a_count();
                if let Some(tail) = self.tail.filter(|_| reached) {
                    tail.complete(&mut parsed, self.kind);
                }
                match parsed.value {
                    Some(value) if failed => failure(error::of_body(value), parsed.complete),
                    Some(value) => facts(self.kind, value, parsed.complete),
                    None => without_content(failed, reached),
                }
            }
            Body::Events(stream) => {
                let mut facts = stream.finish(self.choices);
                if self.tail.is_some() && self.kind == Kind::Speech {
                    facts.output = None;
                }
                if failed {
                    facts.error.get_or_insert_default();
                }
                facts
            }
            Body::Text { kept, total } => {
                let text = String::from_utf8_lossy(&kept);
                if failed {
                    return failure(error::of_text(&text), reached);
                }
                let mut facts = without_content(false, reached);
                if matches!(self.kind, Kind::Transcription | Kind::Translation) {
                    facts.output = Some(transcript(&kept, total, self.limits).into());
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
    pub(crate) fn read(endpoint: &Endpoint, head: Head<'_>, body: &[u8], limits: Limits) -> Self {
        let mut reader = ResponseReader::new(endpoint, head, limits);
        reader.push(body, Duration::ZERO);
        reader.finish(End::Reached)
    }
}

impl Tail {
    /// Puts what stands at the end of a whole body to what was read of its beginning.
    fn complete(self, parsed: &mut json::Parsed, kind: Kind) {
        parsed.complete = true;
        let value = parsed
            .value
            .take()
            .unwrap_or_else(|| Value::Object(Object::new()));
        let Value::Object(mut fields) = value else {
            parsed.value = Some(value);
            return;
        };
        tail::put_members(&mut fields, tail::members(&self.bytes));
        if matches!(kind, Kind::Chat | Kind::Completions)
            && self.has_one_choice
            && let Some(reason) = tail::finish_reason(&self.bytes)
        {
            tail::put_finish_reason(&mut fields, reason);
        }
        parsed.value = Some(Value::Object(fields));
    }
}

impl Body {
    fn text() -> Self {
        Self::Text {
            kept: Vec::new(),
            total: 0,
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

/// Plain text, subtitles: the transcript itself.
fn transcript(kept: &[u8], total: u64, limits: Limits) -> String {
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

/// A whole answer.
fn facts(kind: Kind, body: Value, complete: bool) -> ResponseFacts {
    let mut facts = ResponseFacts {
        complete,
        ..ResponseFacts::default()
    };
    let Value::Object(mut fields) = body else {
        return facts;
    };
    match kind {
        Kind::Response | Kind::ResponseRetrieve | Kind::ResponseCancel | Kind::ResponseCompact => {
            responses::answer(fields, complete, &mut facts);
            return facts;
        }
        // An answer ends with why it ended.
        Kind::Chat | Kind::Completions => {
            let mut answer = chat::Answer::new(Limits::unbounded());
            answer.chunk(fields);
            return answer.finish(complete, None);
        }
        _ => facts.error = error::of_object(&mut fields),
    }
    match kind {
        Kind::ResponseInputTokens => responses::input_tokens(fields, &mut facts),
        Kind::ResponseInputItems
        | Kind::ConversationCreate
        | Kind::Conversation
        | Kind::ConversationItems => responses::conversation_response(fields, &mut facts),
        Kind::Embeddings => embeddings::response(fields, &mut facts),
        Kind::ImageGeneration | Kind::ImageEdit | Kind::ImageVariation => {
            media::images(fields, &mut facts);
        }
        Kind::Transcription | Kind::Translation => media::transcript(fields, &mut facts),
        Kind::Moderation => media::moderation(fields, &mut facts),
        Kind::Other => {}
        kind if kind.is_assistants() => {
            let shown = assistants::shown(fields).into_iter();
            facts.shown = shown.map(|shown| (Duration::ZERO, shown)).collect();
        }
        _ => facts.id = fields.id("id"),
    }
    facts
}
