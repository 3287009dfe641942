//! Keys and tokens in a text, replaced by a mark.
//!
//! Pure, and linear in the length of the text. Known are the keys of the common providers by what they
//! begin with, JSON web tokens, private keys, values after a telling name, and passwords in addresses.
//! The trade-off: what looks like prose, a hash or a name stays, so a short or wordy secret under no
//! telling name is not seen; this is a net under the mask of the application, not its replacement.
//! What a secret begins with stays, because it says which one to revoke.

mod bytes;
mod keys;
mod named;
mod names;

use std::borrow::Cow;

use bytes::{end_of, is_value, is_word};
pub(crate) use names::is_secret_name;

/// What stands for a secret.
const MARK: &str = "<redacted>";
/// How often a text is read. A mark may uncover what the secret before it had hidden.
const READINGS: usize = 4;

/// The text without the secrets that are recognised in it; `None` if there are none.
pub(crate) fn redact(text: &str) -> Option<String> {
    let mut redacted = redact_once(text)?;
    for _ in 1..READINGS {
        match redact_once(&redacted) {
            Some(again) => redacted = again,
            None => break,
        }
    }
    Some(redacted)
}

fn redact_once(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut kept = 0;
    let mut at = 0;
    while at < text.len() {
        let (secret, next) = look(text.as_bytes(), at);
        if let Some((start, end)) = secret
            && &text[start..end] != MARK
            // What stands before a mark is the beginning that was left.
            && !text[end..].starts_with(MARK)
        {
            out.push_str(&text[kept..start]);
            out.push_str(MARK);
            kept = end;
        }
        at = next;
    }
    (kept > 0).then(|| {
        out.push_str(&text[kept..]);
        out
    })
}

/// The text without the secrets that are recognised in it.
pub(crate) fn redacted(text: &str) -> Cow<'_, str> {
    redact(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The secret that begins at this place, or after the word that does, and where to look next. Both
/// ends of a secret stand beside ASCII.
fn look(text: &[u8], at: usize) -> (Option<(usize, usize)>, usize) {
    if text[at..].starts_with(b"://") {
        let (secret, next) = password(text, at + 3);
        return (secret, next);
    }
    if !is_word(text[at]) {
        return (None, at + 1);
    }
    let end = end_of(text, at, is_word);
    let start = at + escaped(text, at, end);
    let secret = keys::find(text, at, start, end).or_else(|| named::find(text, start, end));
    let next = secret.map_or(end, |(_, end)| end);
    (secret, next)
}

/// How much of a word belongs to an escape before it, as in `\nsk-…`, `\u0022sk-…` and `%22sk-…`.
fn escaped(text: &[u8], start: usize, end: usize) -> usize {
    let before = start.checked_sub(1).map(|index| text[index]);
    let word = &text[start..end];
    let are_hex = |digits: Option<&[u8]>| {
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    match (before, word.first()) {
        (Some(b'\\'), Some(b'u')) if are_hex(word.get(1..5)) => 5,
        (Some(b'\\'), Some(b'n' | b'r' | b't' | b'b' | b'f')) => 1,
        (Some(b'%'), Some(_)) if are_hex(word.get(..2)) => 2,
        _ => 0,
    }
}

/// The password in `://user:password@host`, and where the address' host begins.
fn password(text: &[u8], start: usize) -> (Option<(usize, usize)>, usize) {
    let is_authority = |byte: u8| is_value(byte) && !matches!(byte, b'/' | b'?' | b'#');
    let end = end_of(text, start, is_authority);
    let authority = &text[start..end];
    let user_info = authority.iter().rposition(|byte| *byte == b'@');
    let Some(at) = user_info else {
        return (None, start);
    };
    let colon = authority[..at].iter().position(|byte| *byte == b':');
    match colon {
        Some(colon) if colon + 1 < at => (Some((start + colon + 1, start + at)), start + at),
        _ => (None, start),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
