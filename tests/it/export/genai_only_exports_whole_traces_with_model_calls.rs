//! In a service where one request in twenty calls a model, only the traces of those are exported. They are
//! whole, and no span lacks its parent.

use std::collections::HashSet;

use axum::Router;
use axum::extract::{Path, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};
use tracing::{Instrument, info_span};
use tracing_genai::testing::{InMemory, ReceivedSpan};
use tracing_genai::{Telemetry, observation};

use crate::support::collector::Collector;
use crate::support::wait::wait_until;
use crate::support::{SOON, builder, builder_in, in_runtime, memory_with, within};

const APP_ROOT: &str = "tracing_genai.app_root";

fn only_genai() -> (InMemory, Telemetry) {
    memory_with(None, |builder| builder.with_only_genai(true))
}

/// Asserts that the parent of each span was exported as well.
fn assert_no_orphan(spans: &[ReceivedSpan]) {
    let ids: HashSet<_> = spans.iter().map(|span| &span.span_id).collect();
    for span in spans {
        let parent = &span.parent_span_id;
        assert!(parent.is_empty() || ids.contains(parent), "{span:?}");
    }
}

fn ask() {
    drop(observation::generation("chat gpt-4o").start());
}

#[tracing::instrument]
async fn look_up(id: usize) {
    tokio::task::yield_now().await;
}

#[tracing::instrument]
async fn answer(id: usize) {
    look_up(id).await;
    if id.is_multiple_of(20) {
        ask();
    }
    look_up(id).await;
}

async fn span_of_request(request: Request, next: Next) -> Response {
    let span = info_span!("request");
    next.run(request).instrument(span).await
}

#[test]
fn in_a_service_only_requests_with_model_calls_are_exported() {
    let collector = Collector::start();
    let telemetry = builder_in([
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", collector.url.as_str()),
        ("TRACING_GENAI_ONLY_GENAI", "on"),
    ])
    .build()
    .unwrap();
    within(&telemetry, || {
        in_runtime(async {
            let app = Router::new()
                .route("/{id}", get(|Path(id): Path<usize>| answer(id)))
                .layer(from_fn(span_of_request));
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let server = tokio::spawn(async move { axum::serve(listener, app).await });
            let client = reqwest::Client::new();
            let requests = (0..200).map(|id| client.get(format!("{url}/{id}")).send());
            for response in futures_util::future::join_all(requests).await {
                assert!(response.unwrap().status().is_success());
            }
            server.abort();
        });
    });

    let report = telemetry.shutdown(SOON);
    let spans = collector.spans();
    assert_no_orphan(&spans);
    let traces: HashSet<_> = spans.iter().map(|span| &span.trace_id).collect();
    assert_eq!((traces.len(), spans.len()), (10, 50), "{report}");
    let destination = &report.destinations[0];
    assert_eq!((destination.made, destination.exported), (50, 50));
    assert_eq!((destination.left_out, destination.pending), (190 * 4, 0));
    assert_eq!(destination.dropped(), 0, "{report}");
}

#[test]
fn a_flush_decides_about_waiting_spans_and_a_later_generation_finds_its_parent() {
    let (memory, telemetry) = only_genai();
    within(&telemetry, || {
        let root = info_span!("root");
        root.in_scope(|| info_span!("early").in_scope(|| ()));
        let left_out = root.in_scope(|| info_span!("left out"));
        let context = left_out.in_scope(Context::current);
        drop(left_out);
        let report = telemetry.flush(SOON);
        let destination = &report.destinations[0];
        assert_eq!((destination.left_out, destination.pending), (2, 0));
        assert_eq!(memory.spans().len(), 0);
        // As in a task that kept the context but not the span.
        let _attached = context.attach();
        info_span!("inside").in_scope(ask);
    });
    let report = telemetry.flush(SOON);
    let spans = memory.spans();
    assert_no_orphan(&spans);
    let root = memory.span("root");
    assert_eq!(memory.span("inside").parent_span_id, root.span_id);
    assert!(!memory.span("inside").attributes.contains_key(APP_ROOT));
    assert_eq!(spans.len(), 3, "{spans:?}");
    // It is clear now that the two should have been exported.
    let destination = &report.destinations[0];
    assert_eq!((destination.left_out, destination.dropped()), (0, 2));
    assert_eq!(destination.made, 5, "{report}");
}

#[test]
fn a_generation_after_the_end_of_its_trace_is_the_root() {
    let (memory, telemetry) = only_genai();
    within(&telemetry, || {
        let elsewhere = SpanContext::new(
            7_u128.into(),
            9_u64.into(),
            TraceFlags::SAMPLED,
            true,
            TraceState::default(),
        );
        for parent in [
            Context::new(),
            Context::new().with_remote_span_context(elsewhere),
        ] {
            let _attached = parent.attach();
            let span = info_span!("handler");
            let context = span.in_scope(Context::current);
            drop(span);
            telemetry.flush(SOON);
            // As in a task that kept the context but not the span.
            let _attached = context.attach();
            info_span!("task").in_scope(|| {
                ask();
                info_span!("tidy up").in_scope(|| ());
            });
        }
    });
    let report = telemetry.flush(SOON);
    assert_eq!(report.destinations[0].left_out, 2, "{report}");
    let tasks = memory.spans();
    let tasks: Vec<_> = tasks.iter().filter(|span| span.name == "task").collect();
    assert_eq!(tasks.len(), 2);
    assert_eq!(tasks[0].parent_span_id, "");
    assert_eq!(tasks[1].parent_span_id, "0000000000000009");
    for task in tasks {
        assert!(task.attributes.contains_key(APP_ROOT), "{task:?}");
    }
    assert_eq!(memory.spans().len(), 6, "{:?}", memory.spans());
}

#[test]
fn each_destination_may_decide_itself() {
    let (all, some) = (InMemory::new(), InMemory::new());
    let telemetry = builder_in([("TRACING_GENAI_ONLY_GENAI", "true")])
        .with_destination(all.destination().with_only_genai(false))
        .with_destination(some.destination())
        .build()
        .unwrap();
    within(&telemetry, || {
        info_span!("plain").in_scope(|| ());
        info_span!("with").in_scope(ask);
        drop(observation::chain("by hand").start());
    });
    telemetry.shutdown(SOON);
    assert_eq!(all.spans().len(), 4);
    let spans = some.spans();
    let names: HashSet<_> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, HashSet::from(["with", "chat gpt-4o", "by hand"]));
}

#[test]
fn a_trace_that_never_ends_does_not_fill_the_queue() {
    let memory = InMemory::new();
    let telemetry = builder()
        .with_destination(memory.destination().with_only_genai(true).with_flush_at(1))
        .with_queue_spans(40)
        .build()
        .unwrap();
    within(&telemetry, || {
        let worker = info_span!("worker");
        for _ in 0..500 {
            worker.in_scope(|| info_span!("job").in_scope(|| ()));
            // The worker keeps up.
            wait_until(|| telemetry.report().pending() <= 15);
        }
        info_span!("with").in_scope(ask);
        let report = telemetry.shutdown(SOON);
        let destination = &report.destinations[0];
        assert_eq!((destination.exported, destination.left_out), (2, 500));
        assert_eq!(
            (destination.made, destination.dropped()),
            (2, 0),
            "{report}"
        );
    });
}
