//! Where a value ends, and the values that only their end tells: what a custom `Debug` printed.
//!
//! Brackets, quotes and type parameters inside such a value are skipped over, so that their commas do not
//! end it. This is guesswork by nature; a wrong guess leaves a container that does not close as it should,
//! and then the container as a whole is taken for such a value, or the text stays text.

use super::frame::{Brackets, Frame, Part, Step, Stop};
use super::json;
use super::parse::Parser;
use super::scan::is_word_part;

impl Parser<'_> {
    /// Whether the `..` of `finish_non_exhaustive` is at `position`, rather than a range.
    pub(super) fn at_ellipsis(&self, frame: Frame, position: usize) -> bool {
        let Some(after) = self.scanner.after(position).strip_prefix("..") else {
            return false;
        };
        if frame.pretty {
            after.starts_with('\n')
        } else {
            after.starts_with(frame.kind.compact_close())
        }
    }

    /// Whether a comma at `position` ends an item of `frame` and another one follows.
    pub(super) fn at_separator(&self, frame: Frame, position: usize) -> bool {
        let after = self.scanner.after(position);
        if frame.pretty {
            return after.starts_with(",\n");
        }
        if !after.starts_with(", ") {
            return false;
        }
        if frame.kind != Brackets::Fields {
            return true;
        }
        // `Sun, 22 Nov 2026` is one value: a comma between fields is followed by a field.
        let next = position + ", ".len();
        let mut ahead = self.scanner;
        ahead.set_position(next);
        ahead.field_name().is_some() || self.at_ellipsis(frame, next)
    }

    /// Whether what comes next may follow a complete value.
    pub(super) fn at_boundary(&self, frame: Frame) -> bool {
        let rest = self.scanner.rest();
        let ends_key = rest.starts_with(": ");
        let ends_item = self.at_separator(frame, self.scanner.position())
            || !frame.pretty && rest.starts_with(frame.kind.compact_close())
            || is_single(frame) && rest.starts_with(",)");
        match frame.part {
            Part::Item => ends_item,
            Part::Key => ends_key,
            Part::KeyOrItem => ends_key || ends_item,
        }
    }

    /// Text that is not understood, up to where its item ends, as a JSON string.
    pub(super) fn opaque(&mut self, frame: Frame) -> Step {
        let start = self.scanner.position();
        let end = self.opaque_end(frame)?;
        let text = self.scanner.slice(start, end);
        json::push_string(&mut self.json, text.trim());
        self.scanner.set_position(start + text.trim_end().len());
        Ok(())
    }

    fn opaque_end(&mut self, frame: Frame) -> Step<usize> {
        let start = self.scanner.position();
        let (mut position, mut brackets) = (start, 0_usize);
        // `Map<K, V>` holds a comma that separates nothing, `a<b, c` one that does: the first such comma
        // counts after all if the angle bracket is never closed.
        let (mut angles, mut comma_in_angles) = (0_usize, None);
        loop {
            match self.scanner.byte(position).ok_or(Stop::GiveUp)? {
                b'"' => position = self.string_end(position)?,
                b'\'' => position = self.character_end(position),
                b'(' | b'[' | b'{' => brackets += 1,
                b')' | b']' | b'}' if brackets == 0 => break,
                b')' | b']' | b'}' => brackets -= 1,
                _ if brackets > 0 => {}
                b',' if self.ends_opaque(frame, position) => {
                    if angles == 0 {
                        break;
                    }
                    comma_in_angles = comma_in_angles.or(Some(position));
                }
                b':' if frame.part != Part::Item
                    && self.scanner.after(position).starts_with(": ") =>
                {
                    break;
                }
                b'<' if self.scanner.slice(start, position).ends_with(is_word_part) => angles += 1,
                b'>' if angles > 0
                    && !self.scanner.slice(start, position).ends_with(['-', '=']) =>
                {
                    angles -= 1;
                    if angles == 0 {
                        comma_in_angles = None;
                    }
                }
                _ => {}
            }
            position += 1;
        }
        let end = comma_in_angles.filter(|_| angles > 0).unwrap_or(position);
        self.pay(position - end)?;
        Ok(end)
    }

    fn ends_opaque(&self, frame: Frame, comma: usize) -> bool {
        self.at_separator(frame, comma)
            || is_single(frame) && self.scanner.after(comma).starts_with(",)")
    }

    /// The closing quote of the string that opens at `position`, whatever its escapes.
    fn string_end(&self, position: usize) -> Step<usize> {
        let mut position = position + 1;
        loop {
            match self.scanner.byte(position).ok_or(Stop::GiveUp)? {
                b'"' => return Ok(position),
                b'\\' => position += 2,
                _ => position += 1,
            }
        }
    }

    /// The closing quote of a character literal at `position`; an apostrophe ends where it is.
    fn character_end(&self, position: usize) -> usize {
        let mut ahead = self.scanner;
        ahead.set_position(position);
        match ahead.quoted_character() {
            Some(_) => ahead.position() - 1,
            None => position,
        }
    }
}

/// Whether the comma of `(a,)` may be ahead.
fn is_single(frame: Frame) -> bool {
    frame.kind == Brackets::Tuple && !frame.pretty
}
