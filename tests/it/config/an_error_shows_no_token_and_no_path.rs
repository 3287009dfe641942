//! A value may be a secret that was pasted into the wrong variable, and the path of an address may hold a
//! token. Neither is part of an error, however it is printed.

use tracing_genai::{ConfigError, Destination};

use crate::support::{builder, builder_in};

const TOKENS: [&str; 5] = [
    "pk-lf-11111111-1111-4111-8111-11111111abcd",
    "sk-lf-22222222-2222-4222-8222-22222222cdef",
    "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "Bearer cGstbGYtMTExMTExMTEtMTExMS00MTExLTgx",
    "hf_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789",
];

fn error(name: &str, value: &str) -> ConfigError {
    let builder = builder_in([
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"),
        (name, value),
    ]);
    builder.build().unwrap_err()
}

#[track_caller]
fn assert_hidden(error: &ConfigError, secret: &str) {
    let text = format!("{error} {error:?} {error:#?}");
    assert!(!text.contains(&secret[secret.len() - 12..]), "{text}");
}

#[test]
fn whatever_variable_a_token_was_pasted_into() {
    for name in [
        "LANGFUSE_SAMPLE_RATE",
        "LANGFUSE_TIMEOUT",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_RESOURCE_ATTRIBUTES",
        "OTEL_SDK_DISABLED",
        "OTEL_TRACES_SAMPLER",
        "TRACING_GENAI_CONSOLE",
        "TRACING_GENAI_OTLP_MAPPING",
        "TRACING_GENAI_SPOOL_LIMIT",
    ] {
        for token in TOKENS {
            assert_hidden(&error(name, token), token);
        }
    }
}

#[test]
fn whatever_address_has_a_path() {
    let address = "localhost:4318/ingest/an-account-and-its-key";
    let in_variable = error("OTEL_EXPORTER_OTLP_ENDPOINT", address);
    assert!(
        in_variable.to_string().contains("localhost:4318"),
        "{in_variable}"
    );
    let in_code = builder()
        .with_destination(Destination::otlp(address))
        .build()
        .unwrap_err();
    for error in [in_variable, in_code] {
        assert_hidden(&error, address);
    }
}

#[test]
fn the_debug_text_is_the_message() {
    let error = error("LANGFUSE_SAMPLE_RATE", "10%");
    let message =
        "LANGFUSE_SAMPLE_RATE is `10%`, but it should be a number between 0 and 1, such as `0.1`";
    assert_eq!(error.to_string(), message);
    assert_eq!(format!("{error:?}"), message);
}
