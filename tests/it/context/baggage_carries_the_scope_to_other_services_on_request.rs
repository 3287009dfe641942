//! Off by default; on, a scope's attributes travel in W3C baggage and come out of it again.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use tracing_genai::context::{self, Attributes};
use tracing_genai::testing::{InMemory, Value};

use crate::support::received;

fn service(with_baggage: bool, work: impl FnOnce()) -> InMemory {
    received(None, |builder| builder.with_baggage(with_baggage), work)
}

/// The headers of a request made inside of a scope.
fn headers(with_baggage: bool) -> HashMap<String, String> {
    let mut headers = HashMap::new();
    service(with_baggage, || {
        tracing::info_span!("client").in_scope(|| {
            let about = Attributes::new()
                .with_user("Ada L.")
                .with_tag("a,b")
                .with_tag("ž")
                .with_metadata("plan", "free")
                .with_prompt("tutor", 2);
            context::scope(about).in_scope(|| {
                TraceContextPropagator::new().inject_context(&Context::current(), &mut headers);
                BaggagePropagator::new().inject_context(&Context::current(), &mut headers);
            });
        });
    });
    headers
}

fn server(with_baggage: bool, headers: &HashMap<String, String>) -> InMemory {
    let context = TraceContextPropagator::new().extract(headers);
    let context = BaggagePropagator::new().extract_with_context(&context, headers);
    assert!(context.span().span_context().is_remote());
    service(with_baggage, || {
        let _request = context.attach();
        tracing::info_span!("server").in_scope(|| ());
    })
}

#[test]
fn there_and_back() {
    let headers = headers(true);
    let memory = server(true, &headers);
    let span = memory.span("server");
    assert_eq!(span.text("user.id"), Some("Ada L."));
    let tags = Value::Array(vec!["a,b".into(), "ž".into()]);
    assert_eq!(span.attributes["tracing_genai.trace.tags"], tags);
    assert_eq!(span.text("tracing_genai.trace.metadata.plan"), Some("free"));
    // The root is in the client.
    assert_eq!(span.attributes.get("tracing_genai.app_root"), None);
}

#[test]
fn nothing_is_sent_by_default() {
    let headers = headers(false);
    assert!(
        headers.get("baggage").is_none_or(String::is_empty),
        "{headers:?}"
    );
    assert!(headers["traceparent"].starts_with("00-"));
}

#[test]
fn nothing_is_read_by_default() {
    let memory = server(false, &headers(true));
    let span = memory.span("server");
    assert_eq!(span.text("user.id"), None);
    assert_eq!(span.attributes.get("tracing_genai.app_root"), None);
}
