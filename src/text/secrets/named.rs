//! Values after a name or scheme that says that they are secret, in JSON, queries, forms, headers,
//! connection strings and source text.
//!
//! A name alone proves little: prose, source code and messages about missing keys have the same names.
//! So the value must look like one as well; how much, depends on what the name says and on whether
//! the syntax leaves no doubt that a value follows.

use super::bytes::{
    LOOK, beginning, end_of, has_digit, has_letter, inner_capitals, is_mixed, is_quote, is_token,
    is_value, is_word, skip,
};
use super::keys;
use super::names;
use super::names::Meaning;

/// The least length of what follows a name.
const VALUE: usize = 8;
const PASSWORD: usize = 6;
/// The least length of a password where nothing else can stand.
const CERTAIN_PASSWORD: usize = 4;
/// The least length of what follows a name that may be anything's.
const VAGUE: usize = 16;
/// The least length of a token that only stands after `Bearer`, and of what stands after `Basic`.
const BEARER: usize = 16;
const BASIC: usize = 20;
/// So much of a name is read: its end.
const NAME: usize = 64;

/// Stands where a password is meant.
const PLACEHOLDERS: [&[u8]; 19] = [
    b"changeme",
    b"false",
    b"hidden",
    b"invalid",
    b"masked",
    b"missing",
    b"none",
    b"null",
    b"object",
    b"optional",
    b"password",
    b"redacted",
    b"required",
    b"secret",
    b"string",
    b"text",
    b"true",
    b"undefined",
    b"unknown",
];

/// Schemes of `Authorization` with one value, and with a list of parameters.
const SCHEMES: [&[u8]; 6] = [
    b"basic",
    b"bearer",
    b"token",
    b"apikey",
    b"key",
    b"negotiate",
];
const SCHEMES_OF_LISTS: [&[u8]; 5] = [
    b"aws4-hmac-sha256",
    b"digest",
    b"hawk",
    b"oauth",
    b"signature",
];

/// The secret after the word between `start` and `end`.
pub(super) fn find(text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    value(text, start, end).or_else(|| scheme(text, start, end))
}

/// Where a value stands.
struct Place {
    from: usize,
    /// After a quotation mark.
    is_quoted: bool,
    /// As in `?name=value` and `name=value&`.
    is_parameter: bool,
}

fn value(text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    let place = place(text, start, end)?;
    let name = &text[start.max(end.saturating_sub(NAME))..end];
    match names::meaning(std::str::from_utf8(name).ok()?)? {
        Meaning::Authorization => authorization(text, &place),
        Meaning::Cookie => cookies(text, place.from),
        meaning => {
            let (seen, is_part) = beginning_of_value(text, &place);
            is_secret(meaning, seen, text, &place).then(|| {
                let last = end_of(text, place.from, is_part);
                // What a key of a known kind begins with stays here as well.
                let word = end_of(text, place.from, is_word);
                let known = keys::known(text, place.from, place.from, word);
                let from = known.map(|(from, _)| from).filter(|from| *from < last);
                (from.unwrap_or(place.from), last)
            })
        }
    }
}

/// Where the value begins if a separator follows.
fn place(text: &[u8], start: usize, end: usize) -> Option<Place> {
    let (separator, _) = filler(text, end);
    let rest = text.get(separator..)?;
    let (length, is_equal) = match rest {
        // Comparisons, and paths of types.
        [b'=', b'=', ..] | [b':', b':', ..] => return None,
        [b'=', b'>', ..] => (2, false),
        [b'=', ..] => (1, true),
        [b':', ..] => (1, false),
        [b'%', b'3', b'd' | b'D', ..] => (3, true),
        [b'%', b'3', b'a' | b'A', ..] => (3, false),
        _ => return None,
    };
    let (mut from, mut is_quoted) = filler(text, separator + length);
    // As `Debug` writes it.
    if text[from..].starts_with(b"Some(") {
        (from, is_quoted) = filler(text, from + b"Some(".len());
    }
    let before = start.checked_sub(1).map(|index| text[index]);
    let is_begun = matches!(before, Some(b'?' | b'&' | b';'));
    let is_direct = is_equal && separator == end && from == separator + length;
    let is_ended = || text.get(end_of_value(text, from)) == Some(&b'&');
    Some(Place {
        from,
        is_quoted,
        is_parameter: is_direct && (is_begun || is_ended()),
    })
}

/// The end of a value, as far as it is looked at.
fn end_of_value(text: &[u8], from: usize) -> usize {
    from + beginning(text, from, is_value).len()
}

/// Passes spaces and quotation marks, escaped or not; and whether there was a mark.
fn filler(text: &[u8], mut at: usize) -> (usize, bool) {
    let limit = at + VALUE;
    let mut is_quoted = false;
    while at < limit {
        let (length, is_mark) = match text.get(at..).unwrap_or_default() {
            [b' ', ..] => (1, false),
            [b'"' | b'\'', ..] => (1, true),
            [b'\\', b'"' | b'\'' | b'\\', ..] => (1, false),
            [b'%', b'2', b'0', ..] => (3, false),
            [b'%', b'2', b'2', ..] => (3, true),
            _ => break,
        };
        at += length;
        is_quoted |= is_mark;
    }
    (at, is_quoted)
}

/// The beginning of a value, and what it consists of. Its end is looked for only when it is a secret.
fn beginning_of_value<'a>(text: &'a [u8], place: &Place) -> (&'a [u8], fn(u8) -> bool) {
    if place.is_quoted {
        let seen = beginning(text, place.from, is_quoted_value);
        let next = text.get(place.from + seen.len());
        let is_closed = next.is_some_and(|next| is_quote(*next) || *next == b'\\');
        if seen.len() == LOOK || is_closed {
            return (seen, is_quoted_value);
        }
    }
    (beginning(text, place.from, is_value), is_value)
}

fn is_quoted_value(byte: u8) -> bool {
    (byte.is_ascii_graphic() || !byte.is_ascii())
        && !is_quote(byte)
        && !matches!(byte, b'\\' | b'<' | b'>')
}

fn is_secret(meaning: Meaning, seen: &[u8], text: &[u8], place: &Place) -> bool {
    // A value that is longer than what is looked at has no end yet.
    let next = match seen.len() {
        LOOK => None,
        length => text.get(place.from + length),
    };
    let is_call = matches!(next, Some(b'(' | b'[' | b'{' | b'<'));
    let is_reference = matches!(seen.first(), Some(b'/' | b'.' | b'~' | b'$' | b'%'));
    let is_address = seen.windows(3).any(|three| three == b"://");
    let is_placeholder = PLACEHOLDERS
        .iter()
        .any(|word| seen.eq_ignore_ascii_case(word));
    if is_placeholder || is_address {
        return false;
    }
    let is_closed = place.is_quoted && next.is_none_or(|next| is_quote(*next) || *next == b'\\');
    let is_certain = is_closed || place.is_parameter;
    if !is_certain && (is_call || is_reference) {
        return false;
    }
    match meaning {
        Meaning::Password if is_certain => seen.len() >= CERTAIN_PASSWORD,
        Meaning::Password => seen.len() >= PASSWORD && (has_digit(seen) || has_inner_sign(seen)),
        Meaning::Access if place.is_parameter => seen.len() >= VALUE,
        Meaning::Access if is_certain => seen.len() >= VALUE && is_mixed(seen),
        Meaning::Access => seen.len() >= VALUE && is_random(seen),
        _ if place.is_parameter => seen.len() >= VALUE && is_mixed(seen),
        _ => {
            let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'=');
            seen.len() >= VAGUE && is_random(seen) && seen.iter().all(is_part)
        }
    }
}

/// No word of a language, and no name.
fn is_random(text: &[u8]) -> bool {
    (has_digit(text) && has_letter(text)) || (text.len() >= 20 && inner_capitals(text) > 2)
}

/// Whether there is a sign that only passwords have, between others.
fn has_inner_sign(text: &[u8]) -> bool {
    let inner = text.get(1..text.len().saturating_sub(1));
    inner.is_some_and(|inner| {
        inner
            .iter()
            .any(|byte| matches!(byte, b'!' | b'@' | b'$' | b'^' | b'*' | b'#'))
    })
}

/// The value of the header, after its scheme.
fn authorization(text: &[u8], place: &Place) -> Option<(usize, usize)> {
    let mut from = place.from;
    let scheme = end_of_scheme(text, from);
    let value = skip(text, scheme, |byte| byte == b' ');
    let mut is_unknown = false;
    if value > scheme {
        let is_any = |schemes: &[&[u8]]| {
            schemes
                .iter()
                .any(|name| text[from..scheme].eq_ignore_ascii_case(name))
        };
        if is_any(&SCHEMES_OF_LISTS) {
            let has_parameters = beginning(text, value, is_value).contains(&b'=');
            return has_parameters.then(|| (value, end_of_list(text, value, place.is_quoted)));
        }
        is_unknown = !is_any(&SCHEMES);
        from = value;
    }
    let seen = beginning(text, from, is_value);
    let is_secret = match is_unknown {
        true => is_random(seen),
        false => is_mixed(seen) || seen.ends_with(b"="),
    };
    (seen.len() >= VALUE && is_secret).then(|| (from, end_of(text, from, is_value)))
}

/// A scheme is no longer than what is looked at.
fn end_of_scheme(text: &[u8], from: usize) -> usize {
    from + beginning(text, from, is_word).len()
}

/// Parameters go as far as the line does, or the text that the quotation marks enclose.
fn end_of_list(text: &[u8], from: usize, is_quoted: bool) -> usize {
    end_of(text, from, |byte| {
        let is_end = matches!(byte, b'\n' | b'\r' | b'\\' | b'<' | b'>') || !byte.is_ascii();
        !(is_end || is_quoted && is_quote(byte))
    })
}

/// `name=value; name=value`.
fn cookies(text: &[u8], from: usize) -> Option<(usize, usize)> {
    let first = beginning(text, from, is_value);
    let equal = first.iter().position(|byte| *byte == b'=')?;
    if equal == 0 || first.len() - equal <= CERTAIN_PASSWORD {
        return None;
    }
    let mut last = end_of(text, from, is_value);
    loop {
        let next = match text.get(last..).unwrap_or_default() {
            [b';', b' ', ..] => last + 2,
            [b';' | b'&', ..] => last + 1,
            _ => return Some((from, last)),
        };
        let end = end_of(text, next, is_value);
        if end == next {
            return Some((from, last));
        }
        last = end;
    }
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
        true => seen.len() >= BASIC && has_digit(seen) && inner_capitals(seen) > 0,
        false => seen.len() >= BEARER && is_mixed(seen),
    };
    let is_secret = from > end && is_secret;
    is_secret.then(|| (from, end_of(text, from, is_token)))
}
