//! Names of fields, headers and query values that hold a secret.
//!
//! Pure. A name is read as its words, however they are joined: `api_key`, `apiKey`, `X-Api-Key` and
//! `AccountKey` all end with the word *key*. Names of vocabulary (`eos_token`) and of counts (`max_tokens`)
//! are no secrets.

use serde_json::Value;

/// What a name contains that always stands for a secret, without what joins its words.
const SECRETS: [&str; 15] = [
    "authorization",
    "authentication",
    "bearer",
    "connectionstring",
    "connstr",
    "cookie",
    "credential",
    "jwt",
    "passphrase",
    "passwd",
    "password",
    "passcode",
    "privatekey",
    "secret",
    "sharedaccesssignature",
];

/// Last words of names of secrets.
const LAST_WORDS: [&str; 11] = [
    "apikey",
    "accesskey",
    "accountkey",
    "auth",
    "authkey",
    "key",
    "keys",
    "pat",
    "pwd",
    "subscriptionkey",
    "token",
];

/// Words before `token` in names of a model's vocabulary.
const VOCABULARY: [&str; 14] = [
    "bos", "cls", "end", "eos", "image", "mask", "max", "min", "pad", "sep", "start", "stop",
    "think", "unk",
];

/// Words before `tokens` in names of credentials; other tokens are counted or generated.
const CREDENTIALS: [&str; 10] = [
    "access", "api", "auth", "bearer", "id", "oauth", "refresh", "sas", "session", "user",
];

/// Whether a field of this name holds a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let joined = words.concat();
    let last = words.last().map(String::as_str).unwrap_or_default();
    let before = words.len().checked_sub(2).and_then(|at| words.get(at));
    let before = before.map(String::as_str).unwrap_or_default();
    if SECRETS.iter().any(|secret| joined.contains(secret)) {
        return true;
    }
    match last {
        "token" => !VOCABULARY.contains(&before),
        "tokens" => before.is_empty() || CREDENTIALS.contains(&before),
        last => {
            LAST_WORDS.contains(&last)
                || ["apikey", "accesskey", "secretkey", "accountkey", "token"]
                    .iter()
                    .any(|end| last.ends_with(end))
        }
    }
}

/// Whether a field of this name and value holds a secret: flags, nothing and counts of tokens do not.
pub(crate) fn is_secret_field(name: &str, value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(_) if name.to_ascii_lowercase().contains("token") => false,
        _ => is_secret_name(name),
    }
}

/// The value without fields that hold secrets, at any depth. A schema that describes such a field keeps
/// its description.
pub(crate) fn without_secrets(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(without_secrets).collect(),
        Value::Object(fields) => {
            let is_kept = |(name, value): &(String, Value)| !is_secret_field(name, value);
            let fields = fields.into_iter().filter(is_kept);
            Value::Object(
                fields
                    .map(|(name, value)| match (name.as_str(), value) {
                        ("properties" | "$defs" | "definitions", Value::Object(schemas)) => {
                            let is_kept = |(name, value): &(String, Value)| {
                                is_schema(value) || !is_secret_field(name, value)
                            };
                            let schemas = schemas.into_iter().filter(is_kept);
                            let schemas =
                                schemas.map(|(name, value)| (name, without_secrets(value)));
                            (name, Value::Object(schemas.collect()))
                        }
                        (_, value) => (name, without_secrets(value)),
                    })
                    .collect(),
            )
        }
        value => value,
    }
}

fn is_schema(value: &Value) -> bool {
    const KEYWORDS: [&str; 6] = ["type", "$ref", "anyOf", "oneOf", "allOf", "enum"];
    let has = |fields: &serde_json::Map<String, Value>| {
        KEYWORDS.iter().any(|keyword| fields.contains_key(*keyword))
    };
    value.as_object().is_some_and(has)
}

/// The words of a name in small letters.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for letter in name.chars().take(256) {
        let starts_word = letter.is_uppercase() && was_small;
        was_small = letter.is_lowercase() || letter.is_numeric();
        if !letter.is_alphanumeric() || starts_word {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_secret_name, without_secrets};

    #[test]
    fn names_of_secrets_are_known_in_every_spelling() {
        for name in [
            "key",
            "api_key",
            "apiKey",
            "apikey",
            "X-Api-Key",
            "Ocp-Apim-Subscription-Key",
            "AccountKey",
            "aws_secret_access_key",
            "aws_access_key_id_secret",
            "aws_session_token",
            "access_token",
            "accessToken",
            "refresh_tokens",
            "token",
            "hf_token",
            "password",
            "db.password",
            "client_secret",
            "credentials",
            "Authorization",
            "authorization_header",
            "connection_string",
            "connectionString",
            "AZURE_STORAGE_CONNECTION_STRING",
            "private_key_pem",
            "Set-Cookie",
            "encryptedPassword",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn counts_and_vocabulary_are_no_secrets() {
        for name in [
            "max_tokens",
            "max_completion_tokens",
            "maxTokens",
            "eos_token",
            "eos_token_id",
            "stop_token_ids",
            "skip_special_tokens",
            "return_tokens_as_token_ids",
            "monkey",
            "keywords",
            "keyboard",
            "author",
            "tokenizer",
            "temperature",
            "logit_bias",
            "top_k",
            "",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn secrets_go_at_any_depth_and_schemas_stay() {
        let value = json!({
            "a": [{"authentication": {"type": "api_key", "key": "k"}, "index": 1}],
            "b": {"c": {"key": "k", "d": {"password": 5, "max_tokens": 5, "use_key": true}}},
            "properties": {"key": {"type": "string"}, "password": "p", "token": {"value": "t"}},
        });
        assert_eq!(
            without_secrets(value),
            json!({
                "a": [{"index": 1}],
                "b": {"c": {"d": {"max_tokens": 5, "use_key": true}}},
                "properties": {"key": {"type": "string"}},
            })
        );
    }
}
