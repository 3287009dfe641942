//! Reads a streamed answer as it arrives.
//!
//! The contract: any split of the bytes gives the same facts; the first token is the first
//! *content*, at the time at which its event arrived, not the role before it. The caller passes the times;
//! nothing here looks at a clock.

use std::time::Duration;

use serde_json::Value;

use super::dialect::{Activity, Assembler, Dialect, ErrorWatch, StreamEnd};
use super::error;
use super::facts::{AssistantsObject, ErrorFacts, ResponseFacts};
use super::fields::into_object;
use super::framing::{Sink, Splitter, json};
use super::limits::Limits;
use super::usage;

/// How much of an event that is not JSON is kept as text.
const HEAD_BYTES: usize = 1024;
/// How many times between chunks are kept.
const GAPS: usize = 1 << 16;

/// Puts a stream of events together.
#[derive(Debug)]
pub(crate) struct StreamReader {
    dialect: &'static dyn Dialect,
    new_splitter: fn() -> Box<dyn Splitter>,
    splitter: Box<dyn Splitter>,
    events: Events,
    /// The end of the stream, after a part that was not read.
    tail: Option<Box<Tail>>,
}

#[derive(Debug)]
struct Tail {
    events: StreamReader,
    /// The facts of the event in which the tail begins, if its end holds any.
    last: Option<ResponseFacts>,
}

#[derive(Debug)]
struct Events {
    limits: Limits,
    assembler: Box<dyn Assembler>,
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
    /// When the last chunk came, and the times between chunks; `None` if they are not wanted.
    gaps: Option<(Duration, Vec<Duration>)>,
    is_done: bool,
    error: Option<ErrorFacts>,
}

impl StreamReader {
    pub(crate) fn new(
        dialect: &'static dyn Dialect,
        new_splitter: fn() -> Box<dyn Splitter>,
        limits: Limits,
    ) -> Self {
        let assembler = dialect.assembler(limits);
        let assembler = assembler.unwrap_or_else(|| Box::new(ErrorWatch::default()));
        Self {
            dialect,
            new_splitter,
            splitter: new_splitter(),
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

    /// Keeps the times between chunks, if they are wanted.
    pub(crate) fn with_gaps(mut self, wanted: bool) -> Self {
        self.events.gaps = wanted.then(Default::default);
        self
    }

    /// Takes bytes that arrived `at` this time after the request was sent.
    pub(crate) fn push(&mut self, bytes: &[u8], at: Duration) {
        self.events.now = at;
        self.splitter.push(bytes, &mut self.events);
    }

    /// Continues with the end of the stream, after a part that was not read.
    pub(crate) fn skip_to(&mut self, tail: &[u8]) {
        let (rest, whole) = self.splitter.split_tail(tail);
        let mut events = Self::new(self.dialect, self.new_splitter, self.events.limits);
        events.events.assembler.skip();
        events.push(whole, self.events.now);
        let assembler = &mut self.events.assembler;
        assembler.skip();
        let last = assembler.end_of_event(rest);
        self.tail = Some(Box::new(Tail { events, last }));
    }

    /// When the first event with data arrived.
    pub(crate) fn first_chunk_at(&self) -> Option<Duration> {
        self.events.first_chunk_at
    }

    /// When the first content arrived: text, arguments, refusal, reasoning, sound.
    pub(crate) fn first_content_at(&self) -> Option<Duration> {
        self.events.first_content_at.or(self.events.first_call_at)
    }

    /// How many events with data arrived, without the end marker; `None` if some were not read.
    pub(crate) fn chunks(&self) -> Option<u64> {
        self.tail.is_none().then_some(self.events.chunks)
    }

    /// Takes the times between chunks, as far as everything between them was read.
    pub(crate) fn take_gaps(&mut self) -> Vec<Duration> {
        let gaps = self.events.gaps.take();
        gaps.map(|(_, gaps)| gaps).unwrap_or_default()
    }

    /// Whether the stream has declared its own end.
    pub(crate) fn is_terminal(&self) -> bool {
        let of_tail = self.tail.as_ref();
        self.events.is_done
            || of_tail.is_some_and(|tail| tail.last.is_some() || tail.events.is_terminal())
            || self.events.assembler.is_over()
    }

    /// Takes the objects of the Assistants API that have arrived since the last call.
    pub(crate) fn take_objects(&mut self) -> Vec<(Duration, AssistantsObject)> {
        self.events.assembler.take_objects()
    }

    /// The facts, once no more bytes come. A chat without an end marker is only complete if as many
    /// `choices` ended as were requested.
    pub(crate) fn finish(mut self, choices: Option<u64>) -> ResponseFacts {
        match self.tail.take() {
            Some(tail) => joined(self.finish_read(choices), tail.finish(choices)),
            None => self.finish_read(choices),
        }
    }

    fn finish_read(mut self, choices: Option<u64>) -> ResponseFacts {
        self.splitter.finish(&mut self.events);
        let mut facts = self.events.assembler.finish(StreamEnd {
            is_done: self.events.is_done,
            choices,
            at: self.events.now,
        });
        facts.error = facts.error.or(self.events.error);
        facts
    }
}

impl Tail {
    fn finish(self, choices: Option<u64>) -> ResponseFacts {
        let facts = self.events.finish(choices);
        match self.last {
            Some(last) => ResponseFacts {
                error: facts.error,
                ..last
            },
            None => facts,
        }
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
        let data = usage::without_half(data.finish());
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
        // Some servers name an event only in its framing.
        if !name.is_empty() && !fields.contains_key("type") && !fields.contains_key("object") {
            fields.insert("type".into(), name.into());
        }
        match self.assembler.event(name, fields, self.data_at) {
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

/// Facts of a stream's beginning, with those of its end.
fn joined(mut read: ResponseFacts, end: ResponseFacts) -> ResponseFacts {
    // The last event of some streams repeats all that came before.
    if end.complete && end.status.is_some() && !end.messages.is_empty() {
        return ResponseFacts {
            error: read.error.or(end.error),
            ..end
        };
    }
    let has_same_choices = read.messages.len() == end.messages.len();
    let reasons = end.messages.into_iter().map(|one| one.finish_reason);
    let reasons = reasons
        .filter(|_| has_same_choices)
        .chain([None].into_iter().cycle());
    for (message, reason) in read.messages.iter_mut().zip(reasons) {
        message.finish_reason = reason;
    }
    if end.usage.is_some() {
        read.usage = end.usage;
        read.usage_details = end.usage_details;
    }
    ResponseFacts {
        id: read.id.or(end.id),
        model: read.model.or(end.model),
        status: end.status,
        incomplete_reason: end.incomplete_reason,
        finish_reasons: end.finish_reasons,
        cost: end.cost.or(read.cost),
        service_tier: end.service_tier.or(read.service_tier),
        system_fingerprint: end.system_fingerprint.or(read.system_fingerprint),
        output: read.output.or(end.output),
        error: read.error.or(end.error),
        complete: end.complete,
        ..read
    }
}
