//! JSON that is too long, shortened to valid JSON.
//!
//! Works on the text, not on a tree of values: order, digits and duplicate names of what stays are
//! those of the original, and what is truncated is visited only where it is. LengthLimit is given to small values
//! first; what is left is divided among the large ones, and where that would be too little for each,
//! elements are left out of the middle. The trade-off: a text that holds JSON itself is truncated
//! like any other.

use serde::de::IgnoredAny;

use super::limit::{LengthLimit, Unit};
use super::mark::{left_out, mark_of, split_mark};

/// Enough room for any value: a mark, in quotes.
const LEAST: usize = 64;
/// Large values get at least so much, or are left out.
const WORTH_SEEING: usize = 1024;
/// A note of what is left out needs no more.
const NOTE: usize = 48;
/// Deeper levels are not looked into: each of them is read once more.
const DEPTH: usize = 32;

/// Whether a text is JSON that a reader would take for such.
pub(crate) fn is_json(text: &str) -> bool {
    let begins = |first: char| matches!(first, '{' | '[' | '"' | '-' | '0'..='9');
    text.trim_start().starts_with(begins) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Shortens valid JSON that does not fit; `None` if there is nothing shorter.
pub(crate) fn shorten(text: &str, room: LengthLimit) -> Option<String> {
    let value = text.trim();
    let mut writer = Writer {
        unit: room.unit,
        out: String::new(),
    };
    if room.max >= LEAST {
        writer.value(value, room.max, 0);
    } else if is_stand_in(value) {
        return None;
    } else {
        writer.stand_in(value);
    }
    Some(writer.out)
}

fn is_stand_in(value: &str) -> bool {
    let text = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
    let marked = text.map(|text| format!("… {text}"));
    marked.is_some_and(|text| split_mark(&text).is_some_and(|(body, _)| body.is_empty()))
}

struct Writer {
    unit: Unit,
    out: String,
}

/// An element of an array, or a field of an object with its key.
struct Element<'a> {
    key: Option<&'a str>,
    value: &'a str,
}

/// Which elements stay, and how much room each value has.
struct Plan {
    head: usize,
    tail: usize,
    level: usize,
}

impl Writer {
    /// Writes a value in `room`, which is at least [`LEAST`].
    fn value(&mut self, value: &str, room: usize, depth: usize) {
        if value.len() <= room || self.unit.size(value) <= room {
            self.out.push_str(value);
            return;
        }
        match value.as_bytes().first() {
            Some(b'"') => self.string(value, room),
            Some(b'[' | b'{') if depth < DEPTH => self.list(value, room, depth),
            _ => self.stand_in(value),
        }
    }

    fn stand_in(&mut self, value: &str) {
        let mark = mark_of(self.unit.size(value), self.unit);
        self.out.push('"');
        self.out.push_str(mark.trim_start_matches("… "));
        self.out.push('"');
    }

    fn string(&mut self, value: &str, room: usize) {
        let content = &value[1..value.len() - 1];
        let new_mark;
        let (body, mark) = match split_mark(content) {
            Some(parts) => parts,
            None => {
                let total = pieces(content).map(|piece| piece.meant(self.unit)).sum();
                new_mark = mark_of(total, self.unit);
                (content, new_mark.as_str())
            }
        };
        let mut room = room.saturating_sub(2 + self.unit.size(mark));
        let mut end = 0;
        for piece in pieces(body) {
            let size = self.unit.size(piece.raw);
            if size > room {
                break;
            }
            room -= size;
            end += piece.raw.len();
        }
        self.out.push('"');
        self.out.push_str(&body[..end]);
        self.out.push_str(mark);
        self.out.push('"');
    }

    fn list(&mut self, value: &str, room: usize, depth: usize) {
        let is_object = value.starts_with('{');
        let elements = elements(value, is_object);
        let plan = self.plan(&elements, room - 2);
        let hidden = elements.len() - plan.head - plan.tail;
        self.out.push(if is_object { '{' } else { '[' });
        let mut first = true;
        for (index, element) in elements.iter().enumerate() {
            let is_first_hidden = index == plan.head && hidden > 0;
            let is_hidden = index >= plan.head && index < plan.head + hidden;
            if is_hidden && !is_first_hidden {
                continue;
            }
            if !std::mem::take(&mut first) {
                self.out.push(',');
            }
            if is_hidden {
                self.out.push_str(if is_object { "\"…\":\"" } else { "\"" });
                self.out.push_str(&left_out(hidden as u64));
                self.out.push('"');
                continue;
            }
            if let Some(key) = element.key {
                self.out.push_str(key);
                self.out.push(':');
            }
            self.value(element.value, plan.level, depth + 1);
        }
        self.out.push(if is_object { '}' } else { ']' });
    }

    fn plan(&self, elements: &[Element<'_>], room: usize) -> Plan {
        let sizes: Vec<_> = elements
            .iter()
            .map(|element| {
                let key = element.key.map_or(0, |key| self.unit.size(key) + 1);
                // With the comma.
                (key + 1, self.unit.size(element.value))
            })
            .collect();
        let enough = (room / 8).clamp(LEAST, WORTH_SEEING);
        let all = level(sizes.iter(), room);
        if all >= enough {
            return Plan {
                head: sizes.len(),
                tail: 0,
                level: all,
            };
        }
        let budget = room.saturating_sub(NOTE);
        let mut left = budget;
        let mut afford = |&(fixed, size): &(usize, usize)| match left
            .checked_sub(size.min(enough).saturating_add(fixed))
        {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        };
        let (mut head, mut tail) = (0, 0);
        let (mut more_head, mut more_tail) = (true, true);
        while more_head || more_tail {
            let rest = &sizes[head..sizes.len() - tail];
            more_head = more_head && rest.first().is_some_and(&mut afford);
            let rest = rest.get(usize::from(more_head)..).unwrap_or_default();
            more_tail = more_tail && rest.last().is_some_and(&mut afford);
            head += usize::from(more_head);
            tail += usize::from(more_tail);
        }
        let kept = sizes[..head].iter().chain(&sizes[sizes.len() - tail..]);
        Plan {
            head,
            tail,
            level: level(kept, budget),
        }
    }
}

/// How much room each value can have at most so that all fit, with what they need beside the value.
fn level<'a>(sizes: impl Iterator<Item = &'a (usize, usize)>, room: usize) -> usize {
    let mut left = room;
    let mut values = Vec::new();
    for &(fixed, size) in sizes {
        left = match left.checked_sub(fixed) {
            Some(left) => left,
            None => return 0,
        };
        values.push(size);
    }
    values.sort_unstable();
    let count = values.len();
    for (index, size) in values.into_iter().enumerate() {
        let each = left / (count - index);
        if size > each {
            return each;
        }
        left -= size;
    }
    usize::MAX
}

/// The elements of a valid array or object.
fn elements(value: &str, is_object: bool) -> Vec<Element<'_>> {
    let inner = &value[1..value.len() - 1];
    let mut elements = Vec::new();
    let (mut start, mut colon) = (0, None);
    let mut add = |start: usize, colon: Option<usize>, end: usize| {
        let (key, from) = match colon {
            Some(colon) => (Some(inner[start..colon].trim()), colon + 1),
            None => (None, start),
        };
        let value = inner[from..end].trim();
        if !value.is_empty() {
            elements.push(Element { key, value });
        }
    };
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for (index, byte) in inner.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && is_object => colon = Some(index),
            b',' if depth == 0 => {
                add(start, colon, index);
                (start, colon) = (index + 1, None);
            }
            _ => {}
        }
    }
    add(start, colon, inner.len());
    elements
}

/// A character of a string as it is written.
struct Piece<'a> {
    raw: &'a str,
    /// Bytes of what it means.
    bytes: usize,
}

impl Piece<'_> {
    fn meant(&self, unit: Unit) -> usize {
        match unit {
            Unit::Bytes => self.bytes,
            Unit::Characters => 1,
        }
    }
}

/// The characters of a valid string, each escape in one piece, and so is a pair of surrogates.
fn pieces(content: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = content;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (length, bytes) = match first {
            '\\' => escape(rest),
            other => (other.len_utf8(), other.len_utf8()),
        };
        let (raw, after) = rest.split_at(length);
        rest = after;
        Some(Piece { raw, bytes })
    })
}

/// How long an escape is, and how many bytes it means.
fn escape(text: &str) -> (usize, usize) {
    let code = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let Some(first) = code(text) else {
        return (2.min(text.len()), 1);
    };
    let second = text.get(6..).and_then(code);
    match (first, second) {
        (0xD800..=0xDBFF, Some(0xDC00..=0xDFFF)) => (12, 4),
        // What a surrogate without its other half becomes has three bytes.
        _ => (6, char::from_u32(first).map_or(3, char::len_utf8)),
    }
}
