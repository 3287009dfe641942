//! Trace ids from a seed, remote parents, and the ids of the current span.

use tracing_genai::context::{self, IdError};
use tracing_genai::testing::Value;
use tracing_genai::{Mapping, TelemetryBuilder};

use crate::support::{mapped, plain, plain_async, received};

#[tracing::instrument]
fn root() -> (Option<String>, Option<String>, Option<String>) {
    (
        context::current_trace_id(),
        context::current_span_id(),
        context::traceparent(),
    )
}

#[tracing::instrument]
async fn task() {
    tokio::task::yield_now().await;
    root();
}

#[test]
fn a_seeded_root_has_the_trace_id_of_every_sdk_and_no_parent() {
    let memory = mapped(|| {
        tracing::info_span!("around").in_scope(|| {
            context::seeded_trace("order-1").in_scope(root);
        });
        root();
    });
    let roots: Vec<_> = memory
        .spans()
        .into_iter()
        .filter(|span| span.name == "root")
        .collect();
    assert_eq!(roots[0].trace_id, "0bafe22156d2698c143b86040446d366");
    assert_eq!(context::trace_id_of("order-1"), roots[0].trace_id);
    for root in &roots {
        assert_eq!(root.parent_span_id, "");
        assert_eq!(
            root.attributes["langfuse.internal.is_app_root"],
            Value::Bool(true)
        );
    }
    assert_ne!(roots[1].trace_id, roots[0].trace_id);
}

#[tokio::test]
async fn a_seeded_future_is_one_trace() {
    let memory = plain_async(context::seeded_trace("order-1").wrap(task())).await;
    let task = memory.span("task");
    assert_eq!(task.trace_id, context::trace_id_of("order-1"));
    assert_eq!(memory.span("root").parent_span_id, task.span_id);
}

#[test]
fn a_remote_parent_is_continued_and_the_first_span_is_a_root_on_request() {
    let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let work = || {
        context::remote_parent(header).unwrap().in_scope(|| {
            tracing::info_span!("handler").in_scope(|| tracing::info_span!("step").in_scope(|| ()));
        });
    };
    let usual = mapped(work).span("handler");
    assert_eq!(usual.parent_span_id, "b7ad6b7169203331");
    assert_eq!(usual.attributes.get("langfuse.internal.is_app_root"), None);
    let marked = |builder: TelemetryBuilder| builder.with_remote_roots(true);
    let memory = received(Some(Mapping::Langfuse), marked, work);
    let (handler, step) = (memory.span("handler"), memory.span("step"));
    assert_eq!(handler.trace_id, "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(handler.parent_span_id, "b7ad6b7169203331");
    assert_eq!(
        handler.attributes["langfuse.internal.is_app_root"],
        Value::Bool(true)
    );
    assert_eq!(step.parent_span_id, handler.span_id);
    assert_eq!(step.attributes.get("langfuse.internal.is_app_root"), None);
}

#[test]
fn a_parent_that_was_not_sampled_is_not_sampled_here() {
    let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    let memory = plain(|| context::remote_parent(header).unwrap().in_scope(root));
    assert_eq!(memory.spans(), []);
}

#[test]
fn a_bad_id_is_an_error_value() {
    let good = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    for (trace, span) in [
        ("", good.1),
        (&good.0[1..], good.1),
        ("0AF7651916CD43DD8448EB211C80319C", good.1),
        ("00000000000000000000000000000000", good.1),
    ] {
        let error = context::remote_parent_ids(trace, span).unwrap_err();
        assert_eq!(error, IdError::TraceId(trace.to_owned()));
    }
    let error = context::remote_parent_ids(good.0, "zz").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`zz` is not a span id: expected 16 lower-case hexadecimal digits, not all zero"
    );
    for header in [
        "",
        "00",
        "00-x-y-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-+1",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
    ] {
        let error = context::remote_parent(header).unwrap_err();
        assert_eq!(error, IdError::Traceparent(header.to_owned()));
    }
    assert!(context::remote_parent_ids(good.0, good.1).is_ok());
}

#[test]
fn the_current_ids_are_those_that_are_exported() {
    let mut seen = None;
    let memory = plain(|| seen = Some(root()));
    let (trace, span, header) = seen.unwrap();
    let exported = memory.span("root");
    assert_eq!(trace.as_ref(), Some(&exported.trace_id));
    assert_eq!(span.as_ref(), Some(&exported.span_id));
    assert_eq!(
        header,
        Some(format!("00-{}-{}-01", exported.trace_id, exported.span_id))
    );
    assert_eq!(root(), (None, None, None));
}
