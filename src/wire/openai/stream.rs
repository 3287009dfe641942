//! A streamed answer as it arrives.
//!
//! The contract: any split of the bytes gives the same facts; the first token is the first
//! *content*, at the time at which its event arrived, not the role before it. Time is told by the
//! caller, nothing here looks at a clock.

use std::time::Duration;

use serde_json::Value;

use super::assistants::{self, Shown};
use super::chat::{self, Activity};
use super::endpoint::Kind;
use super::error;
use super::{media, responses, usage};
use crate::wire::facts::{ErrorFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object, into_object};
use crate::wire::framing::json;
use crate::wire::framing::sse::{Framing, Sink};
use crate::wire::framing::tail;
use crate::wire::limits::Limits;

/// As much of an event is kept as text, for events that are no JSON.
const HEAD_BYTES: usize = 1024;
/// Of so many chunks the time since the one before is kept.
const GAPS: usize = 1 << 16;

/// Puts a stream of events together.
#[derive(Debug)]
pub(crate) struct StreamFacts {
    kind: Kind,
    framing: Framing,
    events: Events,
    /// What came after a part that was not read.
    tail: Option<Box<Tail>>,
}

#[derive(Debug)]
struct Tail {
    events: StreamFacts,
    /// The end of the response in the event that the tail begins within.
    response: Option<Object>,
}

#[derive(Debug)]
struct Events {
    limits: Limits,
    assembler: Assembler,
    /// The event that is being read.
    data: json::Reader,
    head: Vec<u8>,
    data_at: Duration,
    /// When the bytes came that are being read.
    now: Duration,
    first_chunk_at: Option<Duration>,
    first_call_at: Option<Duration>,
    first_content_at: Option<Duration>,
    chunks: u64,
    /// When the last chunk came, and how long each took after the one before; `None` if nobody wants
    /// to know.
    gaps: Option<(Duration, Vec<Duration>)>,
    is_done: bool,
    error: Option<ErrorFacts>,
}

#[derive(Debug)]
enum Assembler {
    Chat(Box<chat::Answer>),
    Responses(Box<responses::Stream>),
    Media(Box<media::Stream>),
    Assistants(Box<assistants::Stream>),
    /// Counted and watched for errors only.
    Other,
}

impl StreamFacts {
    pub(crate) fn new(kind: Kind, limits: Limits) -> Self {
        let assembler = match kind {
            Kind::Chat | Kind::Completions => Assembler::Chat(Box::new(chat::Answer::new(limits))),
            Kind::Response | Kind::ResponseRetrieve | Kind::ResponseCompact => {
                Assembler::Responses(Box::new(responses::Stream::new(limits)))
            }
            Kind::ImageGeneration
            | Kind::ImageEdit
            | Kind::Speech
            | Kind::Transcription
            | Kind::Translation => Assembler::Media(Box::new(media::Stream::new(limits))),
            Kind::RunCreate | Kind::ThreadAndRun | Kind::RunSubmitToolOutputs => {
                Assembler::Assistants(Box::new(assistants::Stream::new(limits)))
            }
            _ => Assembler::Other,
        };
        Self {
            kind,
            framing: Framing::default(),
            tail: None,
            events: Events {
                limits,
                assembler,
                data: json::Reader::new(limits),
                head: Vec::new(),
                data_at: Duration::ZERO,
                now: Duration::ZERO,
                first_chunk_at: None,
                first_call_at: None,
                first_content_at: None,
                chunks: 0,
                gaps: None,
                is_done: false,
                error: None,
            },
        }
    }

    /// Keeps how long each chunk took, if that is wanted.
    pub(crate) fn with_gaps(mut self, wanted: bool) -> Self {
        self.events.gaps = wanted.then(Default::default);
        self
    }

    /// Takes bytes that arrived `at` this time after the request was sent.
    pub(crate) fn push(&mut self, bytes: &[u8], at: Duration) {
        self.events.now = at;
        self.framing.push(bytes, &mut self.events);
    }

    /// Goes on with the end of the stream, after a part that was not read.
    pub(crate) fn skip_to(&mut self, tail: &[u8]) {
        let (cut, whole) = tail::events(tail);
        let mut events = Self::new(self.kind, self.events.limits);
        events.push(whole, self.events.now);
        let response = match self.events.assembler {
            Assembler::Responses(_) => tail::response_members(cut),
            _ => None,
        };
        self.tail = Some(Box::new(Tail { events, response }));
    }

    /// When the first event with data arrived.
    pub(crate) fn first_chunk_at(&self) -> Option<Duration> {
        self.events.first_chunk_at
    }

    /// When the first content arrived: text, arguments, refusal, reasoning, sound.
    pub(crate) fn first_content_at(&self) -> Option<Duration> {
        self.events.first_content_at.or(self.events.first_call_at)
    }

    /// How many events with data arrived, without the one that only says that it is over; `None` if
    /// a part of them was not read.
    pub(crate) fn chunks(&self) -> Option<u64> {
        self.tail.is_none().then_some(self.events.chunks)
    }

    /// How long each chunk took after the one before, as far as all between them was read.
    pub(crate) fn take_gaps(&mut self) -> Vec<Duration> {
        let gaps = self.events.gaps.take();
        gaps.map(|(_, gaps)| gaps).unwrap_or_default()
    }

    /// Whether the stream said of itself that it is over.
    pub(crate) fn is_terminal(&self) -> bool {
        let of_tail = self.tail.as_ref();
        self.events.is_done
            || of_tail.is_some_and(|tail| tail.response.is_some() || tail.events.is_terminal())
            || match &self.events.assembler {
                Assembler::Chat(_) | Assembler::Other => false,
                Assembler::Responses(stream) => stream.is_over(),
                Assembler::Media(stream) => stream.is_over(),
                Assembler::Assistants(stream) => stream.is_over(),
            }
    }

    /// Objects of the Assistants API that were shown since the last time.
    pub(crate) fn take_shown(&mut self) -> Vec<(Duration, Shown)> {
        match &mut self.events.assembler {
            Assembler::Assistants(stream) => stream.take(),
            _ => Vec::new(),
        }
    }

    /// What is known when no more bytes come, for whatever reason. A stream without a last word is only
    /// over if as many `choices` ended as were asked for.
    pub(crate) fn finish(mut self, choices: Option<u64>) -> ResponseFacts {
        match self.tail.take() {
            Some(tail) => tail::joined(self.finish_read(choices), tail.finish(choices)),
            None => self.finish_read(choices),
        }
    }

    fn finish_read(mut self, choices: Option<u64>) -> ResponseFacts {
        self.framing.finish(&mut self.events);
        let is_done = self.events.is_done;
        let mut facts = match self.events.assembler {
            // Some vendors never say that it is over.
            Assembler::Chat(answer) => {
                let complete = is_done || answer.is_finished(choices) || answer.has_error();
                answer.finish(complete, choices)
            }
            Assembler::Responses(stream) => stream.finish(),
            Assembler::Media(stream) => stream.finish(),
            Assembler::Assistants(stream) => stream.finish(self.events.now),
            Assembler::Other => ResponseFacts {
                complete: is_done,
                ..ResponseFacts::default()
            },
        };
        facts.error = facts.error.or(self.events.error);
        facts
    }
}

impl Tail {
    fn finish(self, choices: Option<u64>) -> ResponseFacts {
        let mut facts = self.events.finish(choices);
        if let Some(mut response) = self.response {
            // Only the last event has counts, but how it ended stands before what was not read.
            facts = ResponseFacts {
                complete: true,
                error: facts.error,
                ..ResponseFacts::default()
            };
            if let Some(counts) = response.object("usage") {
                usage::read(counts, &mut facts);
            }
        }
        facts
    }
}

impl Sink for Events {
    fn data(&mut self, bytes: &[u8]) {
        self.data.push(bytes);
        let room = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend(bytes.iter().take(room));
        self.data_at = self.now;
    }

    fn end(&mut self, name: &str) {
        let data = std::mem::replace(&mut self.data, json::Reader::new(self.limits));
        let data = data.finish().without_half_a_count();
        let is_done = self.head.trim_ascii() == b"[DONE]";
        if is_done {
            self.is_done = true;
        } else {
            self.chunks += 1;
            self.first_chunk_at.get_or_insert(self.data_at);
            if let Some((last, gaps)) = &mut self.gaps {
                let before = std::mem::replace(last, self.data_at);
                if self.chunks > 1 && gaps.len() < GAPS {
                    gaps.push(self.data_at.saturating_sub(before));
                }
            }
            self.event(name, data.value);
        }
        self.head.clear();
    }
}

impl Events {
    fn event(&mut self, name: &str, data: Option<Value>) {
        let Some(mut fields) = data.and_then(into_object) else {
            if name == "error" {
                let text = String::from_utf8_lossy(&self.head).into_owned();
                self.error.get_or_insert_with(|| error::of_text(&text));
            }
            return;
        };
        // The name may stand only where the standard has it.
        if !name.is_empty() && !fields.contains_key("type") && !fields.contains_key("object") {
            fields.insert("type".into(), name.into());
        }
        let activity = match &mut self.assembler {
            Assembler::Chat(answer) => {
                let is_error = name == "error" || fields.peek("type") == Some("error");
                if is_error && !fields.contains_key("error") {
                    fields.insert("object".into(), "error".into());
                }
                answer.chunk(fields)
            }
            Assembler::Responses(stream) => stream.event(fields),
            Assembler::Media(stream) => stream.event(fields),
            Assembler::Assistants(stream) => stream.event(name, fields, self.data_at),
            Assembler::Other => {
                let error = if fields.peek("type") == Some("error") || name == "error" {
                    Some(error::of_fields(fields))
                } else {
                    error::of_object(&mut fields)
                };
                self.error = self.error.take().or(error);
                Activity::Nothing
            }
        };
        match activity {
            Activity::Nothing => {}
            Activity::Call => {
                self.first_call_at.get_or_insert(self.data_at);
            }
            Activity::Content => {
                self.first_content_at.get_or_insert(self.data_at);
            }
        }
    }
}
