//! Under which names Langfuse's SDKs carry a trace's attributes from service to service.
//!
//! Pure. The Python SDK writes tags as it prints a list; both that form and JSON are read, JSON is
//! written.

use crate::conventions as names;
use crate::conventions::{observation, trace};

/// Neutral name and name in W3C baggage of everything but tags and metadata.
pub(crate) const NAMES: [(&str, &str); 7] = [
    (names::USER_ID, "langfuse_user_id"),
    (names::SESSION_ID, "langfuse_session_id"),
    (trace::NAME, "langfuse_trace_name"),
    (trace::VERSION, "langfuse_version"),
    (trace::ENVIRONMENT, "langfuse_environment"),
    (observation::PROMPT_NAME, "langfuse_prompt_name"),
    (observation::PROMPT_VERSION, "langfuse_prompt_version"),
];
/// Tags, a JSON array.
pub(crate) const TAGS: &str = "langfuse_tags";
/// What a key of metadata begins with.
pub(crate) const METADATA_PREFIX: &str = "langfuse_metadata_";
/// The trace that a service upstream has claimed the root of.
pub(crate) const TRACE_ID: &str = "langfuse_trace_id";

/// Tags as a service upstream wrote them.
pub(crate) fn parse_tags(text: &str) -> Vec<String> {
    if let Ok(tags) = serde_json::from_str(text) {
        return tags;
    }
    let list = text.trim().trim_start_matches('[').trim_end_matches(']');
    list.split(',')
        .map(|tag| tag.trim().trim_matches(['\'', '"']).to_owned())
        .filter(|tag| !tag.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::parse_tags;

    #[test]
    fn tags_of_every_sdk_are_read() {
        for text in [r#"["a","b c"]"#, "['a', 'b c']", "a, b c"] {
            assert_eq!(parse_tags(text), ["a", "b c"], "{text}");
        }
        assert_eq!(parse_tags("[]"), [""; 0]);
    }
}
