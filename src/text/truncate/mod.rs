//! Truncation of long texts, and the marks that say so.
//!
//! The one place for both, wherever a text comes from: the wire, a stream that is collected, a span
//! that is sent. Pure. The contract of [`shorten`]: the result is no longer than the limit plus a
//! mark, what was JSON still is, truncating again changes nothing, and the mark tells the length of
//! the whole, also after several truncations. The trade-off: plain text keeps its head, because a
//! stream can only be truncated as it comes; JSON keeps head and tail of its lists, because the last
//! message says most. Data URLs are not truncated: in a text that is too long, they become markers.

mod json;
mod limit;
mod mark;

pub(crate) use limit::{LengthLimit, Unit, head, head_of_characters};
pub(crate) use mark::{left_out, mark};
use mark::{mark_of, split_mark};

use super::data_urls;

/// The text with as much of it as there is room for; `None` if it can stay as it is.
pub(crate) fn shorten(text: &str, room: LengthLimit) -> Option<String> {
    if room.fits(text) {
        return None;
    }
    match data_urls::with_markers(text) {
        Some(marked) if room.fits(&marked) => Some(marked),
        Some(marked) => shorten_text(&marked, room).or(Some(marked)),
        None => shorten_text(text, room),
    }
}

fn shorten_text(text: &str, room: LengthLimit) -> Option<String> {
    if json::is_json(text) {
        json::shorten(text, room)
    } else {
        shorten_plain(text, room)
    }
}

fn shorten_plain(text: &str, room: LengthLimit) -> Option<String> {
    let new_mark;
    let (body, mark) = match split_mark(text) {
        Some((body, _)) if room.fits(body) => return None,
        Some(parts) => parts,
        None => {
            new_mark = mark_of(room.unit.size(text), room.unit);
            (text, new_mark.as_str())
        }
    };
    Some([room.head(body), mark].concat())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
