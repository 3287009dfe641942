//! Which calls are Anthropic's, and whose.

use crate::wire::endpoint::RequestHead;
use crate::wire::{Endpoint, recognise};

const ASKS: &str = r#"{"model":"m","max_tokens":5,"messages":[]}"#;

fn recognised(host: &str, path: &str, header: &str, body: &str) -> Endpoint {
    let header = |name: &str| (name == header).then_some("1");
    let head = RequestHead::new("POST", host, path, None, &header);
    recognise(&head.with_body(body.as_bytes()))
}

#[test]
fn common_english_needs_evidence() {
    for (host, path, header, body, provider) in [
        (
            "api.anthropic.com",
            "/v1/messages",
            "",
            "",
            Some("anthropic"),
        ),
        (
            "localhost",
            "/v1/messages",
            "anthropic-version",
            "",
            Some("anthropic"),
        ),
        ("localhost", "/v1/messages", "", ASKS, Some("anthropic")),
        (
            "openrouter.ai",
            "/api/v1/messages",
            "",
            ASKS,
            Some("anthropic"),
        ),
        (
            "api.deepseek.com",
            "/anthropic/v1/messages",
            "",
            ASKS,
            Some("deepseek"),
        ),
        (
            "x.services.ai.azure.com",
            "/anthropic/v1/messages",
            "",
            ASKS,
            Some("azure.ai.inference"),
        ),
        (
            "bedrock-mantle.us-east-1.api.aws",
            "/anthropic/v1/messages",
            "",
            ASKS,
            Some("aws.bedrock"),
        ),
        (
            "localhost",
            "/v1/messages",
            "",
            r#"{"to":"+4179","text":"hi"}"#,
            None,
        ),
        (
            "localhost",
            "/v1/messages",
            "",
            r#"{"model":"Civic","messages":["hi"]}"#,
            None,
        ),
        ("localhost", "/v1/messages", "", "", None),
        (
            "localhost",
            "/v1/messages/batches",
            "anthropic-version",
            ASKS,
            None,
        ),
        (
            "localhost",
            "/v1/messages/batches/b1/cancel",
            "anthropic-version",
            "",
            None,
        ),
    ] {
        let endpoint = recognised(host, path, header, body);
        assert_eq!(endpoint.provider(), provider, "{host} {path} {body}");
        assert_eq!(endpoint.reads_bodies(), provider.is_some());
        assert_eq!(endpoint.is_inference(), provider.is_some());
    }
}

#[test]
fn of_a_long_body_the_beginning_has_to_show_a_request() {
    let long = "x".repeat(100_000);
    for (body, is_known) in [
        (
            format!(r#"{{"max_tokens":5,"messages":["{long}"],"model":"m"}}"#),
            true,
        ),
        (
            format!(r#"{{"model":"m","messages":["{long}"],"max_tokens":5}}"#),
            true,
        ),
        (
            format!(r#"{{"messages":["{long}"],"model":"m","max_tokens":5}}"#),
            false,
        ),
    ] {
        let endpoint = recognised("localhost", "/v1/messages", "", &body);
        assert_eq!(endpoint.provider().is_some(), is_known);
    }
}

#[test]
fn counting_tokens_is_no_call_of_a_model() {
    let counted = r#"{"model":"m","messages":[]}"#;
    let vertex =
        "/v1/projects/p-1/locations/eu/publishers/anthropic/models/count-tokens:rawPredict";
    for path in ["/v1/messages/count_tokens", vertex] {
        let endpoint = recognised("localhost", path, "", counted);
        assert!(endpoint.provider().is_some(), "{path}");
        assert!(endpoint.operation().is_none() && !endpoint.is_inference());
    }
}

#[test]
fn vertex_has_the_model_in_the_path() {
    let base = "/v1/projects/p-1/locations/europe-west1/publishers/anthropic/models";
    for (word, is_stream) in [("rawPredict", false), ("streamRawPredict", true)] {
        let path = format!("{base}/claude-opus-4-1%4020250805:{word}");
        let endpoint = recognised("localhost", &path, "", "");
        assert_eq!(endpoint.provider(), Some("gcp.vertex_ai"));
        assert_eq!(endpoint.model(), Some("claude-opus-4-1@20250805"));
        assert_eq!(endpoint.is_stream, is_stream);
        let template = "/v1/projects/{id}/locations/{id}/publishers/anthropic/models/{model}";
        assert_eq!(endpoint.route(), format!("{template}:{word}"));
    }
    let other = base.replace("anthropic", "mistralai") + "/codestral:rawPredict";
    assert!(recognised("localhost", &other, "", "").provider().is_none());
}
