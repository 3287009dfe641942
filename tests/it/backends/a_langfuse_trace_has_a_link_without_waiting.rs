//! `{base}/project/{project}/traces/{id}`, with the project given or looked up in the background.

use axum::http::StatusCode;
use tracing_genai::{Destination, Telemetry};

use crate::support::collector::Collector;
use crate::support::wait::{wait_for, wait_until};
use crate::support::{builder, within};

fn telemetry(destination: Destination) -> Telemetry {
    builder().with_destination(destination).build().unwrap()
}

#[test]
fn at_once_if_the_project_is_given() {
    let langfuse = Destination::langfuse("pk", "sk").with_base_url("https://eu.example.com/llm/");
    let telemetry = telemetry(langfuse.with_project_id("p1"));
    let url = telemetry.trace_url("abc");
    assert_eq!(
        url.as_deref(),
        Some("https://eu.example.com/llm/project/p1/traces/abc")
    );

    within(&telemetry, || {
        assert_eq!(tracing_genai::context::trace_url(), None);
        tracing::info_span!("work").in_scope(|| {
            let url = tracing_genai::context::trace_url().unwrap();
            assert!(
                url.ends_with(&tracing_genai::context::current_trace_id().unwrap()),
                "{url}"
            );
        });
    });
}

#[test]
fn after_a_look_up_in_the_background() {
    let collector = Collector::answering(StatusCode::OK, r#"{"data":[{"id":"p2","name":"n"}]}"#);
    let telemetry = telemetry(Destination::langfuse("pk", "sk").with_base_url(&collector.url));
    assert_eq!(telemetry.trace_url("abc"), None);
    let url = wait_for(|| telemetry.trace_url("abc"));
    assert_eq!(url, format!("{}/project/p2/traces/abc", collector.url));
    let requests = collector.look_ups();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].path, "/api/public/projects");
    assert_eq!(requests[0].header("authorization"), Some("Basic cGs6c2s="));
}

#[test]
fn at_the_first_call_since_the_look_up_starts_with_the_telemetry() {
    let project = r#"{"data":[{"id":"p3","name":"n"}]}"#;
    let collector = Collector::answering(StatusCode::OK, project);
    let telemetry = telemetry(Destination::langfuse("pk", "sk").with_base_url(&collector.url));
    let url = within(&telemetry, || {
        wait_until(|| !collector.look_ups().is_empty());
        tracing::info_span!("work").in_scope(|| wait_for(tracing_genai::context::trace_url))
    });
    assert!(url.contains("/project/p3/traces/"), "{url}");
    assert_eq!(collector.look_ups().len(), 1);
}

#[test]
fn never_without_a_langfuse_or_from_one_that_is_down() {
    assert_eq!(
        telemetry(Destination::otlp("http://localhost:4318")).trace_url("abc"),
        None
    );
    let down = telemetry(Destination::langfuse("pk", "sk").with_base_url("http://127.0.0.1:9"));
    assert_eq!(down.trace_url("abc"), None);
    assert_eq!(down.trace_url("abc"), None);
}
