//! Objects that are kept as they are written.
//!
//! The contract: an object that a model wrote keeps its digits, the order of its members and its white
//! space, which a tree does not. Its text is truncated at the limit like any other.

use crate::text::truncate;
use crate::wire::limits::Budget;

/// Which objects: those that are a member of the second name, anywhere inside of the outermost object's
/// member of the first.
pub(crate) type Verbatim = &'static [(&'static str, &'static str)];

/// The text of an object, as it arrives.
#[derive(Debug, Default)]
pub(super) struct VerbatimText {
    bytes: Vec<u8>,
    total: u64,
}

impl VerbatimText {
    pub(super) fn push(&mut self, piece: &[u8], budget: &mut Budget) {
        let is_whole = self.bytes.len() as u64 == self.total;
        self.total += piece.len() as u64;
        if is_whole {
            let room = budget.room(self.bytes.len()).min(piece.len());
            self.bytes.extend(piece.iter().take(room));
            budget.spend(room);
        }
    }

    pub(super) fn take(&mut self) -> String {
        let Self { bytes, total } = std::mem::take(self);
        let is_whole = bytes.len() as u64 == total;
        let mut text = super::string::text(bytes);
        if !is_whole {
            truncate::mark(&mut text, total);
        }
        text
    }
}
