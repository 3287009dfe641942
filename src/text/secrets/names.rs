//! Names whose values are secrets, in whatever case and with whatever separators they are written.
//!
//! A name is read as words: `aws_secret_access_key`, `x-api-key` and `clientSecret` have three, three and
//! two. `token` and `key` are common English, so they count only where they say what the value is:
//! `access_token` and `api_key` do, `max_tokens`, `token_count`, `tokenizer` and `key_points` do not.

/// Says of the value that it is a secret, wherever it stands in the name.
const TELLING: [&str; 12] = [
    "secret",
    "secrets",
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "credential",
    "credentials",
    "authorization",
    "connectionstring",
];
/// Says so at the end of a name.
const TELLING_LAST: [&str; 8] = [
    "auth",
    "authentication",
    "bearer",
    "cookie",
    "cookies",
    "jwt",
    "sas",
    "sig",
];
/// What may follow `key` and `token` when they are a secret.
const OF_THE_VALUE: [&str; 8] = [
    "base64", "bytes", "data", "id", "material", "pem", "value", "values",
];
/// Which keys are none of a lock.
const OTHER_KEYS: [&str; 17] = [
    "cache",
    "column",
    "dedup",
    "deduplication",
    "dictionary",
    "foreign",
    "group",
    "grouping",
    "idempotency",
    "lookup",
    "object",
    "partition",
    "primary",
    "routing",
    "row",
    "sort",
    "unique",
];
/// Which tokens are pieces of a text, or of a list.
const OTHER_TOKENS: [&str; 22] = [
    "audio",
    "bos",
    "cls",
    "continuation",
    "end",
    "eos",
    "first",
    "image",
    "last",
    "mask",
    "next",
    "output",
    "input",
    "pad",
    "page",
    "per",
    "sep",
    "special",
    "start",
    "stop",
    "sync",
    "unk",
];
/// Which keys and tokens authenticate; also written together, as in `apikey`.
const OF_ACCESS: [&str; 24] = [
    "access",
    "account",
    "admin",
    "api",
    "app",
    "auth",
    "bearer",
    "bot",
    "client",
    "csrf",
    "encryption",
    "id",
    "identity",
    "license",
    "master",
    "private",
    "refresh",
    "secret",
    "security",
    "service",
    "session",
    "shared",
    "signing",
    "subscription",
];

/// Whether a field, header, parameter or variable of this name holds a secret: its name says key,
/// secret, token, password, credential, authorization, cookie, or connection string.
pub(crate) fn is_secret_name(name: &str) -> bool {
    meaning(name).is_some()
}

/// How much a name says of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Password,
    Authorization,
    Cookie,
    /// A key, token or secret by which one is let in.
    Access,
    /// `key`, `token` and their like, which may be anything's.
    Vague,
}

pub(super) fn meaning(name: &str) -> Option<Meaning> {
    let words = words(name);
    let is_any = |list: &[&str], word: &str| list.iter().any(|one| one.eq_ignore_ascii_case(word));
    for (index, word) in words.iter().enumerate() {
        let is_last = index + 1 == words.len();
        let before = index.checked_sub(1).map(|before| words[before]);
        let after = words.get(index + 1);
        let is = |other: &str| word.eq_ignore_ascii_case(other);
        let found = if is_any(&TELLING, word) {
            Some(telling(word))
        } else if ends_with(word, "password") || ends_with(word, "passwd") {
            Some(Meaning::Password)
        } else if ends_with(word, "secret")
            || ends_with(word, "credentials")
            || is("connection") && after.is_some_and(|next| next.eq_ignore_ascii_case("string"))
        {
            Some(Meaning::Access)
        } else if is_last && is_any(&TELLING_LAST, word) {
            Some(match () {
                () if ends_with(word, "cookie") || ends_with(word, "cookies") => Meaning::Cookie,
                () => Meaning::Vague,
            })
        } else if is_last
            && is("signature")
            && before.is_some_and(|scheme| is_any(&["amz", "goog", "access"], scheme))
        {
            Some(Meaning::Access)
        } else if is("key") || is("token") {
            let others: &[&str] = match is("key") {
                true => &OTHER_KEYS,
                false => &OTHER_TOKENS,
            };
            let says_what = is_last
                || (after.is_some_and(|next| is_any(&OF_THE_VALUE, next))
                    && index + 2 == words.len()
                    && (is("key") || !after.is_some_and(|next| is_any(&["id"], next))));
            match before {
                _ if !says_what => None,
                Some(before) if is_any(others, before) => None,
                Some(before) if is_any(&OF_ACCESS, before) || is("token") => Some(Meaning::Access),
                _ => Some(Meaning::Vague),
            }
        } else if is("keys") || is("tokens") {
            let is_access = before.is_some_and(|before| is_any(&OF_ACCESS, before));
            (is_last && is_access).then_some(Meaning::Access)
        } else {
            is_joined(word).then_some(Meaning::Access)
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn telling(word: &str) -> Meaning {
    if word.eq_ignore_ascii_case("authorization") {
        Meaning::Authorization
    } else if word.as_bytes()[0].eq_ignore_ascii_case(&b'p') {
        Meaning::Password
    } else {
        Meaning::Access
    }
}

/// `apikey`, `accesstoken` and their like.
fn is_joined(word: &str) -> bool {
    ["key", "keys", "token"].into_iter().any(|end| {
        let first = ends_with(word, end).then(|| &word[..word.len() - end.len()]);
        first.is_some_and(|first| OF_ACCESS.iter().any(|word| ends_with(first, word)))
    })
}

fn ends_with(word: &str, end: &str) -> bool {
    let from = word.len().checked_sub(end.len());
    from.and_then(|from| word.get(from..))
        .is_some_and(|rest| rest.eq_ignore_ascii_case(end))
}

/// The words of a name: separated by anything that is no letter or digit, or by a capital.
fn words(name: &str) -> Vec<&str> {
    let parts = name.split(|character: char| !character.is_ascii_alphanumeric());
    parts
        .flat_map(split_at_capitals)
        .filter(|word| !word.is_empty())
        .collect()
}

/// `APIKey` is `API` and `Key`.
fn split_at_capitals(part: &str) -> impl Iterator<Item = &str> {
    let bytes = part.as_bytes();
    let begins = move |at: &usize| {
        let at = *at;
        let follows_small = !bytes[at - 1].is_ascii_uppercase();
        let precedes_small = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        bytes[at].is_ascii_uppercase() && (follows_small || precedes_small)
    };
    let ends = (1..part.len()).filter(begins).chain([part.len()]);
    ends.scan(0, move |start, end| {
        let word = &part[*start..end];
        *start = end;
        Some(word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_that_its_value_is_a_secret() {
        for name in [
            "key",
            "api_key",
            "apiKey",
            "APIKey",
            "apikey",
            "x-api-key",
            "OPENAI_API_KEY",
            "x-goog-api-key",
            "Ocp-Apim-Subscription-Key",
            "api_keys",
            "AccountKey",
            "SharedAccessKey",
            "SharedAccessSignature",
            "X-Amz-Signature",
            "X-Amz-Security-Token",
            "aws_secret_access_key",
            "SecretAccessKey",
            "aws_access_key_id",
            "private_key",
            "privateKeyPem",
            "encryption_key",
            "secret",
            "client_secret",
            "clientsecret",
            "clientSecret",
            "secrets",
            "token",
            "access_token",
            "accessToken",
            "accesstoken",
            "refresh_token",
            "auth_token",
            "access_tokens",
            "aws_session_token",
            "slackToken",
            "password",
            "db.password",
            "PGPASSWORD",
            "passwd",
            "Pwd",
            "passphrase",
            "credential",
            "credentials",
            "vertex_credentials",
            "Authorization",
            "proxy-authorization",
            "authentication",
            "basic_auth",
            "connection_string",
            "connectionString",
            "connectionstring",
            "Set-Cookie",
            "jwt",
            "sig",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn and_of_other_names_it_does_not() {
        for name in [
            "",
            "max_tokens",
            "max_completion_tokens",
            "maxOutputTokens",
            "tokens",
            "token_count",
            "token_ids",
            "stop_token_ids",
            "stop_token",
            "eos_token",
            "eos_token_id",
            "bad_words_tokens",
            "skip_special_tokens",
            "return_tokens_as_token_ids",
            "time_to_first_token",
            "price_per_token",
            "next_page_token",
            "tokenizer",
            "token_type_ids",
            "key_points",
            "keywords",
            "keyboard",
            "monkey",
            "keys",
            "prompt_cache_key",
            "idempotency_key",
            "primary_key",
            "author",
            "authority",
            "secretary",
            "connection",
            "string",
            "signature",
            "temperature",
            "größe",
            "🔑",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
