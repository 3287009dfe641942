//! Status, type, message and request id. A logical call is one span, with an event for each failed attempt.

use std::time::Duration;

use tracing_genai::testing::{InMemory, Value};

use crate::support::versions::{Version, with_each_version};
use crate::support::{chat_request, now, plain_async, traced};

async fn ask(version: Version, model: &'static str) -> InMemory {
    traced(None, async |url| {
        let _answer = version.client(url).chat(&chat_request(model)).await;
    })
    .await
}

async fn refused(version: Version) {
    let memory = ask(version, "error-401").await;
    let span = memory.span("chat error-401");
    assert_eq!(span.int("http.response.status_code"), Some(401));
    assert!(span.text("error.type").is_some());
    assert!(!span.error.as_deref().unwrap().is_empty());
    let id = "http.response.header.x-request-id";
    assert!(span.attributes.contains_key(id));
    assert_eq!(span.int("http.request.resend_count"), None);
}

async fn retried_until_it_gives_up(version: Version) {
    let memory = ask(version, "error-429").await;
    let span = memory.span("chat error-429");
    assert_eq!(memory.spans().len(), 1);
    assert_eq!(span.int("http.response.status_code"), Some(429));
    let resends = span.int("http.request.resend_count").unwrap();
    assert!(resends > 0);
    assert_eq!(span.events.len() as i64, resends);
    for event in &span.events {
        assert_eq!(event.name, "tracing_genai.attempt.failed");
        assert_eq!(
            event.attributes["http.response.status_code"],
            Value::Int(429)
        );
        assert!(
            matches!(event.attributes["tracing_genai.attempt.wait"], Value::Double(wait) if wait >= 0.0)
        );
    }
    assert!(span.error.is_some());
}

async fn html_of_a_proxy(version: Version) {
    let memory = ask(version, "error-500-html").await;
    let span = memory.span("chat error-500-html");
    assert_eq!(span.int("http.response.status_code"), Some(500));
    assert!(span.error.is_some());
}

async fn no_server(version: Version) {
    let memory = plain_async(async {
        let client = version.client("http://127.0.0.1:9/v1");
        assert!(client.chat(&chat_request("gpt-4o")).await.is_err());
    })
    .await;
    let span = memory.span("chat gpt-4o");
    assert_eq!(span.text("error.type"), Some("connection_error"));
    assert_eq!(span.int("http.response.status_code"), None);
}

async fn cancelled_by_the_caller(version: Version) {
    let mut given_up = 0;
    let memory = traced(None, async |url| {
        let client = version.client(url);
        let request = chat_request("hang");
        let mut call = Box::pin(client.chat(&request));
        let waited = tokio::time::timeout(Duration::from_millis(200), &mut call).await;
        assert!(waited.is_err());
        given_up = now();
        drop(call);
    })
    .await;
    let span = memory.span("chat hang");
    assert_eq!(span.text("tracing_genai.stream.end"), Some("cancelled"));
    assert_eq!(
        span.text("tracing_genai.observation.level"),
        Some("WARNING")
    );
    assert_eq!(span.error, None);
    assert!(span.end >= given_up, "{} before {given_up}", span.end);
}

async fn an_answer_that_the_typed_client_cannot_read_keeps_what_was_on_the_wire(version: Version) {
    let memory = ask(version, "bad-json").await;
    let span = memory.span("chat bad-json");
    assert_eq!(span.int("http.response.status_code"), Some(200));
}

with_each_version!(
    refused,
    retried_until_it_gives_up,
    html_of_a_proxy,
    no_server,
    cancelled_by_the_caller,
    an_answer_that_the_typed_client_cannot_read_keeps_what_was_on_the_wire
);
