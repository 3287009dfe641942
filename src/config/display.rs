//! How the value of a setting is displayed, in errors and in lists.
//!
//! Contract: a value may hold a secret by mistake, such as a key in the variable beside its own, so
//! whatever looks like one is left out.

use crate::text::secrets;

/// Letters and digits without a separator look like a token from this length on.
const TOKEN: usize = 16;
/// Lengths of the groups of a UUID, of which many keys are made.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// A value without what is certainly a key.
pub(crate) fn redacted(value: &str) -> String {
    secrets::redacted(value).into_owned()
}

/// A value, unless part of it looks like a token.
pub(crate) fn text(value: &str) -> String {
    let redacted = redacted(value);
    let words: Vec<&str> = redacted
        .split(|one: char| !one.is_ascii_alphanumeric())
        .collect();
    let has_uuid = words
        .windows(UUID.len())
        .any(|words| words.iter().map(|word| word.len()).eq(UUID));
    if has_uuid || words.iter().any(|word| is_token(word)) {
        return format!("(not shown, {} characters)", value.chars().count());
    }
    redacted
}

/// An address: its scheme, host and port. Tokens stand in paths and queries, passwords before the host.
pub(crate) fn address(value: &str) -> String {
    let (scheme, rest) = match value.find("://") {
        Some(end) => value.split_at(end + 3),
        None => ("", value),
    };
    let host = match rest.rsplit_once('@') {
        // It could be part of a password, or of a path.
        Some((before, _)) if before.contains(['/', '?', '#']) => "",
        Some((_, host)) => host,
        None => rest,
    };
    let (host, tail) = host.split_at(host.find(['/', '?', '#']).unwrap_or(host.len()));
    let start = if host.len() < rest.len() - tail.len() {
        "…@"
    } else {
        scheme
    };
    let tail = match tail.char_indices().nth(1) {
        Some((end, _)) => format!("{}…", &tail[..end]),
        None => tail.to_owned(),
    };
    text(&format!("{start}{host}{tail}"))
}

/// What must not be displayed at all.
pub(crate) fn secret(_: &str) -> String {
    "(secret)".to_owned()
}

fn is_token(word: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    word.len() >= TOKEN && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_token_is_not_displayed() {
        for token in [
            "pk-lf-11111111-1111-4111-8111-11111111abcd",
            "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
            "Basic cGstbGYtMTExMTExMTEtMTExMS00MTExLTgx",
        ] {
            let displayed = text(token);
            assert!(!displayed.contains(&token[8..]), "{displayed}");
        }
    }

    #[test]
    fn words_and_numbers_are_displayed() {
        for plain in [
            "a-name-of-more-than-forty-characters-here",
            "99999999999999999999999",
            "info,my_crate=loud",
            "my-service-2024-production",
        ] {
            assert_eq!(text(plain), plain);
        }
    }

    #[test]
    fn of_an_address_scheme_host_and_port_are_displayed() {
        for (value, displayed) in [
            ("http://localhost:4318", "http://localhost:4318"),
            ("http://localhost:4318/", "http://localhost:4318/"),
            ("https://example.com/ingest/token", "https://example.com/…"),
            ("localhost/?token=secret", "localhost/…"),
            (
                "http://ada:secret@example.com?key=secret",
                "…@example.com?…",
            ),
            ("http://ada:sec/ret@example.com", "…@"),
            ("http://example.com/a@secret", "…@"),
        ] {
            assert_eq!(address(value), displayed, "{value}");
        }
    }
}
