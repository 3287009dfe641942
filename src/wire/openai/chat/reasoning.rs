//! The model's reasoning, under the names of all vendors.

use crate::wire::fields::{Fields, Object};

/// The reasoning under any of its names; a vendor that sends several sends the same text in each.
pub(super) fn of(fields: &mut Object) -> Option<String> {
    let named = fields.word("reasoning_content");
    let other = fields.word("reasoning");
    named.or(other)
}
