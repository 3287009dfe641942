//! Whose dialect a call speaks, by the host that is called.
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
    (".perplexity.ai", names::PERPLEXITY),
    (".x.ai", names::X_AI),
];

/// The provider that a host stands for; an unknown one speaks OpenAI's dialect.
pub(crate) fn provider(host: &str) -> &'static str {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if host.starts_with("bedrock") && host.ends_with(".amazonaws.com") {
        return names::AWS_BEDROCK;
    }
    // Vertex puts the region into the first label, not before it: `europe-west1-aiplatform.…`.
    if host.ends_with("-aiplatform.googleapis.com") {
        return names::GCP_VERTEX_AI;
    }
    DOMAINS
        .iter()
        .find(|(domain, _)| host.ends_with(domain) || host == domain[1..])
        .map_or(names::OPENAI, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::provider;

    #[test]
    fn hosts_name_their_provider() {
        for (host, expected) in [
            ("api.openai.com", "openai"),
            ("eu.api.openai.com", "openai"),
            ("my-resource.openai.azure.com", "azure.ai.openai"),
            ("my-resource.services.ai.azure.com", "azure.ai.openai"),
            ("models.inference.ai.azure.com", "azure.ai.inference"),
            ("api.groq.com", "groq"),
            ("api.deepseek.com", "deepseek"),
            ("API.Mistral.AI.", "mistral_ai"),
            ("api.perplexity.ai", "perplexity"),
            ("api.x.ai", "x_ai"),
            ("generativelanguage.googleapis.com", "gcp.gemini"),
            ("europe-west1-aiplatform.googleapis.com", "gcp.vertex_ai"),
            ("aiplatform.googleapis.com", "gcp.vertex_ai"),
            ("bedrock-runtime.us-east-1.amazonaws.com", "aws.bedrock"),
            ("api.moonshot.ai", "moonshot_ai"),
            ("api.anthropic.com", "anthropic"),
            ("api.cohere.ai", "cohere"),
            ("us-south.ml.cloud.ibm.com", "ibm.watsonx.ai"),
            // Not theirs: nobody's name is a suffix of another label.
            ("phoenix.ai", "openai"),
            ("notgroq.com", "openai"),
            ("openrouter.ai", "openai"),
            ("localhost", "openai"),
            ("127.0.0.1", "openai"),
            ("", "openai"),
        ] {
            assert_eq!(provider(host), expected, "{host}");
        }
    }
}
