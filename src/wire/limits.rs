//! How much of a call is kept.
//!
//! The contract: whatever comes over the wire, one text keeps at most [`Limits::field_bytes`], and one body
//! or stream little more than that in all, since all of its messages become one field. A truncated text
//! ends with a note of its full length. The head is kept rather than the tail, because a stream can only be
//! truncated as it arrives; both forms of an answer are truncated at the same byte. See
//! [`truncate`].

use super::media::Media;
use crate::text::base64::Marker;
use crate::text::truncate;

/// What is kept of a body beside its longest text, in bytes.
const BESIDE: usize = 64 << 10;

/// How much of a call is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The longest text that is kept whole, in bytes.
    pub(crate) field_bytes: usize,
    /// The longest inline medium whose bytes are kept beside its marker; 0 if nobody wants them.
    pub(crate) medium_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            field_bytes: 1 << 20,
            medium_bytes: 0,
        }
    }
}

impl Limits {
    /// For what has been truncated already.
    pub(super) fn unbounded() -> Self {
        Self {
            field_bytes: usize::MAX,
            medium_bytes: 0,
        }
    }

    pub(super) fn budget(self) -> Budget {
        Budget {
            field: self.field_bytes,
            left: self
                .field_bytes
                .saturating_add(self.field_bytes.min(BESIDE)),
            medium: self.medium_bytes,
            media: Media::default(),
        }
    }
}

/// What may still be kept of one body or stream.
#[derive(Debug)]
pub(super) struct Budget {
    field: usize,
    left: usize,
    medium: usize,
    media: Media,
}

impl Budget {
    /// How long a text may become of which `kept` bytes are there already.
    pub(super) fn room(&self, kept: usize) -> usize {
        self.left.min(self.field.saturating_sub(kept))
    }

    pub(super) fn spend(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }

    /// Pays for something that is kept whole or not at all.
    pub(super) fn affords(&mut self, bytes: usize) -> bool {
        let affordable = bytes <= self.left;
        if affordable {
            self.left -= bytes;
        }
        affordable
    }

    pub(super) fn refund(&mut self, bytes: usize) {
        self.left = self.left.saturating_add(bytes);
    }

    /// How many bytes a medium may have that is kept; 0 if none is.
    pub(super) fn medium(&self) -> usize {
        self.medium
    }

    /// Keeps a medium, unless it was too long.
    pub(super) fn keep(&mut self, marker: &Marker, bytes: Option<Vec<u8>>) {
        if let Some(bytes) = bytes {
            self.media.put(marker, bytes);
        }
    }

    pub(super) fn take_media(&mut self) -> Media {
        std::mem::take(&mut self.media)
    }

    /// Lets at least `bytes` through, even if everything was spent.
    pub(super) fn grant(&mut self, bytes: usize) {
        self.left = self.left.max(bytes);
    }
}

/// A text that arrives in pieces.
#[derive(Debug, Default)]
pub(super) struct Text {
    kept: String,
    total: u64,
}

impl Text {
    pub(super) fn push(&mut self, piece: &str, budget: &mut Budget) {
        let whole = self.is_whole();
        self.total += piece.len() as u64;
        if whole {
            let fitting = truncate::head(piece, budget.room(self.kept.len()));
            self.kept.push_str(fitting);
            budget.spend(fitting.len());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// How much of it is kept, in bytes.
    pub(super) fn kept_bytes(&self) -> usize {
        self.kept.len()
    }

    fn is_whole(&self) -> bool {
        self.total == self.kept.len() as u64
    }

    pub(super) fn finish(mut self) -> String {
        if !self.is_whole() {
            truncate::mark(&mut self.kept, self.total);
        }
        self.kept
    }

    /// The text, unless there was none.
    pub(super) fn into_option(self) -> Option<String> {
        (!self.is_empty()).then(|| self.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, Text};

    #[test]
    fn pieces_are_cut_where_the_whole_would_be() {
        let text = "wörter über wörter ".repeat(10);
        for field_bytes in 0..text.len() + 3 {
            let limits = Limits {
                field_bytes,
                ..Limits::default()
            };
            let mut whole = Text::default();
            whole.push(&text, &mut limits.budget());
            let whole = whole.finish();
            let mut budget = limits.budget();
            let mut pieces = Text::default();
            for piece in text.split_inclusive('r') {
                pieces.push(piece, &mut budget);
            }
            assert_eq!(pieces.finish(), whole);
            assert_eq!(whole == text, field_bytes >= text.len());
        }
    }

    #[test]
    fn many_texts_share_a_budget() {
        let limits = Limits {
            field_bytes: 4,
            ..Limits::default()
        };
        let mut budget = limits.budget();
        let texts: Vec<String> = (0..3)
            .map(|_| {
                let mut text = Text::default();
                text.push("abcd", &mut budget);
                text.finish()
            })
            .collect();
        assert_eq!(texts, ["abcd", "abcd", "… <truncated: 4 bytes in total>"]);
    }
}
