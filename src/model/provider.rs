//! Whose model a name is, where nobody says it.

use crate::conventions::provider;

/// Models belong to the provider in whose row their names begin.
const FAMILIES: &[(&str, &[&str])] = &[
    (
        provider::OPENAI,
        &[
            "gpt-",
            "chatgpt-",
            "o1",
            "o3",
            "o4",
            "codex-",
            "text-embedding-3",
            "text-embedding-ada",
            "dall-e",
            "whisper-",
            "tts-",
            "omni-moderation",
        ],
    ),
    (provider::ANTHROPIC, &["claude-"]),
    (provider::GCP_GEMINI, &["gemini-", "models/gemini-"]),
    (
        provider::MISTRAL_AI,
        &[
            "mistral-",
            "ministral-",
            "magistral-",
            "codestral-",
            "pixtral-",
        ],
    ),
    (
        provider::COHERE,
        &["command-", "embed-english", "embed-multilingual"],
    ),
    (provider::DEEPSEEK, &["deepseek-chat", "deepseek-reasoner"]),
    (provider::MOONSHOT_AI, &["moonshot-", "kimi-"]),
    (provider::PERPLEXITY, &["sonar"]),
    (provider::X_AI, &["grok-"]),
];

/// The provider that is known for models of this name, in the convention's word.
pub(crate) fn provider_of(model: &str) -> Option<&'static str> {
    let begins = |family: &&str| {
        let rest = model.strip_prefix(*family);
        // `o1` and `o1-mini`, but not `o1ympus`.
        rest.is_some_and(|rest| family.ends_with('-') || !rest.starts_with(char::is_alphabetic))
    };
    let mut families = FAMILIES.iter();
    let found = families.find(|(_, names)| names.iter().any(&begins));
    found.map(|(provider, _)| *provider)
}

#[cfg(test)]
mod tests {
    use super::provider_of;

    #[test]
    fn well_known_models_belong_to_their_makers() {
        for (model, provider) in [
            ("gpt-4o-mini", Some("openai")),
            ("o3", Some("openai")),
            ("o1-mini", Some("openai")),
            ("text-embedding-3-small", Some("openai")),
            ("claude-sonnet-4-5", Some("anthropic")),
            ("gemini-2.5-pro", Some("gcp.gemini")),
            ("mistral-large-latest", Some("mistral_ai")),
            ("grok-4", Some("x_ai")),
            ("sonar-pro", Some("perplexity")),
            ("o1ympus", None),
            ("llama-3.3-70b", None),
            ("my-deployment", None),
            ("", None),
        ] {
            assert_eq!(provider_of(model), provider, "{model}");
        }
    }
}
