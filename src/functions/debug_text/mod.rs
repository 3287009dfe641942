//! Rust `Debug` text to JSON, only where the text cannot be taken for anything else.
//!
//! `#[instrument]` records a `&str` argument verbatim and everything else as `Debug` text, and nothing in
//! the span tells the two apart. So a wrong "yes" rewrites what a user wrote, while a wrong "no" merely
//! shows readable Rust: in doubt the text stays text. What counts as proof is `Evidence` in `parse.rs`, which
//! also decides what a custom `Debug` may print, and where; where that ends, in `boundary.rs`; what a token
//! looks like, in `scan.rs`. Pure,
//! linear in the length of the text, bounded in depth. The folder depends on `serde_json` alone because
//! the fuzz target compiles it by itself.

mod boundary;
mod frame;
mod json;
mod parse;
mod scan;

#[cfg(test)]
mod tests;

use parse::Parser;
use scan::Scanner;

/// JSON for a text that is unmistakably `Debug` output, or that is itself a JSON object or array.
///
/// `None` says: show the text as it is. That holds for lone words, `()`, `NaN` and all prose.
pub(crate) fn to_json(text: &str) -> Option<String> {
    Parser::new(text).document().or_else(|| json::compact(text))
}

/// The string that `text` is the `Debug` form of, if it is exactly one string literal.
pub(crate) fn string_literal(text: &str) -> Option<String> {
    let mut scanner = Scanner::new(text);
    let mut string = String::new();
    scanner.string(|text| string.push_str(text))?;
    scanner.at_end().then_some(string)
}
