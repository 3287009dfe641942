//! What a request has beside its content → parameters, parameters that are content, and what never leaves.
//!
//! The contract: a parameter leaves as such only if it cannot quote anybody: a number, a flag or a short
//! word, or a structure of a known name that is made of those. Every other text and structure is content.
//! Names are compared in snake case. What is named like a secret is dropped here, so that no setting can let it out.

use serde_json::{Number, Value};

use crate::text::secret_fields::{is_secret_field, without_secrets};
use crate::text::snake_case::snake_case;
use crate::wire::content;
use crate::wire::facts::RequestFacts;
use crate::wire::fields::Object;

/// A longer word may be anything.
const WORD_CHARACTERS: usize = 64;

/// Parameters that are content whatever their value.
const CONTENT: &[&str] = &[
    "document_annotation_prompt",
    "documents",
    "email",
    "end_user",
    "end_user_id",
    "guided_choice",
    "guided_grammar",
    "guided_json",
    "guided_regex",
    "input",
    "instructions",
    "messages",
    "mock_response",
    "negative_prompt",
    "prediction",
    "prompt",
    "role_information",
    "search_prompt",
    "suffix",
    "system",
    "title",
    "user",
    "user_id",
    "user_location",
    "username",
];

/// Parameters whose value is a word of any length, or that are only named like a secret.
const WORDS: &[&str] = &[
    "prompt_cache_key",
    "safety_identifier",
    "model",
    "stop",
    "voice",
    "background",
];

/// What APIs call sequences at which to stop.
const STOPS: [&str; 2] = ["stop", "stop_sequences"];

/// Structures that cannot quote anybody as long as they are made of numbers, flags and short words.
const STRUCTURES: &[&str] = &[
    "allowed_openai_params",
    "anthropic_beta",
    "audio",
    "cache_control",
    "chat_template_kwargs",
    "citation_options",
    "context_management",
    "image_config",
    "include",
    "function_calling_config",
    "guardrail_config",
    "logit_bias",
    "modalities",
    "models",
    "moderation",
    "performance_config",
    "prompt_cache_options",
    "provider",
    "reasoning",
    "response_format",
    "response_modalities",
    "safety_settings",
    "service_tier",
    "size",
    "speech_config",
    "stop",
    "stop_token_ids",
    "stream_options",
    "text_format",
    "thinking",
    "thinking_config",
    "timestamp_granularities",
    "tool_choice",
    "tool_config",
    "transforms",
    "truncation_strategy",
    "turn_detection",
];

/// Takes everything that is left of a request.
pub(super) fn read(fields: Object, is_form: bool, facts: &mut RequestFacts) {
    for (name, value) in fields {
        match (name.as_str(), value) {
            ("reasoning", Value::Object(members)) => {
                flatten(members, facts, |member| format!("reasoning_{member}"));
            }
            ("text", Value::Object(members)) => flatten(members, facts, |member| match member {
                "format" => "text_format".to_owned(),
                member => member.to_owned(),
            }),
            (_, Value::String(text)) if is_form => add(name, of_form(text), facts),
            (_, value) => add(name, value, facts),
        }
    }
}

fn flatten(members: Object, facts: &mut RequestFacts, name: impl Fn(&str) -> String) {
    for (member, value) in members {
        add(name(&member), value, facts);
    }
}

/// Adds one parameter, as what it is.
pub(super) fn add(name: String, value: Value, facts: &mut RequestFacts) {
    let common = snake_case(&name);
    if value.is_null() || !WORDS.contains(&common.as_ref()) && is_secret_field(&name, &value) {
        return;
    }
    if is_parameter(&common, &value) {
        facts.parameters.push((name, value));
        return;
    }
    if let Some(strict) = strict(&common, &value) {
        facts
            .parameters
            .push((format!("{name}_strict"), strict.into()));
    }
    let value = content::scrubbed(without_secrets(value));
    facts.content_parameters.push((name, value));
}

/// Whether the value quotes nobody.
fn is_parameter(name: &str, value: &Value) -> bool {
    if CONTENT.contains(&name) {
        return false;
    }
    match value {
        Value::String(_) if WORDS.contains(&name) => true,
        // Sequences at which to stop, which have an attribute of the conventions.
        Value::Array(items) if STOPS.contains(&name) => items.iter().all(Value::is_string),
        Value::Array(_) | Value::Object(_) => STRUCTURES.contains(&name) && is_plain(value),
        value => is_plain(value),
    }
}

/// Whether there is nothing in it but numbers, flags and short words, and no secret.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => is_word(text),
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(fields) => fields.iter().all(|(name, value)| {
            let quotes = matches!(name.as_str(), "schema" | "description" | "json_schema");
            !quotes && is_word(name) && !is_secret_field(name, value) && is_plain(value)
        }),
    }
}

/// A short word that is no address.
fn is_word(text: &str) -> bool {
    text.chars().count() <= WORD_CHARACTERS
        && !text.contains("://")
        && !text.contains(|letter: char| letter == '@' || letter.is_whitespace())
}

/// Whether the answer must follow the schema, which may be too long to be kept.
fn strict(name: &str, format: &Value) -> Option<bool> {
    if !matches!(name, "response_format" | "text_format") {
        return None;
    }
    let schema = format.get("json_schema").unwrap_or(format);
    schema.get("strict")?.as_bool()
}

/// A form has only text.
fn of_form(text: String) -> Value {
    match text.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match text.parse::<Number>() {
            Ok(number) if number.to_string() == text => Value::Number(number),
            _ => Value::String(text),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::read;
    use crate::wire::facts::RequestFacts;

    #[test]
    fn parameters_content_and_secrets_are_kept_apart() {
        let long = "a".repeat(65);
        for (name, value, kept) in [
            ("temperature", json!(0.5), "parameter"),
            ("seed", json!(7), "parameter"),
            ("vendor_flag", json!(true), "parameter"),
            ("vendor_mode", json!("fast"), "parameter"),
            ("max_tokens", json!(5), "parameter"),
            ("prompt_cache_key", json!("tenant-1"), "parameter"),
            ("stop", json!(["\n\n", "User says: "]), "parameter"),
            ("stop_sequences", json!(["User says: "]), "parameter"),
            ("logit_bias", json!({"50256": -100}), "parameter"),
            ("modalities", json!(["text", "audio"]), "parameter"),
            (
                "chat_template_kwargs",
                json!({"enable_thinking": true}),
                "parameter",
            ),
            (
                "response_format",
                json!({"type": "json_object"}),
                "parameter",
            ),
            (
                "tool_choice",
                json!({"type": "function", "function": {"name": "f"}}),
                "parameter",
            ),
            ("vendor_text", json!("dear Grace, yours"), "content"),
            ("vendor_long", json!(long), "content"),
            ("vendor_list", json!([1]), "content"),
            ("vendor_object", json!({"a": 1}), "content"),
            ("owner", json!("ada@example.com"), "content"),
            ("callback", json!("https://host/path"), "content"),
            ("user", json!("u-1"), "content"),
            ("mock_response", json!("yes"), "content"),
            ("guided_json", json!({"title": "x"}), "content"),
            (
                "chat_template_kwargs",
                json!({"persona": "the tutor of Ada"}),
                "content",
            ),
            (
                "response_format",
                json!({"type": "json_schema", "json_schema": {"name": "s"}}),
                "content",
            ),
            ("api_key", json!("k"), ""),
            ("token", json!("k"), ""),
            ("credentials", json!({"aws_secret_access_key": "k"}), ""),
            ("connection_string", json!("k"), ""),
            ("nothing", json!(null), ""),
        ] {
            let mut facts = RequestFacts::default();
            let fields = [(name.to_owned(), value)].into_iter().collect();
            read(fields, false, &mut facts);
            let found = match (facts.parameters.len(), facts.content_parameters.len()) {
                (1, 0) => "parameter",
                (0, 1) => "content",
                _ => "",
            };
            assert_eq!(found, kept, "{name}");
        }
    }

    #[test]
    fn a_format_with_a_schema_says_apart_from_it_whether_it_is_strict() {
        let mut facts = RequestFacts::default();
        let format = json!({"type": "json_schema", "json_schema": {"schema": {}, "strict": true}});
        let fields = [("response_format".to_owned(), format)]
            .into_iter()
            .collect();
        read(fields, false, &mut facts);
        let strict = ("response_format_strict".to_owned(), json!(true));
        assert_eq!(facts.parameters, [strict]);
    }

    #[test]
    fn secrets_go_at_any_depth_of_content() {
        let mut facts = RequestFacts::default();
        let sources = json!([{"type": "search", "parameters": {
            "endpoint": "https://host",
            "authentication": {"type": "api_key", "key": "Zx81QpLm22Vv"},
            "embedding": {"key": "Zx81QpLm22Vv", "deployment": "ada"},
        }}]);
        let fields = [("data_sources".to_owned(), sources)].into_iter().collect();
        read(fields, false, &mut facts);
        let left = json!([{"type": "search", "parameters": {
            "endpoint": "https://host", "embedding": {"deployment": "ada"},
        }}]);
        assert_eq!(
            facts.content_parameters,
            [("data_sources".to_owned(), left)]
        );
    }
}
