//! One JSON string as it arrives: unescaped, truncated at the limit, with inline bytes replaced by a marker.
//!
//! The contract: what comes out depends on the string and its key only, never on how it was split.
//! The first few kilobytes are therefore always buffered, whatever the limits: only then is it known
//! whether the string is text, which is truncated, or bytes, which are hashed to the end.

use memchr::memchr2;

use crate::text::base64::{self, Decoder, Marker};
use crate::text::truncate;
use crate::wire::limits::Budget;

/// What distinguishes text from bytes.
const HELD_BYTES: usize = 4096;
const KEY_BYTES: usize = 256;
/// Fields that hold base64 and nothing else.
const BINARY_KEYS: &[&str] = &[
    "b64_json",
    "encrypted_content",
    "file_data",
    "partial_image_b64",
];
/// Fields that may hold base64; short values are left to those who know the object.
const SOMETIMES_BINARY_KEYS: &[&str] = &[
    "audio",
    "bytes",
    "data",
    "embedding",
    "image",
    "images",
    "result",
    "signature",
    "thought_signature",
];
/// Fields whose bytes are no medium: they are never kept.
const SEALED_KEYS: &[&str] = &[
    "embedding",
    "encrypted_content",
    "signature",
    "thought_signature",
];
const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

#[derive(Debug, Default)]
pub(super) struct StringReader {
    bytes: Vec<u8>,
    total: u64,
    is_key: bool,
    binary: Binary,
    /// Whether the bytes in it cannot be a medium.
    is_sealed: bool,
    held: bool,
    paid: bool,
    escape: Escape,
    high_surrogate: Option<u32>,
    decoder: Option<Box<Decoder>>,
    /// Whether all that went into the decoder was base64.
    decoded: bool,
    /// Whether a half of a character becomes its mark, and whether one did.
    pub(super) marks_halves: bool,
    pub(super) has_halves: bool,
}

/// The mark of a surrogate that lacks its other half, and the surrogate that a mark stands for: texts of
/// streams are cut within a character where a server counts in UTF-16. The marks are characters for private
/// use and mean nothing unless [`super::Reader::finish_with_halves`] says so.
pub(crate) mod half {
    const MARKS: u32 = 0x10_0000;

    pub(super) fn mark(surrogate: u32) -> Option<char> {
        (0xD800..0xE000)
            .contains(&surrogate)
            .then(|| char::from_u32(MARKS + surrogate))
            .flatten()
    }

    pub(crate) fn of(mark: char) -> Option<u32> {
        let surrogate = u32::from(mark).checked_sub(MARKS)?;
        (0xD800..0xE000).contains(&surrogate).then_some(surrogate)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Binary {
    #[default]
    No,
    Sometimes,
    Always,
}

#[derive(Clone, Copy, Debug, Default)]
enum Escape {
    #[default]
    None,
    Begun,
    Hex {
        digits: u8,
        code: u32,
    },
}

impl StringReader {
    pub(super) fn start_key(&mut self) {
        *self = Self {
            is_key: true,
            marks_halves: self.marks_halves,
            has_halves: self.has_halves,
            ..Self::default()
        };
    }

    pub(super) fn start_value(&mut self, key: &str) {
        let binary = if BINARY_KEYS.contains(&key) {
            Binary::Always
        } else if SOMETIMES_BINARY_KEYS.contains(&key) {
            Binary::Sometimes
        } else {
            Binary::No
        };
        *self = Self {
            binary,
            is_sealed: SEALED_KEYS.contains(&key),
            marks_halves: self.marks_halves,
            has_halves: self.has_halves,
            ..Self::default()
        };
    }

    /// How many bytes were used, if the string ended among them.
    pub(super) fn push(&mut self, bytes: &[u8], budget: &mut Budget) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match self.escape {
                Escape::None => {
                    let rest = bytes.get(at..).unwrap_or_default();
                    let run = memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
                    if let Some(run) = rest.get(..run).filter(|run| !run.is_empty()) {
                        self.end_surrogate(budget);
                        self.append(run, budget);
                    }
                    at += run;
                    match rest.get(run) {
                        Some(b'"') => return Some(at + 1),
                        Some(_) => {
                            self.escape = Escape::Begun;
                            at += 1;
                        }
                        None => {}
                    }
                }
                Escape::Begun => {
                    at += 1;
                    self.escape = Escape::None;
                    let byte = match byte {
                        b'u' => {
                            self.escape = Escape::Hex { digits: 0, code: 0 };
                            continue;
                        }
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'b' => 8,
                        b'f' => 12,
                        other => other,
                    };
                    self.end_surrogate(budget);
                    self.append(&[byte], budget);
                }
                Escape::Hex { digits, code } => match char::from(byte).to_digit(16) {
                    Some(digit) => {
                        at += 1;
                        let code = code << 4 | digit;
                        if digits < 3 {
                            let digits = digits + 1;
                            self.escape = Escape::Hex { digits, code };
                        } else {
                            self.escape = Escape::None;
                            self.code_unit(code, budget);
                        }
                    }
                    // Not JSON; what follows is read as text.
                    None => {
                        self.escape = Escape::None;
                        self.end_surrogate(budget);
                        self.append(REPLACEMENT, budget);
                    }
                },
            }
        }
        None
    }

    fn code_unit(&mut self, code: u32, budget: &mut Budget) {
        let code = match (self.high_surrogate.take(), code) {
            (Some(high), 0xDC00..=0xDFFF) => 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00),
            (high, _) => {
                self.high_surrogate = high;
                self.end_surrogate(budget);
                if (0xD800..0xDC00).contains(&code) {
                    self.high_surrogate = Some(code);
                    return;
                }
                code
            }
        };
        match char::from_u32(code) {
            Some(character) => {
                self.append(character.encode_utf8(&mut [0; 4]).as_bytes(), budget);
            }
            None => self.append_half(code, budget),
        }
    }

    /// A surrogate that lacks its other half is no character.
    fn end_surrogate(&mut self, budget: &mut Budget) {
        if let Some(high) = self.high_surrogate.take() {
            self.append_half(high, budget);
        }
    }

    fn append_half(&mut self, surrogate: u32, budget: &mut Budget) {
        let mark = half::mark(surrogate).filter(|_| self.marks_halves && !self.is_key);
        self.has_halves |= mark.is_some();
        let character = mark.unwrap_or(char::REPLACEMENT_CHARACTER);
        self.append(character.encode_utf8(&mut [0; 4]).as_bytes(), budget);
    }

    fn append(&mut self, piece: &[u8], budget: &mut Budget) {
        self.total += piece.len() as u64;
        if self.is_key {
            let room = KEY_BYTES.saturating_sub(self.bytes.len());
            let piece = piece.get(..room).unwrap_or(piece);
            self.bytes.extend_from_slice(piece);
            return;
        }
        let mut piece = piece;
        if !self.held {
            let (first, rest) = piece.split_at(piece.len().min(HELD_BYTES - self.bytes.len()));
            self.bytes.extend_from_slice(first);
            piece = rest;
            if self.bytes.len() < HELD_BYTES {
                return;
            }
            self.decide(budget);
        }
        if let Some(decoder) = &mut self.decoder {
            self.decoded &= decoder.push(piece);
        } else if self.is_whole(piece.len()) {
            let room = budget.room(self.bytes.len()).min(piece.len());
            let piece = piece.get(..room).unwrap_or_default();
            self.bytes.extend_from_slice(piece);
            budget.spend(room);
        }
    }

    /// Whether nothing was lost before the last `new` bytes.
    fn is_whole(&self, new: usize) -> bool {
        self.bytes.len() as u64 == self.total.saturating_sub(new as u64)
    }

    /// Text or bytes; text pays for what was buffered so far.
    fn decide(&mut self, budget: &mut Budget) {
        self.held = true;
        if let Ok(text) = str::from_utf8(&self.bytes) {
            let payload = match base64::data_url(text) {
                Some((_, payload)) => Some(payload),
                None => {
                    (self.binary != Binary::No && base64::is_base64(&self.bytes)).then_some(text)
                }
            };
            if let Some(payload) = payload {
                let mut decoder = self.decoder(budget);
                self.decoded = decoder.push(payload.as_bytes());
                self.decoder = Some(Box::new(decoder));
                return;
            }
        }
        self.pay(budget);
    }

    /// A decoder that keeps what a destination may want.
    fn decoder(&self, budget: &Budget) -> Decoder {
        Decoder::keeping(if self.is_sealed { 0 } else { budget.medium() })
    }

    fn pay(&mut self, budget: &mut Budget) {
        let room = budget.room(0).min(self.bytes.len());
        self.bytes.truncate(room);
        budget.spend(room);
        self.paid = true;
    }

    /// The string, truncated and with markers.
    pub(super) fn finish(&mut self, budget: &mut Budget) -> String {
        self.end_surrogate(budget);
        if self.is_key {
            return text(std::mem::take(&mut self.bytes));
        }
        if let Some(marker) = self.marker(budget) {
            return marker.to_string();
        }
        if !self.paid {
            self.pay(budget);
        }
        let whole = self.is_whole(0);
        let mut text = text(std::mem::take(&mut self.bytes));
        if !whole {
            truncate::mark(&mut text, self.total);
        }
        text
    }

    fn marker(&mut self, budget: &mut Budget) -> Option<Marker> {
        let decoder = self.decoder.take();
        let scheme = self.bytes.get(..5);
        let is_data = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"data:"));
        // Most strings are text, which is not worth a closer look.
        if !is_data && decoder.is_none() && self.binary == Binary::No {
            return None;
        }
        let head = str::from_utf8(&self.bytes).ok()?;
        let (declared, payload) = match base64::data_url(head) {
            Some((declared, payload)) => (Some(declared), payload),
            None => (None, head),
        };
        let Some(decoder) = decoder else {
            return self.short_marker(declared, payload, budget);
        };
        (self.decoded || declared.is_some()).then(|| {
            let (marker, bytes) = decoder.finish_with_bytes(declared);
            budget.keep(&marker, bytes);
            marker
        })
    }

    /// The marker of a string that was buffered whole. One that only may be bytes stays as it is, for those who
    /// know the object, and its bytes are kept for the marker that they make.
    fn short_marker(
        &self,
        declared: Option<&str>,
        payload: &str,
        budget: &mut Budget,
    ) -> Option<Marker> {
        let is_bytes = !self.held
            && (declared.is_some()
                || self.binary != Binary::No && base64::is_base64(payload.as_bytes()));
        let is_certain = declared.is_some() || self.binary == Binary::Always;
        if !is_bytes || !(is_certain || budget.medium() > 0) {
            return None;
        }
        let mut decoder = self.decoder(budget);
        decoder.push(payload.as_bytes());
        let (marker, bytes) = decoder.finish_with_bytes(declared);
        budget.keep(&marker, bytes);
        is_certain.then_some(marker)
    }
}

/// Bytes that ought to be UTF-8, perhaps split within a character.
pub(super) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let cut_within_character = error.utf8_error().error_len().is_none();
        let valid = error.utf8_error().valid_up_to();
        let mut bytes = error.into_bytes();
        if cut_within_character {
            bytes.truncate(valid);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
