//! Which calls are Bedrock's.

use crate::wire::endpoint::RequestHead;
use crate::wire::{Endpoint, recognise};

const ANTHROPIC: &str = r#"{"anthropic_version":"bedrock-2023-05-31","messages":[]}"#;
const MESSAGES: &str = r#"{"messages":[]}"#;
const HOST: &str = "bedrock-runtime.eu-central-1.amazonaws.com";

fn recognised(host: &str, path: &str, body: &str) -> Endpoint {
    let head = RequestHead::new("POST", host, path, None, &|_| None);
    recognise(&head.with_body(body.as_bytes()))
}

#[test]
fn the_host_or_the_body_says_that_it_is_bedrock() {
    for (host, path, body, is_known) in [
        (
            HOST,
            "/model/meta.llama3-8b-instruct-v1%3A0/converse",
            "",
            true,
        ),
        (HOST, "/model/m/converse-stream", MESSAGES, true),
        ("localhost", "/model/m/converse", MESSAGES, true),
        (
            "localhost",
            "/model/m/converse",
            r#"{"promptVariables":{}}"#,
            true,
        ),
        (
            "localhost",
            "/model/m/converse",
            r#"{"with":"whom"}"#,
            false,
        ),
        ("localhost", "/model/m/converse", "", false),
        (HOST, "/model/anthropic.claude-v2/invoke", "", true),
        ("localhost", "/model/profile/invoke", ANTHROPIC, true),
        (
            "localhost",
            "/model/profile/invoke-with-response-stream",
            ANTHROPIC,
            true,
        ),
        (
            HOST,
            "/model/amazon.nova-lite-v1%3A0/invoke",
            MESSAGES,
            true,
        ),
        (
            HOST,
            "/model/amazon.titan-embed-text-v2%3A0/invoke",
            r#"{"inputText":"a"}"#,
            true,
        ),
        (
            "localhost",
            "/model/us.meta.llama3-1-70b-instruct-v1%3A0/invoke",
            r#"{"prompt":"a"}"#,
            true,
        ),
        (
            HOST,
            "/model/arn%3Aaws%3Aimported/invoke",
            r#"{"prompt":"a"}"#,
            true,
        ),
        ("localhost", "/model/m/invoke", r#"{"prompt":"a"}"#, false),
        (
            HOST,
            "/model/stability.sd3-5-large-v1%3A0/invoke",
            r#"{"prompt":"a"}"#,
            false,
        ),
        // What the bodies of these mean is not known.
        (
            HOST,
            "/model/anthropic.claude-v2/invoke",
            r#"{"prompt":"hi"}"#,
            false,
        ),
        (
            HOST,
            "/model/amazon.nova-canvas-v1%3A0/invoke",
            r#"{"taskType":"TEXT_IMAGE"}"#,
            false,
        ),
        (HOST, "/guardrail/g/version/1/apply", MESSAGES, false),
    ] {
        let endpoint = recognised(host, path, body);
        let provider = is_known.then_some("aws.bedrock");
        assert_eq!(endpoint.provider(), provider, "{host} {path} {body}");
        assert_eq!(endpoint.is_inference(), is_known);
        assert_eq!(endpoint.is_stream, is_known && path.ends_with("stream"));
    }
}

#[test]
fn the_path_names_the_model() {
    let arn = "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.amazon.nova-pro-v1%3A0";
    for (segment, model) in [
        ("amazon.nova-pro-v1%3A0", "amazon.nova-pro-v1:0"),
        ("amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"),
        (
            arn,
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-pro-v1:0",
        ),
    ] {
        let endpoint = recognised(HOST, &format!("/model/{segment}/converse"), "");
        assert_eq!(endpoint.model(), Some(model));
        assert_eq!(endpoint.route(), "/model/{model}/converse");
    }
}
