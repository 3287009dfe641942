//! Whether a path of common English words is one of a model's API.
//!
//! The contract: `/responses`, `/completions` and the like are served by surveys, schools and shops as well,
//! and nothing of those may be read. Under the usual bases the path is enough; elsewhere the body has to
//! name a model and hold what the call needs, or the id has to be of the API's own form. If the body is not
//! known, the path has to do.

use super::kind::EndpointKind;
use crate::wire::endpoint::RequestHead;
use crate::wire::evidence::has_members;
use crate::wire::provider;
use crate::wire::route::{Route, is_version};

/// What a request holds that asks a model, beside the model.
const INPUTS: &[&str] = &["input", "prompt", "previous_response_id", "conversation"];
/// How the ids of the API begin.
const IDS: [&str; 2] = ["resp_", "conv_"];

pub(super) fn is_call_of_a_model(
    kind: EndpointKind,
    head: &RequestHead<'_>,
    route: &Route,
) -> bool {
    let (Some(word), Some(body)) = (common_word(kind), head.body()) else {
        return true;
    };
    if has_usual_base(head, word) || provider::of_host(head.host).is_some() {
        return true;
    }
    match inputs(kind) {
        Some(inputs) => has_members(body, &[&["model"], inputs]),
        None => route
            .ids
            .iter()
            .any(|(_, id)| IDS.iter().any(|form| id.starts_with(form))),
    }
}

/// The word of common English with which the path of the API begins.
fn common_word(kind: EndpointKind) -> Option<&'static str> {
    Some(match kind {
        EndpointKind::Completions => "completions",
        EndpointKind::Response
        | EndpointKind::ResponseRetrieve
        | EndpointKind::ResponseDelete
        | EndpointKind::ResponseCancel
        | EndpointKind::ResponseInputItems
        | EndpointKind::ResponseCompact
        | EndpointKind::ResponseInputTokens => "responses",
        EndpointKind::ConversationCreate
        | EndpointKind::Conversation
        | EndpointKind::ConversationItems => "conversations",
        EndpointKind::Embeddings => "embeddings",
        EndpointKind::Moderation => "moderations",
        _ => return None,
    })
}

/// What the body of such a call holds beside a model, if it has one.
fn inputs(kind: EndpointKind) -> Option<&'static [&'static str]> {
    match kind {
        EndpointKind::Completions
        | EndpointKind::Response
        | EndpointKind::ResponseCompact
        | EndpointKind::ResponseInputTokens
        | EndpointKind::Embeddings
        | EndpointKind::Moderation => Some(INPUTS),
        _ => None,
    }
}

/// Whether the path of the API follows a version, or is one below `openai` or a deployment.
fn has_usual_base(head: &RequestHead<'_>, word: &str) -> bool {
    let place = head.segments.iter().rposition(|segment| *segment == word);
    let base = place.and_then(|place| head.segments.get(..place));
    let base = base.unwrap_or_default();
    base.last().is_some_and(|last| is_version(last))
        || base
            .iter()
            .any(|segment| matches!(*segment, "openai" | "deployments"))
}

#[cfg(test)]
mod tests {
    use crate::wire::endpoint::RequestHead;
    use crate::wire::openai::recognise;

    fn is_recognised(method: &str, host: &str, path: &str, body: &str) -> bool {
        let head = RequestHead::new(method, host, path, None, &|_| None);
        recognise(&head.with_body(body.as_bytes())).is_some()
    }

    const ASKS: &str = r#"{"model":"m","input":"hi"}"#;
    const ANSWERS: &str = r#"{"student":"ada@example.com","answers":[{"model":"m","input":1}]}"#;

    #[test]
    fn common_english_needs_evidence() {
        for (method, path, body, expected) in [
            ("POST", "/surveys/12/responses", ANSWERS, false),
            ("POST", "/v1/surveys/12/responses", ANSWERS, false),
            ("POST", "/responses", ANSWERS, false),
            (
                "POST",
                "/forms/7/completions",
                r#"{"completed":true}"#,
                false,
            ),
            ("POST", "/forms/7/completions", "", false),
            ("POST", "/shop/moderations", r#"{"input":"text"}"#, false),
            ("POST", "/cars/embeddings", r#"{"model":"Civic"}"#, false),
            ("GET", "/surveys/12/responses/5", "", false),
            ("DELETE", "/surveys/12/responses/5", "", false),
            ("POST", "/support/conversations", r#"{"items":[]}"#, false),
            ("GET", "/support/conversations/5/items", "", false),
            ("POST", "/responses", ASKS, true),
            ("POST", "/gateway/responses", ASKS, true),
            ("POST", "/embeddings", ASKS, true),
            (
                "POST",
                "/completions",
                r#"{"prompt":"a","model":"m"}"#,
                true,
            ),
            ("POST", "/v1/responses", "", true),
            ("POST", "/api/paas/v4/embeddings", "", true),
            ("POST", "/v1beta/openai/embeddings", "", true),
            ("POST", "/openai/deployments/d/completions", "", true),
            ("GET", "/responses/resp_1", "", true),
            ("POST", "/responses/resp_1/cancel", "", true),
            ("GET", "/conversations/conv_1/items", "", true),
            ("POST", "/chat/completions", "", true),
        ] {
            assert_eq!(
                is_recognised(method, "", path, body),
                expected,
                "{method} {path} {body}"
            );
        }
        let host = "api.deepseek.com";
        assert!(is_recognised("POST", host, "/beta/completions", ""));
    }
}
