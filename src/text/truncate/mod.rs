//! Texts that are too long: where they are cut, and how it is said that they were.
//!
//! The one place for both, whoever cuts: what is read from the wire, what is collected of a stream,
//! what is sent. Pure. The contract of [`shorten`]: the result is no longer than the room plus a
//! mark, what was JSON still is, cutting again changes nothing, and the mark tells the length of the
//! whole, also after several cuts. The trade-off: plain text keeps its head, because a stream can only
//! be cut as it comes; JSON keeps head and tail of its lists, because the last message says most.

mod json;

use std::fmt::Write as _;

/// What a mark begins with.
const MARK: &str = "… <cut: ";
/// What it ends with, after the number.
const MARK_ENDS: [&str; 2] = [" bytes in all>", " characters in all>"];
/// No mark is longer, in bytes.
const MARK_BYTES: usize = 64;

/// How long a text may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) unit: Unit,
    pub(crate) most: usize,
}

/// What a length is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Bytes,
    Characters,
}

impl Unit {
    fn size(self, text: &str) -> usize {
        match self {
            Self::Bytes => text.len(),
            Self::Characters => text.chars().count(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Characters => "characters",
        }
    }
}

impl Room {
    fn fits(self, text: &str) -> bool {
        // No text has more characters than bytes.
        text.len() <= self.most || self.unit.size(text) <= self.most
    }

    fn head(self, text: &str) -> &str {
        match self.unit {
            Unit::Bytes => head(text, self.most),
            Unit::Characters => head_of_characters(text, self.most),
        }
    }
}

/// The text, or as much of its head as has so many bytes.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The text, or as many of its first characters.
pub(crate) fn head_of_characters(text: &str, characters: usize) -> &str {
    match text.char_indices().nth(characters) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// Says at the end of a text that it was longer.
pub(crate) fn mark(text: &mut String, total: u64) {
    // Writing to a string cannot fail.
    let _ = write!(text, "{MARK}{total}{}", MARK_ENDS[0]);
}

/// What stands in a list for the elements that are missing.
pub(crate) fn left_out(count: u64) -> String {
    format!("<{count} more left out>")
}

/// The text with as much of it as there is room for; `None` if it can stay as it is.
pub(crate) fn shorten(text: &str, room: Room) -> Option<String> {
    if room.fits(text) {
        None
    } else if json::is_json(text) {
        json::shorten(text, room)
    } else {
        shorten_plain(text, room)
    }
}

fn shorten_plain(text: &str, room: Room) -> Option<String> {
    let new_mark;
    let (body, mark) = match split_mark(text) {
        Some((body, _)) if room.fits(body) => return None,
        Some(cut) => cut,
        None => {
            new_mark = mark_of(room.unit.size(text), room.unit);
            (text, new_mark.as_str())
        }
    };
    Some([room.head(body), mark].concat())
}

fn mark_of(total: usize, unit: Unit) -> String {
    format!("{MARK}{total} {} in all>", unit.name())
}

/// A text that was cut and the mark that says so.
fn split_mark(text: &str) -> Option<(&str, &str)> {
    let mut tail = text.len().saturating_sub(MARK_BYTES);
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    let start = tail + text[tail..].rfind(MARK)?;
    let (body, mark) = text.split_at(start);
    let rest = &mark[MARK.len()..];
    let number = MARK_ENDS.iter().find_map(|end| rest.strip_suffix(end))?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((body, mark))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
