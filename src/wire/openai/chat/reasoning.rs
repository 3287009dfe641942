//! The model's reasoning, which every vendor calls by another name.

use crate::wire::fields::{Fields, Object};

/// The model's reasoning under any of the vendors' names; who sends several sends the same.
pub(super) fn of(fields: &mut Object) -> Option<String> {
    let named = fields.word("reasoning_content");
    let other = fields.word("reasoning");
    named.or(other)
}
