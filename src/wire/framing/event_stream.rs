//! Amazon's binary event streams as they arrive.
//!
//! The contract: any split of the bytes gives the same events; of a message, only its prelude and its headers
//! are buffered, its payload is passed on as it arrives. Checksums are not verified, since the connection has
//! done that. Where lengths make no sense there are no messages: the rest is one event, because servers send
//! texts and JSON in place of a stream. Some services wrap their events as base64 in JSON, which is undone
//! here, so that the limits apply to the events themselves.

use flate2::Crc;

use super::{Sink, Splitter};
use crate::text::base64::Bits;

/// Two lengths and their checksum.
const PRELUDE_BYTES: usize = 12;
const CHECKSUM_BYTES: usize = 4;
/// The greatest lengths of a message and of its headers; the services' own limits are below.
const MESSAGE_BYTES: usize = 32 << 20;
const HEADER_BYTES: usize = 128 << 10;
/// What wraps an event, and the member that holds it.
const WRAPPER: &[u8] = b"chunk";
const WRAPPED: &[u8] = b"\"bytes\"";

/// Splits a stream of messages.
#[derive(Debug)]
pub(crate) struct MessageSplitter {
    state: State,
    /// The prelude, or the headers.
    buffer: Vec<u8>,
    /// The type of the event, or the name of the error.
    name: String,
    unwraps: bool,
    wrapped: Option<Wrapped>,
    has_data: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Prelude,
    /// Lengths of the headers and of what follows them.
    Headers(Lengths),
    Payload(usize),
    Checksum(usize),
    /// No messages at all.
    Foreign,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Lengths {
    headers: usize,
    payload: usize,
}

/// A splitter for a new stream.
pub(crate) fn splitter() -> Box<dyn Splitter> {
    Box::new(MessageSplitter::new(false))
}

/// A splitter for a new stream of wrapped events.
pub(crate) fn unwrapping_splitter() -> Box<dyn Splitter> {
    Box::new(MessageSplitter::new(true))
}

impl Lengths {
    /// What a prelude says, unless that makes no sense.
    fn of(prelude: &[u8]) -> Option<Self> {
        let number = |at: usize| {
            let bytes = prelude.get(at..)?.first_chunk::<4>()?;
            usize::try_from(u32::from_be_bytes(*bytes)).ok()
        };
        let (message, headers) = (number(0)?, number(4)?);
        let payload = message.checked_sub(PRELUDE_BYTES + CHECKSUM_BYTES)?;
        let payload = payload.checked_sub(headers)?;
        (message <= MESSAGE_BYTES && headers <= HEADER_BYTES).then_some(Self { headers, payload })
    }
}

impl Splitter for MessageSplitter {
    fn push(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = match self.state {
                State::Prelude => self.prelude(rest, sink),
                State::Headers(lengths) => self.headers(lengths, rest, sink),
                State::Payload(left) => {
                    let (piece, rest) = split(rest, left);
                    self.payload(piece, sink);
                    self.state = match left - piece.len() {
                        0 => State::Checksum(CHECKSUM_BYTES),
                        left => State::Payload(left),
                    };
                    rest
                }
                State::Checksum(left) => {
                    let (piece, rest) = split(rest, left);
                    self.state = State::Checksum(left - piece.len());
                    if left == piece.len() {
                        self.end(sink);
                        self.state = State::Prelude;
                    }
                    rest
                }
                State::Foreign => {
                    self.data(rest, sink);
                    &[]
                }
            };
        }
    }

    fn finish(&mut self, sink: &mut dyn Sink) {
        if self.state == State::Prelude && !self.buffer.is_empty() {
            let buffer = std::mem::take(&mut self.buffer);
            self.data(&buffer, sink);
        }
        self.end(sink);
    }

    /// A message is known by the checksum of its prelude.
    fn split_tail<'a>(&self, tail: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let preludes = tail.windows(PRELUDE_BYTES);
        let place = preludes
            .into_iter()
            .position(|prelude| Lengths::of(prelude).is_some() && has_checksum(prelude));
        tail.split_at(place.unwrap_or(tail.len()))
    }
}

/// The first bytes of a piece, as many as are left of what it belongs to.
fn split(piece: &[u8], left: usize) -> (&[u8], &[u8]) {
    piece.split_at(piece.len().min(left))
}

fn has_checksum(prelude: &[u8]) -> bool {
    let Some((lengths, checksum)) = prelude.split_last_chunk::<CHECKSUM_BYTES>() else {
        return false;
    };
    let mut expected = Crc::new();
    expected.update(lengths);
    expected.sum() == u32::from_be_bytes(*checksum)
}

impl MessageSplitter {
    fn new(unwraps: bool) -> Self {
        Self {
            state: State::Prelude,
            buffer: Vec::new(),
            name: String::new(),
            unwraps,
            wrapped: None,
            has_data: false,
        }
    }

    fn prelude<'a>(&mut self, bytes: &'a [u8], sink: &mut dyn Sink) -> &'a [u8] {
        let (piece, rest) = split(bytes, PRELUDE_BYTES - self.buffer.len());
        self.buffer.extend_from_slice(piece);
        if self.buffer.len() == PRELUDE_BYTES {
            let prelude = std::mem::take(&mut self.buffer);
            self.state = match Lengths::of(&prelude) {
                Some(lengths) => State::Headers(lengths),
                None => {
                    self.data(&prelude, sink);
                    State::Foreign
                }
            };
        }
        rest
    }

    fn headers<'a>(&mut self, lengths: Lengths, bytes: &'a [u8], sink: &mut dyn Sink) -> &'a [u8] {
        let (piece, rest) = split(bytes, lengths.headers - self.buffer.len());
        self.buffer.extend_from_slice(piece);
        if self.buffer.len() < lengths.headers {
            return rest;
        }
        let headers = Headers::of(&self.buffer);
        let (name, message) = headers.name_and_error();
        self.name = name.to_owned();
        self.wrapped = (self.unwraps && name.as_bytes() == WRAPPER).then(Wrapped::default);
        if let Some(message) = message {
            let data = serde_json::json!({"message": message}).to_string();
            self.buffer.clear();
            self.data(data.as_bytes(), sink);
        }
        self.buffer.clear();
        self.state = match lengths.payload {
            0 => State::Checksum(CHECKSUM_BYTES),
            payload => State::Payload(payload),
        };
        rest
    }

    fn payload(&mut self, piece: &[u8], sink: &mut dyn Sink) {
        match &mut self.wrapped {
            Some(wrapped) => {
                let event = wrapped.event(piece);
                self.data(&event, sink);
            }
            None => self.data(piece, sink),
        }
    }

    fn data(&mut self, data: &[u8], sink: &mut dyn Sink) {
        if !data.is_empty() {
            self.has_data = true;
            sink.data(data);
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        if std::mem::take(&mut self.has_data) {
            sink.end(&self.name);
        }
        self.name.clear();
        self.wrapped = None;
    }
}

/// The headers that are texts and that the framing itself knows.
#[derive(Debug, Default)]
struct Headers<'a> {
    message_type: &'a str,
    event_type: &'a str,
    exception_type: &'a str,
    error_code: &'a str,
    error_message: &'a str,
}

impl<'a> Headers<'a> {
    /// Those before the first that is not understood.
    fn of(mut bytes: &'a [u8]) -> Self {
        let mut headers = Self::default();
        while let Some((name, value, rest)) = header(bytes) {
            match name {
                b":message-type" => headers.message_type = value,
                b":event-type" => headers.event_type = value,
                b":exception-type" => headers.exception_type = value,
                b":error-code" => headers.error_code = value,
                b":error-message" => headers.error_message = value,
                _ => {}
            }
            bytes = rest;
        }
        headers
    }

    /// What the message is called, and its sentence if it is an error that has no payload.
    fn name_and_error(&self) -> (&'a str, Option<&'a str>) {
        match self.message_type {
            "exception" => (self.exception_type, None),
            "error" => (self.error_code, Some(self.error_message)),
            _ => (self.event_type, None),
        }
    }
}

/// The name of the first header, its value if that is a text, and the other headers.
fn header(bytes: &[u8]) -> Option<(&[u8], &str, &[u8])> {
    const BYTES: u8 = 6;
    const TEXT: u8 = 7;
    let (&length, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(length))?;
    let (&kind, rest) = rest.split_first()?;
    let (length, rest) = match kind {
        0 | 1 => (0, rest),
        2 => (1, rest),
        3 => (2, rest),
        4 => (4, rest),
        5 | 8 => (8, rest),
        9 => (16, rest),
        BYTES | TEXT => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(length)?;
    let text = str::from_utf8(value).ok().filter(|_| kind == TEXT);
    Some((name, text.unwrap_or_default(), rest))
}

/// An event as base64 in JSON.
#[derive(Debug)]
struct Wrapped {
    at: At,
    bits: Bits,
}

impl Default for Wrapped {
    fn default() -> Self {
        Self {
            at: At::Name(0),
            bits: Bits::default(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum At {
    /// In the name of the member, of which so many bytes are there.
    Name(usize),
    Colon,
    Value,
    End,
}

impl Wrapped {
    /// What a piece of the JSON holds of the event.
    fn event(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut event = Vec::new();
        let mut rest = piece;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            self.at = match self.at {
                At::Name(matched) => match WRAPPED.get(matched) == Some(&byte) {
                    true if matched + 1 == WRAPPED.len() => At::Colon,
                    true => At::Name(matched + 1),
                    // A quote may be the first of the name.
                    false => At::Name(usize::from(byte == b'"')),
                },
                At::Colon if byte == b'"' => At::Value,
                At::Colon if byte == b':' || byte.is_ascii_whitespace() => At::Colon,
                At::Colon => At::Name(0),
                At::Value if byte == b'"' => At::End,
                At::Value => {
                    let begun = piece
                        .get(piece.len() - after.len() - 1..)
                        .unwrap_or_default();
                    let length = begun.iter().position(|byte| *byte == b'"');
                    let (text, after) = begun.split_at(length.unwrap_or(begun.len()));
                    self.bits.decode(text, &mut event);
                    rest = after;
                    At::Value
                }
                At::End => return event,
            };
        }
        event
    }
}

#[cfg(test)]
pub(in crate::wire) mod tests;
