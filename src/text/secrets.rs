//! Keys and tokens in a text, replaced by a mark.
//!
//! Pure, and linear in the length of the text. Known are the keys of the common providers by what they
//! begin with, JSON web tokens, the values of headers that authenticate, and passwords in addresses.
//! The trade-off: what looks like prose, a hash or a name stays, so a short or wordy secret under no
//! telling name is not seen; this is a net under the mask of the application, not its replacement.
//! What a secret begins with stays, because it says which one to revoke.

mod names;

use std::borrow::Cow;

#[expect(
    unused_imports,
    reason = "the readers of requests ask it of the fields they do not know"
)]
pub(crate) use names::is_secret_name;

/// What stands for a secret.
const MARK: &str = "<redacted>";
/// So much of a secret is looked at to tell it from prose.
const LOOK: usize = 64;
/// The least length of what follows the name of a header.
const VALUE: usize = 8;
/// The least length of a token that only stands after `Bearer`, and of what stands after `Basic`.
const BEARER: usize = 16;
const BASIC: usize = 20;
/// The least length of a part of a JSON web token.
const TOKEN_PART: usize = 10;

/// A kind of key.
struct Kind {
    prefix: &'static str,
    /// How long the rest is at least.
    least: usize,
    /// How many letters and digits stand there in a row at least.
    run: usize,
    /// Whether there is a digit, or a capital in the middle, among them.
    is_mixed: bool,
}

const fn kind(prefix: &'static str, least: usize, run: usize) -> Kind {
    Kind {
        prefix,
        least,
        run,
        is_mixed: true,
    }
}

/// More telling beginnings stand before those that they begin with.
const KINDS: &[Kind] = &[
    kind("sk-proj-", 8, 6),
    kind("sk-svcacct-", 8, 6),
    kind("sk-admin-", 8, 6),
    kind("sk-ant-", 8, 4),
    kind("sk-or-v1-", 8, 6),
    kind("sk-lf-", 8, 4),
    kind("pk-lf-", 8, 4),
    // The beginning alone says little: OpenAI's older keys, DeepSeek's and others'.
    kind("sk-", 16, 12),
    kind("gsk_", 20, 20),
    kind("xai-", 20, 20),
    kind("hf_", 20, 20),
    kind("pplx-", 20, 20),
    kind("nvapi-", 20, 12),
    kind("ghp_", 20, 20),
    kind("gho_", 20, 20),
    kind("ghu_", 20, 20),
    kind("ghs_", 20, 20),
    kind("ghr_", 20, 20),
    kind("github_pat_", 20, 12),
    kind("AIza", 35, 6),
    Kind {
        is_mixed: false,
        ..kind("AKIA", 16, 16)
    },
    Kind {
        is_mixed: false,
        ..kind("ASIA", 16, 16)
    },
];

/// Ends of names, in small letters, whose value is a secret.
const KEY_NAMES: [&str; 3] = ["api-key", "api_key", "apikey"];
const AUTHORIZATION: &str = "authorization";

/// The text without the secrets that are recognised in it; `None` if there are none.
pub(crate) fn redact(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut kept = 0;
    let mut at = 0;
    while at < text.len() {
        let (secret, next) = look(text.as_bytes(), at);
        if let Some((start, end)) = secret
            && &text[start..end] != MARK
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
    let secret = key(text, at, end)
        .or_else(|| key(text, start, end))
        .or_else(|| web_token(text, start, end))
        .or_else(|| header(text, start, end))
        .or_else(|| scheme(text, start, end));
    let next = secret.map_or(end, |(_, end)| end);
    (secret, next)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// What tokens are made of.
fn is_token(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'.' | b'~' | b'+' | b'/' | b'=')
}

/// What ends the value of a header, in text or in JSON.
fn is_value(byte: u8) -> bool {
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

fn end_of(text: &[u8], at: usize, is_part: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest
        .iter()
        .position(|byte| !is_part(*byte))
        .unwrap_or(rest.len())
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

/// A key of a known kind, at the beginning of a word or after a dash in it.
fn key(text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    (start..end)
        .filter(|&at| at == start || !text[at - 1].is_ascii_alphanumeric())
        .find_map(|at| {
            let word = &text[at..end];
            let kind = KINDS
                .iter()
                .find(|kind| word.starts_with(kind.prefix.as_bytes()))?;
            let rest = &word[kind.prefix.len()..];
            is_key(kind, rest).then_some((at + kind.prefix.len(), end))
        })
}

fn is_key(kind: &Kind, rest: &[u8]) -> bool {
    let seen = &rest[..rest.len().min(LOOK)];
    let run = seen
        .split(|byte| !byte.is_ascii_alphanumeric())
        .map(<[u8]>::len)
        .max()
        .unwrap_or(0);
    let is_exact = kind.is_mixed || (rest.len() == kind.least && is_upper(rest));
    rest.len() >= kind.least && run >= kind.run && is_exact && (!kind.is_mixed || is_mixed(seen))
}

fn is_upper(text: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    text.iter().all(is_part)
}

/// Whether there is what words do not have: a digit, or a capital after a small letter.
fn is_mixed(text: &[u8]) -> bool {
    has_digit(text) || has_inner_capital(text)
}

fn has_digit(text: &[u8]) -> bool {
    text.iter().any(u8::is_ascii_digit)
}

fn has_inner_capital(text: &[u8]) -> bool {
    text.windows(2)
        .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}

/// `eyJ….….…`: all but its header.
fn web_token(text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    let is_header = text[start..end].starts_with(b"eyJ") && end - start >= TOKEN_PART;
    if !is_header || text.get(end) != Some(&b'.') {
        return None;
    }
    let payload = end_of(text, end + 1, is_word);
    if payload - (end + 1) < TOKEN_PART {
        return None;
    }
    let mut last = payload;
    // Signed tokens have three parts, encrypted ones five.
    for _ in 0..3 {
        let part = end_of(text, last + 1, is_word);
        if text.get(last) != Some(&b'.') || part == last + 1 {
            break;
        }
        last = part;
    }
    Some((start, last))
}

/// The value after the name of a header that authenticates.
fn header(text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    let ends_with = |name: &str| {
        let from = end.saturating_sub(name.len()).max(start);
        text[from..end].eq_ignore_ascii_case(name.as_bytes())
    };
    let is_authorization = ends_with(AUTHORIZATION);
    if !is_authorization && !KEY_NAMES.into_iter().any(ends_with) {
        return None;
    }
    let colon = skip(text, end, |byte| is_quote(byte) || byte == b' ');
    let is_separated = matches!(text.get(colon), Some(b':' | b'='));
    if !is_separated {
        return None;
    }
    let mut from = skip(text, colon + 1, |byte| is_quote(byte) || byte == b' ');
    if is_authorization {
        let scheme = end_of(text, from, |byte| byte.is_ascii_alphabetic());
        let value = skip(text, scheme, |byte| byte == b' ');
        let schemes = ["basic", "bearer", "token", "apikey", "key"];
        let is_scheme = |name: &str| text[from..scheme].eq_ignore_ascii_case(name.as_bytes());
        if value > scheme && schemes.into_iter().any(is_scheme) {
            from = value;
        }
    }
    let seen = beginning(text, from, is_value);
    let is_secret = seen.len() >= VALUE && (is_mixed(seen) || seen.ends_with(b"="));
    is_secret.then(|| (from, end_of(text, from, is_value)))
}

/// As much as is looked at before it is known to be a secret: names could follow each other without
/// an end.
fn beginning(text: &[u8], from: usize, is_part: impl Fn(u8) -> bool) -> &[u8] {
    let rest = text.get(from..).unwrap_or_default();
    let rest = &rest[..rest.len().min(LOOK)];
    &rest[..end_of(rest, 0, is_part)]
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'\\')
}

/// Passes a few bytes between a name and its value.
fn skip(text: &[u8], at: usize, is_part: impl Fn(u8) -> bool) -> usize {
    end_of(text, at, is_part).min(at + 8)
}

/// The token after `Bearer` or `Basic`.
fn scheme(text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    let is_basic = text[start..end].eq_ignore_ascii_case(b"basic");
    if !is_basic && !text[start..end].eq_ignore_ascii_case(b"bearer") {
        return None;
    }
    let mut from = skip(text, end, |byte| matches!(byte, b' ' | b':' | b'='));
    if text
        .get(from..)
        .is_some_and(|rest| rest.starts_with(b"%20"))
    {
        from += 3;
    }
    let seen = beginning(text, from, is_token);
    let is_secret = match is_basic {
        // Prose has names of products here.
        true => seen.len() >= BASIC && has_digit(seen) && has_inner_capital(seen),
        false => seen.len() >= BEARER && is_mixed(seen),
    };
    let is_secret = from > end && is_secret;
    is_secret.then(|| (from, end_of(text, from, is_token)))
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
