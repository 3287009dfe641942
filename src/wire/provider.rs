//! The providers that hosts belong to.
//!
//! The only place where a host means anything: what a call *is* never depends on it, since the
//! same paths are served by OpenAI, by other vendors, by gateways and by local servers.

use crate::conventions::provider as names;

/// A host belongs to the first domain that it is or that it ends in.
const DOMAINS: &[(&str, &str)] = &[
    (".openai.com", names::OPENAI),
    (".openai.azure.com", names::AZURE_AI_OPENAI),
    (".openai.azure.us", names::AZURE_AI_OPENAI),
    (".openai.azure.cn", names::AZURE_AI_OPENAI),
    (".services.ai.azure.com", names::AZURE_AI_OPENAI),
    (".cognitiveservices.azure.com", names::AZURE_AI_OPENAI),
    (".models.ai.azure.com", names::AZURE_AI_INFERENCE),
    (".inference.ai.azure.com", names::AZURE_AI_INFERENCE),
    (".generativelanguage.googleapis.com", names::GCP_GEMINI),
    (".aiplatform.googleapis.com", names::GCP_VERTEX_AI),
    (".anthropic.com", names::ANTHROPIC),
    (".cohere.com", names::COHERE),
    (".cohere.ai", names::COHERE),
    (".deepseek.com", names::DEEPSEEK),
    (".groq.com", names::GROQ),
    (".ml.cloud.ibm.com", names::IBM_WATSONX_AI),
    (".mistral.ai", names::MISTRAL_AI),
    (".moonshot.ai", names::MOONSHOT_AI),
    (".moonshot.cn", names::MOONSHOT_AI),
    (".ollama.com", names::OLLAMA),
    (".perplexity.ai", names::PERPLEXITY),
    (".x.ai", names::X_AI),
];

/// Where AWS serves, under hosts of many names.
const AWS: [&str; 3] = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"];

/// The provider that a host belongs to, in the convention's word.
pub(super) fn of_host(host: &str) -> Option<&'static str> {
    let host = host.trim_end_matches('.').as_bytes();
    let ends_with = |end: &str| {
        let start = host.len().checked_sub(end.len());
        let last = start.and_then(|start| host.get(start..));
        last.is_some_and(|last| last.eq_ignore_ascii_case(end.as_bytes()))
    };
    let is_bedrock = host
        .get(..7)
        .is_some_and(|first| first.eq_ignore_ascii_case(b"bedrock"));
    if is_bedrock && AWS.iter().any(|domain| ends_with(domain)) {
        return Some(names::AWS_BEDROCK);
    }
    // Vertex puts the region into the first label, not before it: `europe-west1-aiplatform.…`.
    if ends_with("-aiplatform.googleapis.com") {
        return Some(names::GCP_VERTEX_AI);
    }
    let belongs = |domain: &str| {
        let name = domain.strip_prefix('.').unwrap_or(domain);
        ends_with(domain) || host.eq_ignore_ascii_case(name.as_bytes())
    };
    let known = DOMAINS.iter().find(|(domain, _)| belongs(domain));
    known.map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::of_host;

    #[test]
    fn hosts_belong_to_providers() {
        for (host, expected) in [
            ("api.openai.com", Some("openai")),
            ("eu.api.openai.com", Some("openai")),
            ("my-resource.openai.azure.com", Some("azure.ai.openai")),
            ("my-resource.services.ai.azure.com", Some("azure.ai.openai")),
            ("models.inference.ai.azure.com", Some("azure.ai.inference")),
            ("api.groq.com", Some("groq")),
            ("api.deepseek.com", Some("deepseek")),
            ("API.Mistral.AI.", Some("mistral_ai")),
            ("api.perplexity.ai", Some("perplexity")),
            ("api.x.ai", Some("x_ai")),
            ("generativelanguage.googleapis.com", Some("gcp.gemini")),
            (
                "europe-west1-aiplatform.googleapis.com",
                Some("gcp.vertex_ai"),
            ),
            ("aiplatform.googleapis.com", Some("gcp.vertex_ai")),
            (
                "bedrock-runtime.us-east-1.amazonaws.com",
                Some("aws.bedrock"),
            ),
            ("bedrock-mantle.us-east-1.api.aws", Some("aws.bedrock")),
            ("s3.us-east-1.amazonaws.com", None),
            ("api.moonshot.ai", Some("moonshot_ai")),
            ("ollama.com", Some("ollama")),
            ("api.anthropic.com", Some("anthropic")),
            ("api.cohere.ai", Some("cohere")),
            ("us-south.ml.cloud.ibm.com", Some("ibm.watsonx.ai")),
            // Not theirs: a name never matches the end of another label.
            ("phoenix.ai", None),
            ("notgroq.com", None),
            ("openrouter.ai", None),
            ("localhost", None),
            ("127.0.0.1", None),
            ("", None),
        ] {
            assert_eq!(of_host(host), expected, "{host}");
        }
    }
}
