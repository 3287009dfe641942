//! What words, tokens and values are made of.

/// So much of a secret is looked at to tell it from prose.
pub(super) const LOOK: usize = 64;

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// What tokens are made of.
pub(super) fn is_token(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'.' | b'~' | b'+' | b'/' | b'=')
}

/// What ends the value of a header, in text or in JSON.
pub(super) fn is_value(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(
            byte,
            b'"' | b'\''
                | b'`'
                | b'\\'
                | b','
                | b';'
                | b'&'
                | b'<'
                | b'>'
                | b'('
                | b')'
                | b'{'
                | b'}'
                | b'['
                | b']'
        )
}

pub(super) fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'')
}

pub(super) fn end_of(text: &[u8], at: usize, is_part: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest
        .iter()
        .position(|byte| !is_part(*byte))
        .unwrap_or(rest.len())
}

/// As much as is looked at before it is known to be a secret: names could follow each other without
/// an end.
pub(super) fn beginning(text: &[u8], from: usize, is_part: impl Fn(u8) -> bool) -> &[u8] {
    let rest = text.get(from..).unwrap_or_default();
    let rest = &rest[..rest.len().min(LOOK)];
    &rest[..end_of(rest, 0, is_part)]
}

/// Passes a few bytes between a name and its value.
pub(super) fn skip(text: &[u8], at: usize, is_part: impl Fn(u8) -> bool) -> usize {
    end_of(text, at, is_part).min(at + 8)
}

/// Whether there is what words do not have: a digit, or a capital after a small letter.
pub(super) fn is_mixed(text: &[u8]) -> bool {
    has_digit(text) || inner_capitals(text) > 0
}

pub(super) fn has_digit(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit)
}

pub(super) fn has_letter(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_alphabetic)
}

/// How many capitals stand after a small letter.
pub(super) fn inner_capitals(text: &[u8]) -> usize {
    let pairs = text.windows(2);
    pairs
        .filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
        .count()
}
