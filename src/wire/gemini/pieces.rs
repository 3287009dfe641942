//! The content of an answer, put together from pieces.
//!
//! The contract: parts stand in the order in which they began; pieces of text that follow each other are one
//! text, and so are pieces of reasoning and of sound.

use crate::model::message::Part;
use crate::text::base64::Marker;
use crate::wire::content;
use crate::wire::dialect::Activity;
use crate::wire::facts::ToolCall;
use crate::wire::limits::{Budget, Text};

/// What a part costs beside its text.
const ENTRY_BYTES: usize = 512;

/// Content in the order in which it came.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    list: Vec<Piece>,
    /// Whether there was a text, if only an empty one.
    has_text: bool,
}

#[derive(Debug)]
enum Piece {
    Text(Text),
    Reasoning(Text),
    Part(Part),
}

impl Pieces {
    pub(super) fn text(&mut self, text: &str, budget: &mut Budget) -> Activity {
        self.has_text = true;
        if text.is_empty() {
            return Activity::Nothing;
        }
        if !matches!(self.list.last(), Some(Piece::Text(_))) && budget.affords(ENTRY_BYTES) {
            self.list.push(Piece::Text(Text::default()));
        }
        if let Some(Piece::Text(known)) = self.list.last_mut() {
            known.push(text, budget);
        }
        Activity::Content
    }

    pub(super) fn reasoning(&mut self, text: &str, budget: &mut Budget) -> Activity {
        if text.is_empty() {
            return Activity::Nothing;
        }
        if !matches!(self.list.last(), Some(Piece::Reasoning(_))) && budget.affords(ENTRY_BYTES) {
            self.list.push(Piece::Reasoning(Text::default()));
        }
        if let Some(Piece::Reasoning(known)) = self.list.last_mut() {
            known.push(text, budget);
        }
        Activity::Content
    }

    /// A piece of any kind.
    pub(super) fn part(&mut self, part: Part, budget: &mut Budget) -> Activity {
        match part {
            Part::Text { content } => return self.text(&content, budget),
            Part::Reasoning { content } => return self.reasoning(&content, budget),
            part => {
                if let Some(Piece::Part(last)) = self.list.last_mut()
                    && let Some(joined) = joined_sound(last, &part)
                {
                    *last = joined;
                } else if budget.affords(ENTRY_BYTES) {
                    self.list.push(Piece::Part(part));
                }
            }
        }
        Activity::Content
    }

    /// The parts and the calls among them.
    pub(super) fn finish(self) -> (Vec<Part>, Vec<ToolCall>) {
        let parts = self.list.into_iter().map(|piece| match piece {
            Piece::Text(text) => Part::text(text.finish()),
            Piece::Reasoning(text) => Part::reasoning(text.finish()),
            Piece::Part(part) => part,
        });
        let mut parts: Vec<Part> = parts.collect();
        let calls = parts.iter().filter_map(content::call_of).collect();
        if parts.is_empty() && self.has_text {
            parts.push(Part::text(""));
        }
        (parts, calls)
    }
}

/// Two pieces of the same sound.
fn joined_sound(last: &Part, next: &Part) -> Option<Part> {
    let marker = |part: &Part| match part {
        Part::Blob {
            modality, content, ..
        } if modality == "audio" => Marker::parse(content),
        _ => None,
    };
    let (last, next) = (marker(last)?, marker(next)?);
    let is_same = last.media_type == next.media_type;
    let joined = is_same.then(|| Marker::joined(None, vec![last, next]));
    Some(content::marked("audio", joined.flatten()?))
}
