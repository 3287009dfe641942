//! Characters whose halves come in two events of a stream.
//!
//! The contract: servers that count in UTF-16 cut within a character, so one event ends in its first half and
//! the next one with the same text begins with the second. The first half waits for the second; a half
//! that stays alone is no character. Texts are the same if they stand at the same place, below the same
//! indexes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::fields::as_count;
use super::framing::json::half;

/// So many texts may wait at once.
const MOST: usize = 64;
/// Members that say which of several texts an event goes on with.
const INDEXES: [&str; 3] = ["index", "output_index", "content_index"];

/// First halves that wait for the second, by the place of their text.
#[derive(Debug, Default)]
pub(super) struct Halves {
    waiting: BTreeMap<String, u32>,
}

impl Halves {
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Puts halves of this event and those before it together.
    pub(super) fn join(&mut self, event: &mut Value) {
        self.value(event, &mut String::new());
    }

    fn value(&mut self, value: &mut Value, place: &mut String) {
        let before = place.len();
        match value {
            Value::String(text) => self.text(text, place),
            Value::Array(items) => {
                for (position, item) in items.iter_mut().enumerate() {
                    // An index of the element's own says more than where it stands.
                    if item.get("index").and_then(as_count).is_none() {
                        _ = write!(place, "[{position}]");
                    }
                    self.value(item, place);
                    place.truncate(before);
                }
            }
            Value::Object(fields) => {
                for name in INDEXES {
                    if let Some(index) = fields.get(name).and_then(as_count) {
                        _ = write!(place, "({name} {index})");
                    }
                }
                let of_object = place.len();
                for (name, value) in fields {
                    _ = write!(place, ".{name}");
                    self.value(value, place);
                    place.truncate(of_object);
                }
                place.truncate(before);
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &mut String, place: &str) {
        let Some(first) = text.chars().next() else {
            return;
        };
        let mut joined = String::new();
        let high = self.waiting.remove(place);
        let low = half::of(first).filter(|half| !is_high(*half));
        let mut rest = text.as_str();
        match (high, low) {
            (None, _) => {}
            (Some(high), Some(low)) => {
                let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                joined.extend(char::from_u32(code));
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
            (Some(_), None) => joined.push(char::REPLACEMENT_CHARACTER),
        }
        let last = rest.chars().next_back().and_then(half::of);
        if let Some(high) = last.filter(|half| is_high(*half) && self.waiting.len() < MOST) {
            self.waiting.insert(place.to_owned(), high);
            let mut without_last = rest.chars();
            without_last.next_back();
            rest = without_last.as_str();
        }
        joined.extend(rest.chars().map(|character| match half::of(character) {
            Some(_) => char::REPLACEMENT_CHARACTER,
            None => character,
        }));
        *text = joined;
    }
}

fn is_high(surrogate: u32) -> bool {
    surrogate < 0xDC00
}
