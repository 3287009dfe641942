//! Keys and tokens that are known by what they look like.

use super::bytes::{LOOK, end_of, has_digit, inner_capitals, is_mixed, is_word};

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

/// The shortest word that is one of these keys.
const SHORTEST: usize = 14;

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
    kind("csk-", 20, 20),
    kind("r8_", 20, 20),
    kind("pa-", 32, 12),
    kind("tvly-", 16, 12),
    kind("pcsk_", 20, 12),
    kind("dapi", 32, 32),
    kind("jina_", 20, 20),
    kind("lsv2_pt_", 20, 12),
    kind("lsv2_sk_", 20, 12),
    kind("ghp_", 20, 20),
    kind("gho_", 20, 20),
    kind("ghu_", 20, 20),
    kind("ghs_", 20, 20),
    kind("ghr_", 20, 20),
    kind("github_pat_", 20, 12),
    kind("glpat-", 16, 4),
    kind("gldt-", 16, 4),
    kind("glrt-", 16, 4),
    kind("glptt-", 16, 4),
    kind("gloas-", 16, 4),
    kind("npm_", 30, 30),
    kind("xoxb-", 16, 8),
    kind("xoxp-", 16, 8),
    kind("xoxa-", 16, 8),
    kind("xoxr-", 16, 8),
    kind("xoxs-", 16, 8),
    kind("xoxe-", 16, 8),
    kind("xapp-", 16, 8),
    kind("sk_live_", 16, 12),
    kind("sk_test_", 16, 12),
    kind("rk_live_", 16, 12),
    kind("rk_test_", 16, 12),
    kind("whsec_", 16, 12),
    kind("GOCSPX-", 20, 8),
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

/// A key in the word between `at` and `end`, whose first letters up to `start` may belong to an escape.
pub(super) fn find(text: &[u8], at: usize, start: usize, end: usize) -> Option<(usize, usize)> {
    known(text, at, start, end)
        .or_else(|| web_token(text, start, end))
        .or_else(|| of_three_parts(text, start, end))
        .or_else(|| of_google(text, start, end))
        .or_else(|| of_telegram(text, start, end))
        .or_else(|| private_key(text, start, end))
}

/// A key of a known kind, at the beginning of a word or after a dash in it.
pub(super) fn known(text: &[u8], at: usize, start: usize, end: usize) -> Option<(usize, usize)> {
    let last = end.checked_sub(SHORTEST)?;
    (at..=last)
        .filter(|&from| from == at || from == start || !text[from - 1].is_ascii_alphanumeric())
        .find_map(|from| {
            let word = &text[from..end];
            let kind = KINDS
                .iter()
                .find(|kind| word.starts_with(kind.prefix.as_bytes()))?;
            let rest = &word[kind.prefix.len()..];
            is_key(kind, rest).then_some((from + kind.prefix.len(), end))
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

/// SendGrid's `SG.….…`.
fn of_three_parts(text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    if &text[start..end] != b"SG" || text.get(end) != Some(&b'.') {
        return None;
    }
    let id = end_of(text, end + 1, is_word);
    let last = end_of(text, id + 1, is_word);
    let is_key = text.get(id) == Some(&b'.') && id - end > 16 && last - id > 32;
    is_key.then_some((end + 1, last))
}

/// Google's access tokens: `ya29.…`.
fn of_google(text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    if &text[start..end] != b"ya29" || text.get(end) != Some(&b'.') {
        return None;
    }
    let last = end_of(text, end + 1, |byte| is_word(byte) || byte == b'.');
    (last - end > 20).then_some((end + 1, last))
}

/// The token of a Telegram bot: its number, a colon and 35 characters.
fn of_telegram(text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    let word = &text[start..end];
    let number = word.strip_prefix(b"bot").unwrap_or(word);
    let is_number = (8..=12).contains(&number.len()) && number.iter().all(u8::is_ascii_digit);
    if !is_number || text.get(end) != Some(&b':') {
        return None;
    }
    let last = end_of(text, end + 1, is_word);
    let rest = &text[end + 1..last];
    let is_token = rest.len() == 35 && rest.starts_with(b"AA") && inner_capitals(rest) > 0;
    is_token.then_some((end + 1, last))
}

/// What stands between `-----BEGIN … PRIVATE KEY-----` and the next such line, or as far as it goes.
fn private_key(text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    const LABEL: usize = 40;
    const DASHES: &[u8] = b"-----";
    const NAME: &[u8] = b"PRIVATE KEY";
    if !text[start..end].ends_with(b"-----BEGIN") {
        return None;
    }
    let after = &text[end..text.len().min(end + LABEL)];
    let label = after.windows(5).position(|five| five == DASHES)?;
    let is_private = after[..label].windows(NAME.len()).any(|name| name == NAME);
    if !is_private {
        return None;
    }
    let from = end + label + DASHES.len();
    let is_part = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'+' | b'/' | b'=' | b'\\' | b':' | b',' | b'-' | b' ' | b'\n' | b'\r' | b'\t'
            )
    };
    let rest = &text[from..];
    let length = (0..rest.len())
        .find(|&at| !is_part(rest[at]) || rest[at..].starts_with(DASHES))
        .unwrap_or(rest.len());
    let last = from + length;
    let body = &text[from..last];
    let is_line = |line: &[u8]| line.len() >= 16 && (has_digit(line) || inner_capitals(line) > 1);
    let has_line = body
        .split(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'/'))
        .any(is_line);
    has_line.then_some((from, last))
}
