//! JSON as it arrives, in bounded memory.
//!
//! The contract: bytes in pieces of any size give the same tree as the whole, whatever the size
//! of the body; the tree is the one that `serde_json` would build, except that texts over the
//! limit are truncated, base64 and data URLs become markers, long arrays of numbers (vectors, token
//! ids) become their count, log probabilities are left out, and so is what no budget is left for.
//! A body that breaks off or is malformed gives what was complete until then. The trade-off: a
//! hand-written reader instead of `serde_json`, which needs the whole body in memory, copies all of it, and gives nothing for a body that breaks off.

mod counts;
mod parsed;
mod skip;
mod string;
mod token;
mod verbatim;

use std::mem;

use serde_json::{Map, Value};

use crate::wire::limits::{Budget, Limits};
use crate::wire::media::Media;
pub(crate) use counts::{count_of_elements, count_of_numbers};
use counts::{left_out, numbers};
pub(crate) use parsed::Parsed;
use skip::Skip;
use string::StringReader;
pub(crate) use string::half;
use token::{TOKEN_BYTES, is_token};
pub(crate) use verbatim::Verbatim;
use verbatim::VerbatimText;

/// What a value and its place cost beside its text.
const ENTRY_BYTES: usize = 64;
/// Deeper JSON is skipped, not refused.
const DEPTH: usize = 128;
/// What every field of the outermost object may cost even if nothing is left, so that `model` and
/// `usage` survive whatever precedes them.
const FIELD_GRANT: usize = 4096;
const GRANTED_FIELDS: usize = 128;
/// What every field of an object inside of that may cost, and so on, so that the flags beside a long schema
/// survive it.
const INNER_GRANT: usize = 256;
const INNER_DEPTH: usize = 3;
/// As many numbers in a row are still numbers, more are a vector.
const NUMBERS: u64 = 64;
/// Log probabilities stand beside every token: larger than the answer, and never recorded.
const LEFT_OUT_KEY: &str = "logprobs";

/// Reads one JSON value.
#[derive(Debug)]
pub(crate) struct Reader {
    budget: Budget,
    stack: Vec<Frame>,
    state: State,
    string: StringReader,
    /// Objects that are kept as they are written.
    verbatim: Verbatim,
    text: VerbatimText,
    token: Vec<u8>,
    fields: usize,
    inner_fields: usize,
    root: Option<Value>,
}

#[derive(Debug)]
enum Frame {
    Array(Array),
    Object {
        fields: Map<String, Value>,
        key: String,
    },
}

impl Frame {
    /// The member of an object that is being read.
    fn key(&self) -> &str {
        match self {
            Self::Object { key, .. } => key,
            Self::Array(_) => "",
        }
    }
}

#[derive(Debug, Default)]
struct Array {
    items: Vec<Value>,
    numbers: u64,
    mixed: bool,
    left_out: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    String { is_key: bool },
    Token,
    Skip(Skip),
    Verbatim(Skip),
    Done,
    Failed,
}

/// Reads a whole body.
#[cfg(test)]
pub(crate) fn read(bytes: &[u8], limits: Limits) -> Parsed {
    let mut reader = Reader::new(limits);
    reader.push(bytes);
    reader.finish()
}

impl Reader {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            budget: limits.budget(),
            stack: Vec::new(),
            state: State::Value,
            string: StringReader::default(),
            verbatim: &[],
            text: VerbatimText::default(),
            token: Vec::new(),
            fields: 0,
            inner_fields: 0,
            root: None,
        }
    }

    /// Marks halves of characters that lack the other half, see [`string::half`].
    pub(crate) fn with_halves(mut self) -> Self {
        self.string.marks_halves = true;
        self
    }

    /// Keeps some objects as they are written.
    pub(crate) fn with_verbatim(mut self, verbatim: Verbatim) -> Self {
        self.verbatim = verbatim;
        self
    }

    /// Takes the media that were kept.
    pub(crate) fn take_media(&mut self) -> Media {
        self.budget.take_media()
    }

    /// Whether the value was closed.
    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.push_value(bytes);
    }

    /// Takes bytes up to the end of the value, and returns how many that were.
    pub(crate) fn push_value(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while let Some(&byte) = rest.first() {
            let used = match &mut self.state {
                State::Done => return bytes.len() - rest.len(),
                State::Failed => return bytes.len(),
                State::String { is_key } => {
                    let is_key = *is_key;
                    match self.string.push(rest, &mut self.budget) {
                        Some(used) => {
                            self.end_string(is_key);
                            used
                        }
                        None => rest.len(),
                    }
                }
                State::Skip(skip) => match skip.push(rest) {
                    Some(used) => {
                        self.state = self.after_value();
                        used
                    }
                    None => rest.len(),
                },
                State::Verbatim(skip) => {
                    let used = skip.push(rest);
                    let piece = rest.get(..used.unwrap_or(rest.len())).unwrap_or_default();
                    self.text.push(piece, &mut self.budget);
                    if used.is_some() {
                        self.end_verbatim();
                    }
                    piece.len()
                }
                State::Token if is_token(byte) => {
                    let run = rest.iter().position(|byte| !is_token(*byte));
                    let run = rest.get(..run.unwrap_or(rest.len())).unwrap_or_default();
                    let room = TOKEN_BYTES.saturating_sub(self.token.len());
                    let kept = run.get(..room).unwrap_or(run);
                    self.token.extend_from_slice(kept);
                    run.len()
                }
                State::Token => {
                    self.end_token();
                    0
                }
                state => {
                    let state = *state;
                    self.structure(state, byte);
                    1
                }
            };
            rest = rest.get(used..).unwrap_or_default();
        }
        bytes.len()
    }

    /// What was read, also if it broke off, and whether there are halves of characters in it.
    pub(crate) fn finish_with_halves(mut self) -> (Parsed, bool) {
        let parsed = self.end();
        (parsed, self.string.has_halves)
    }

    /// What was read, also if it broke off.
    pub(crate) fn finish(mut self) -> Parsed {
        self.end()
    }

    fn end(&mut self) -> Parsed {
        match self.state {
            State::Token if self.stack.is_empty() => self.end_token(),
            State::String { is_key: false } => self.end_string(false),
            State::Verbatim(_) => self.end_verbatim(),
            _ => {}
        }
        let complete = self.state == State::Done;
        let open = match self.stack.first() {
            Some(Frame::Object { key, .. }) if !key.is_empty() => Some(key.clone()),
            _ => None,
        };
        while !self.stack.is_empty() {
            self.close();
        }
        Parsed {
            value: self.root.take(),
            complete,
            open,
        }
    }

    fn structure(&mut self, state: State, byte: u8) {
        match (state, byte) {
            (_, b' ' | b'\t' | b'\r' | b'\n') => {}
            // A byte order mark.
            (State::Value, 0xEF | 0xBB | 0xBF) if self.stack.is_empty() => {}
            (State::Value | State::ValueOrEnd, b'{') => self.open(Frame::Object {
                fields: Map::new(),
                key: String::new(),
            }),
            (State::Value | State::ValueOrEnd, b'[') => self.open(Frame::Array(Array::default())),
            (State::Value | State::ValueOrEnd, b'"') => {
                let key = match self.stack.as_slice() {
                    // An element is named as its list.
                    [.., around, Frame::Array(_)] => around.key(),
                    [.., object] => object.key(),
                    [] => "",
                };
                self.string.start_value(key);
                self.state = State::String { is_key: false };
            }
            (State::Value | State::ValueOrEnd, byte) if is_token(byte) => {
                self.token.clear();
                self.token.push(byte);
                self.state = State::Token;
            }
            (State::Key | State::KeyOrEnd, b'"') => {
                self.string.start_key();
                self.state = State::String { is_key: true };
            }
            (State::Colon, b':') => {
                if self.stack.len() == 1 && self.fields < GRANTED_FIELDS {
                    self.fields += 1;
                    self.budget.grant(FIELD_GRANT);
                } else if self.is_shallow() && self.inner_fields < GRANTED_FIELDS {
                    self.inner_fields += 1;
                    self.budget.grant(INNER_GRANT);
                }
                self.state = State::Value;
            }
            (State::CommaOrEnd, b',') => {
                self.state = match self.stack.last() {
                    Some(Frame::Object { .. }) => State::Key,
                    _ => State::Value,
                };
            }
            (State::ValueOrEnd, b']') | (State::KeyOrEnd, b'}') => self.close(),
            (State::CommaOrEnd, b']' | b'}')
                if (byte == b']') == matches!(self.stack.last(), Some(Frame::Array(_))) =>
            {
                self.close();
            }
            _ => self.state = State::Failed,
        }
    }

    /// Whether there are few objects around this place, and nothing else.
    fn is_shallow(&self) -> bool {
        let is_object = |frame: &Frame| matches!(frame, Frame::Object { .. });
        self.stack.len() <= INNER_DEPTH && self.stack.iter().all(is_object)
    }

    fn open(&mut self, frame: Frame) {
        if let Some(Frame::Array(array)) = self.stack.last_mut() {
            array.mixed = true;
        }
        let stand_in = match self.stack.last() {
            Some(Frame::Object { key, .. }) if key == LEFT_OUT_KEY => Some(Value::Null),
            _ if self.stack.len() >= DEPTH => Some("<nested too deeply>".into()),
            _ => None,
        };
        if self.is_verbatim(&frame) {
            self.text.push(b"{", &mut self.budget);
            self.state = State::Verbatim(Skip::new());
            return;
        }
        if let Some(stand_in) = stand_in {
            self.put(stand_in);
        } else if self.pay() {
            self.state = match frame {
                Frame::Array(_) => State::ValueOrEnd,
                Frame::Object { .. } => State::KeyOrEnd,
            };
            self.stack.push(frame);
            return;
        } else {
            self.leave_out();
        }
        self.state = State::Skip(Skip::new());
    }

    fn is_verbatim(&self, frame: &Frame) -> bool {
        let [outermost, .., own] = self.stack.as_slice() else {
            return false;
        };
        matches!(frame, Frame::Object { .. })
            && self.verbatim.contains(&(outermost.key(), own.key()))
    }

    fn end_verbatim(&mut self) {
        let text = self.text.take();
        self.put(Value::String(text));
    }

    fn close(&mut self) {
        let value = match self.stack.pop() {
            Some(Frame::Array(mut array)) => {
                if !array.mixed && array.numbers > NUMBERS {
                    // What the first numbers cost is free again.
                    self.budget.refund(array.items.len() * ENTRY_BYTES);
                    numbers(array.numbers)
                } else {
                    if array.left_out > 0 {
                        array.items.push(left_out(array.left_out));
                    }
                    Value::Array(array.items)
                }
            }
            Some(Frame::Object { fields, .. }) => Value::Object(fields),
            None => return,
        };
        self.place(value);
    }

    fn end_string(&mut self, is_key: bool) {
        if let Some(Frame::Array(array)) = self.stack.last_mut() {
            array.mixed = true;
        }
        let text = self.string.finish(&mut self.budget);
        if !is_key {
            self.put(Value::String(text));
        } else if let Some(Frame::Object { key, .. }) = self.stack.last_mut() {
            *key = text;
            self.state = State::Colon;
        }
    }

    /// Pays for a value and its key.
    fn pay(&mut self) -> bool {
        let key = self.stack.last().map_or("", Frame::key).len();
        self.stack.is_empty() || self.budget.affords(ENTRY_BYTES + key)
    }

    fn put(&mut self, value: Value) {
        if self.pay() {
            self.place(value);
        } else {
            self.leave_out();
        }
    }

    fn leave_out(&mut self) {
        if let Some(Frame::Array(array)) = self.stack.last_mut() {
            array.left_out += 1;
        }
        self.state = self.after_value();
    }

    fn place(&mut self, value: Value) {
        match self.stack.last_mut() {
            Some(Frame::Array(array)) => array.items.push(value),
            Some(Frame::Object { fields, key }) => {
                fields.insert(mem::take(key), value);
            }
            None => self.root = Some(value),
        }
        self.state = self.after_value();
    }

    fn after_value(&self) -> State {
        if self.stack.is_empty() {
            State::Done
        } else {
            State::CommaOrEnd
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
