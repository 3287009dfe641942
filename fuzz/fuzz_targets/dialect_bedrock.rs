//! Any bytes in Amazon Bedrock's dialect, as a request and as an answer.
//!
//! `cargo +nightly fuzz run dialect_bedrock CORPUS tests/fixtures/bedrock -- -dict=fuzz/wire.dict`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

include!("support/rooms.rs");

/// Paths, and what a model of the path is asked with.
const CALLS: [(&str, &str); 7] = [
    ("/model/amazon.nova-pro/converse", r#"{"messages":[]}"#),
    (
        "/model/amazon.nova-pro/converse-stream",
        r#"{"messages":[]}"#,
    ),
    ("/model/amazon.nova-pro/invoke", r#"{"messages":[]}"#),
    (
        "/model/anthropic.m/invoke-with-response-stream",
        r#"{"messages":[],"anthropic_version":"1"}"#,
    ),
    ("/model/meta.m/invoke", r#"{"prompt":""}"#),
    (
        "/model/mistral.m/invoke-with-response-stream",
        r#"{"messages":[]}"#,
    ),
    ("/model/cohere.embed/invoke", r#"{"texts":[]}"#),
];

static ENDPOINTS: LazyLock<Vec<wire::Endpoint>> = LazyLock::new(|| {
    let call = |(path, body): (&str, &str)| {
        let head = wire::RequestHead::new("POST", "", path, None, &|_| None);
        wire::recognise(&head.with_body(body.as_bytes()))
    };
    CALLS.map(call).into()
});

fuzz_target!(|input: &[u8]| dialect::check(&ENDPOINTS, input));
