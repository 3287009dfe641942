//! Marks that tell a reader what is missing.

use std::fmt::Write as _;

use super::limit::Unit;

/// What a mark begins with.
const MARK_START: &str = "… <truncated: ";
/// What it ends with, after the number.
const MARK_ENDS: [&str; 2] = [" bytes in total>", " characters in total>"];
/// No mark is longer, in bytes.
pub(super) const MARK_BYTES: usize = 64;

/// Marks a text that was truncated; `total` is its full length in bytes.
pub(crate) fn mark(text: &mut String, total: u64) {
    // Writing to a string cannot fail.
    let _ = write!(text, "{MARK_START}{total}{}", MARK_ENDS[0]);
}

/// Stands in a list for the elements that are missing.
pub(crate) fn left_out(count: u64) -> String {
    format!("<{count} more left out>")
}

/// The mark of a text whose full length is `total`.
pub(super) fn mark_of(total: usize, unit: Unit) -> String {
    format!("{MARK_START}{total} {} in total>", unit.name())
}

/// What is left of a truncated text, and its mark.
pub(super) fn split_mark(text: &str) -> Option<(&str, &str)> {
    let mut tail = text.len().saturating_sub(MARK_BYTES);
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    let start = tail + text[tail..].rfind(MARK_START)?;
    let (body, mark) = text.split_at(start);
    let rest = &mark[MARK_START.len()..];
    let number = MARK_ENDS.iter().find_map(|end| rest.strip_suffix(end))?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((body, mark))
}
