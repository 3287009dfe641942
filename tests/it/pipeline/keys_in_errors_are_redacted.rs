//! Errors often repeat what was sent, keys included. In errors, keys are always replaced; elsewhere on
//! request.

use opentelemetry::KeyValue;
use serde_json::json;
use tracing_genai::testing::InMemory;
use tracing_genai::{Mapping, TelemetryBuilder, observation};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::support::reply_server::{Reply, ReplyServer};
use crate::support::versions::{Version, with_each_version};
use crate::support::{chat_request, in_runtime, plain_async, received};

/// A made-up key with the form of a real one.
const KEY: &str = "sk-proj-4fQ9zL2mX7bT1kV8nR3wC6yH5jD0pG9sAeU4oZ2iF7qB1tM8x";
const HIDDEN: &str = "sk-proj-<redacted>";

#[tracing::instrument(err)]
fn refused() -> Result<(), String> {
    Err(format!("Incorrect API key provided: {KEY}."))
}

#[tracing::instrument(ret)]
fn returned() -> Result<(), String> {
    refused()
}

fn failures() {
    returned().unwrap_err();
    let error = std::io::Error::other(format!("Authorization: Bearer {KEY}"));
    tracing::info_span!("logged").in_scope(|| {
        tracing::error!(error = &error as &dyn std::error::Error, "no answer");
        tracing::error!(sent = KEY, "{KEY} was refused");
        tracing::info!(err = KEY, "tried again");
    });
    drop(
        observation::generation("by hand")
            .with_error("denied", KEY)
            .start(),
    );
    drop(
        observation::generation("by error")
            .with_error_from(&error)
            .start(),
    );
    let explained = observation::generation("explained").start();
    explained.set_status_message(format!("tried with {KEY}"));
    drop(explained);
    let span = tracing::info_span!("foreign", exception.message = KEY, error.detail = KEY);
    span.add_event(
        "exception",
        vec![KeyValue::new("exception.stacktrace", KEY)],
    );
    span.in_scope(|| ());
}

const MAPPINGS: [Option<Mapping>; 3] =
    [None, Some(Mapping::Langfuse), Some(Mapping::OpenInference)];

#[test]
fn wherever_they_come_from() {
    for mapping in MAPPINGS {
        let spans = received(mapping, |builder| builder, failures).spans();
        assert_eq!(spans.len(), 7);
        for span in &spans {
            let output = format!("{span:?}");
            assert!(!output.contains(KEY), "{mapping:?}: {output}");
            assert!(output.contains("<redacted>"), "{mapping:?}: {output}");
        }
        let find = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
        let expected = format!("Incorrect API key provided: {HIDDEN}.");
        assert_eq!(find("refused").error.as_deref(), Some(expected.as_str()));
        assert_eq!(find("by hand").error.as_deref(), Some(HIDDEN));
    }
}

#[test]
fn even_where_the_text_is_truncated() {
    for padding in 150..210 {
        let work = || {
            let message = format!("{}{KEY}", " ".repeat(padding));
            drop(
                observation::generation("failed")
                    .with_error("denied", message)
                    .start(),
            );
        };
        for mapping in MAPPINGS {
            let spans = received(mapping, |builder| builder.with_content(false), work).spans();
            let output = format!("{:?}", spans[0]);
            assert!(!output.contains(&KEY[..12]), "{output}");
        }
    }
}

async fn a_server_that_repeats_the_key(version: Version) {
    let body = json!({"error": {
        "message": format!("Incorrect API key provided: {KEY}"), "type": "invalid_request_error",
        "code": format!("denied {KEY}"),
    }});
    for reply in [Reply::json(401, &body), Reply::json(200, &body)] {
        let server = ReplyServer::start([reply]).await;
        let request = chat_request("m");
        let memory = plain_async(version.client(server.url()).chat(&request)).await;
        let span = format!("{:?}", memory.span("chat m"));
        assert!(span.contains(HIDDEN) && !span.contains(KEY), "{span}");
    }
}

with_each_version!(a_server_that_repeats_the_key);

fn talk() {
    tracing::info_span!("talk", question = KEY, "key.of.attribute" = KEY).in_scope(|| {
        tracing::info!(field = KEY, "a line with {KEY}");
    });
}

#[test]
fn elsewhere_only_on_request() {
    let by_code =
        |redact: bool| move |builder: TelemetryBuilder| builder.with_secret_redaction(redact);
    let by_variable = |value: &'static str| {
        move |builder: TelemetryBuilder| {
            builder.with_variables([("TRACING_GENAI_REDACT_SECRETS", value)])
        }
    };
    for mapping in MAPPINGS {
        let has_key = |memory: InMemory| format!("{:?}", memory.spans()).contains(KEY);
        assert!(has_key(received(mapping, |builder| builder, talk)));
        assert!(has_key(received(mapping, by_variable("off"), talk)));
        assert!(!has_key(received(mapping, by_code(true), talk)));
        assert!(!has_key(received(mapping, by_variable("on"), talk)));
        let both = |builder| by_code(false)(by_variable("on")(builder));
        assert!(has_key(received(mapping, both, talk)));
    }
}

#[test]
fn before_a_mask_is_asked() {
    let settings = |builder: TelemetryBuilder| {
        builder.with_secret_redaction(true).with_mask(|_, text| {
            assert!(!text.contains(KEY));
            text.into()
        })
    };
    let spans = in_runtime(async { received(None, settings, talk).spans() });
    assert_eq!(spans[0].text("question"), Some(HIDDEN));
}
