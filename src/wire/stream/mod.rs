//! Reads a streamed answer as it arrives.
//!
//! The contract: any split of the bytes gives the same facts; the first token is the first
//! *content*, at the time at which its event arrived, not the role before it. The caller passes the times;
//! nothing here looks at a clock.

mod joined;
mod words;

use std::time::Duration;

use serde_json::Value;

use super::dialect::{Activity, Assembler, Dialect, ErrorWatch, StreamEnd};
use super::error;
use super::facts::{AssistantsObject, ErrorFacts, ResponseFacts};
use super::fields::{Object, into_object};
use super::framing::json::Verbatim;
use super::framing::{Sink, Splitter, json};
use super::halves::Halves;
use super::limits::Limits;
use super::media::Media;
use super::{usage, verdict};
use joined::joined;
use words::{is_heartbeat, without_comments};

/// How much of an event that is not JSON is kept as text.
const HEAD_BYTES: usize = 1024;
/// Members that only an answer has, or an event that says of itself what it is, beside those that the dialect
/// expects.
const ANSWERS: [&str; 4] = ["choices", "object", "type", "usage"];
/// How many times between chunks are kept.
const GAPS: usize = 1 << 16;

/// Puts a stream of events together.
#[derive(Debug)]
pub(crate) struct StreamReader {
    dialect: &'static dyn Dialect,
    new_splitter: fn() -> Box<dyn Splitter>,
    splitter: Box<dyn Splitter>,
    events: Events,
    /// The beginning, as long as no event has come.
    head: Vec<u8>,
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
    verbatim: Verbatim,
    /// Members of an answer of this dialect.
    expected: &'static [&'static str],
    assembler: Box<dyn Assembler>,
    /// The event that is being read.
    data: json::Reader,
    head: Vec<u8>,
    /// What follows the value of the event.
    after: Vec<u8>,
    halves: Halves,
    media: Media,
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
    /// Whether the bytes have ended.
    is_ended: bool,
    has_unreadable: bool,
    /// The first event that could not be read.
    unreadable: String,
    odd: Option<ErrorFacts>,
}

impl StreamReader {
    pub(crate) fn new(
        dialect: &'static dyn Dialect,
        new_splitter: fn() -> Box<dyn Splitter>,
        limits: Limits,
    ) -> Self {
        let verbatim = dialect.verbatim();
        let assembler = dialect.assembler(limits);
        let assembler = assembler.unwrap_or_else(|| Box::new(ErrorWatch::default()));
        Self {
            dialect,
            new_splitter,
            splitter: new_splitter(),
            head: Vec::new(),
            tail: None,
            events: Events {
                limits,
                verbatim,
                expected: match dialect.expects() {
                    verdict::Expected::Members(members) => members,
                    _ => &[],
                },
                assembler,
                data: reader(limits, verbatim),
                head: Vec::new(),
                after: Vec::new(),
                halves: Halves::default(),
                media: Media::default(),
                data_at: Duration::ZERO,
                now: Duration::ZERO,
                first_chunk_at: None,
                first_call_at: None,
                first_content_at: None,
                chunks: 0,
                gaps: None,
                is_done: false,
                error: None,
                is_ended: false,
                has_unreadable: false,
                unreadable: String::new(),
                odd: None,
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
        if self.events.chunks == 0 {
            let room = HEAD_BYTES.saturating_sub(self.head.len());
            self.head.extend(bytes.iter().take(room));
        }
    }

    /// Takes an event that was read before it was known that there are several.
    pub(crate) fn begin(&mut self, event: Value, media: Media, at: Duration) {
        self.events.media.extend(media);
        self.events.now = at;
        self.events.data_at = at;
        self.events.value("", Some(event), true);
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

    /// The facts, once no more bytes come, and how the events went. A chat without an end marker is only complete if as many
    /// `choices` ended as were requested.
    pub(super) fn finish(
        mut self,
        choices: Option<u64>,
    ) -> (ResponseFacts, Option<verdict::Events>) {
        match self.tail.take() {
            Some(tail) => (
                joined(self.finish_read(choices).0, tail.finish(choices)),
                None,
            ),
            None => {
                let (facts, events) = self.finish_read(choices);
                (facts, Some(events))
            }
        }
    }

    fn finish_read(mut self, choices: Option<u64>) -> (ResponseFacts, verdict::Events) {
        self.events.is_ended = true;
        self.splitter.finish(&mut self.events);
        let mut facts = self.events.assembler.finish(StreamEnd {
            is_done: self.events.is_done,
            choices,
            at: self.events.now,
        });
        facts.error = facts.error.or(self.events.error);
        facts.media = self.events.media;
        let text = if self.events.has_unreadable {
            self.events.unreadable
        } else if self.events.is_done {
            String::new()
        } else {
            without_comments(&self.head)
        };
        let events = verdict::Events {
            count: self.events.chunks,
            has_unreadable: self.events.has_unreadable,
            text,
            odd: self.events.odd,
        };
        (facts, events)
    }
}

impl Tail {
    fn finish(self, choices: Option<u64>) -> ResponseFacts {
        let (facts, _) = self.events.finish(choices);
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
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.data.is_done() {
                rest = rest.trim_ascii_start();
                match rest.first() {
                    // Several values in one event are several events.
                    Some(b'{') if self.after.is_empty() => self.end_value(""),
                    _ => {
                        let room = HEAD_BYTES.saturating_sub(self.after.len());
                        self.after.extend(rest.iter().take(room));
                        break;
                    }
                }
            }
            let used = self.data.push_value(rest);
            let (value, next) = rest.split_at_checked(used).unwrap_or((rest, &[]));
            let room = HEAD_BYTES.saturating_sub(self.head.len());
            self.head.extend(value.iter().take(room));
            self.data_at = self.now;
            rest = next;
        }
        self.data_at = self.now;
    }

    fn end(&mut self, name: &str) {
        let is_done = |text: &[u8]| text.trim_ascii() == b"[DONE]";
        self.is_done |= is_done(&self.head) || is_done(&self.after);
        if is_done(&self.head) {
            self.data = self.new_data();
            self.head.clear();
        } else {
            self.end_value(name);
        }
        self.after.clear();
    }
}

/// A reader of one event.
fn reader(limits: Limits, verbatim: Verbatim) -> json::Reader {
    let reader = json::Reader::new(limits);
    reader.with_halves().with_verbatim(verbatim)
}

impl Events {
    fn new_data(&self) -> json::Reader {
        reader(self.limits, self.verbatim)
    }

    /// One value of an event is complete.
    fn end_value(&mut self, name: &str) {
        let next = self.new_data();
        let mut data = std::mem::replace(&mut self.data, next);
        self.media.extend(data.take_media());
        let (data, has_halves) = data.finish_with_halves();
        let mut data = usage::without_half(data);
        if let Some(value) = &mut data.value
            && (has_halves || self.halves.is_waiting())
        {
            self.halves.join(value);
        }
        self.value(name, data.value, data.complete);
        self.head.clear();
    }

    fn value(&mut self, name: &str, value: Option<Value>, complete: bool) {
        self.chunks += 1;
        self.first_chunk_at.get_or_insert(self.data_at);
        if let Some((last, gaps)) = &mut self.gaps {
            let before = std::mem::replace(last, self.data_at);
            if self.chunks > 1 && gaps.len() < GAPS {
                gaps.push(self.data_at.saturating_sub(before));
            }
        }
        self.event(name, value, complete);
    }

    fn event(&mut self, name: &str, data: Option<Value>, complete: bool) {
        let is_object = matches!(data, Some(Value::Object(_)));
        // What breaks off with the stream is known by that.
        let is_cut = self.is_ended && (is_object || self.head.starts_with(b"{"));
        let is_read = is_object && complete;
        if !(is_read || is_cut || is_heartbeat(name, &self.head)) {
            self.cannot_read(name);
        }
        let Some(mut fields) = data.and_then(into_object) else {
            return;
        };
        // Some servers name an event only in its framing.
        if !name.is_empty() && !fields.contains_key("type") && !fields.contains_key("object") {
            fields.insert("type".into(), name.into());
        }
        let may_be_odd = self.first_content_at.is_none() && self.odd.is_none();
        let is_known = |fields: &Object| {
            ANSWERS.iter().any(|key| fields.contains_key(*key))
                || verdict::is_answer(self.expected, fields)
        };
        if may_be_odd && !is_known(&fields) {
            self.odd = verdict::in_place_of_answer(&fields);
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

    fn cannot_read(&mut self, name: &str) {
        let text = String::from_utf8_lossy(&self.head);
        if name == "error" {
            self.error.get_or_insert_with(|| error::of_text(&text));
        } else if !self.has_unreadable {
            self.unreadable = text.into_owned();
            self.has_unreadable = true;
        }
    }
}
