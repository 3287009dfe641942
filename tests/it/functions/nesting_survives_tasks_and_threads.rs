//! A child stays below its caller across `.await`, tasks, blocking tasks and threads.

use tracing::instrument::WithSubscriber;
use tracing::{Instrument, Span};

use crate::support::plain_async;

#[tracing::instrument]
async fn child(name: &'static str) {
    tokio::task::yield_now().await;
}

#[tracing::instrument]
fn blocking_child() {}

#[tracing::instrument]
fn thread_child() {}

#[tracing::instrument]
async fn parent() {
    tokio::join!(child("first"), child("second"));
    tokio::spawn(child("spawned").in_current_span().with_current_subscriber())
        .await
        .unwrap();

    // A closure does not take its span along by itself.
    let (span, subscriber) = (
        Span::current(),
        tracing::dispatcher::get_default(Clone::clone),
    );
    let (carried, dispatch) = (span.clone(), subscriber.clone());
    tokio::task::spawn_blocking(move || {
        tracing::dispatcher::with_default(&dispatch, || carried.in_scope(blocking_child));
    })
    .await
    .unwrap();
    std::thread::spawn(move || {
        tracing::dispatcher::with_default(&subscriber, || span.in_scope(thread_child));
    })
    .join()
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_span_carried_along() {
    let memory = plain_async(parent()).await;

    let spans = memory.spans();
    let parent = memory.span("parent");
    assert_eq!(parent.parent_span_id, "");
    assert_eq!(spans.len(), 6);
    for span in spans.iter().filter(|span| span.name != "parent") {
        assert_eq!(span.parent_span_id, parent.span_id, "{}", span.name);
        assert_eq!(span.trace_id, parent.trace_id, "{}", span.name);
        assert!(
            parent.start <= span.start && span.end <= parent.end,
            "{}",
            span.name
        );
    }
}

#[tokio::test]
async fn concurrent_requests_do_not_mix() {
    let memory = plain_async(async {
        let requests = (0..50).map(|_| tokio::spawn(parent().with_current_subscriber()));
        for request in requests.collect::<Vec<_>>() {
            request.await.unwrap();
        }
    })
    .await;

    let spans = memory.spans();
    assert_eq!(spans.len(), 300);
    for parent in spans.iter().filter(|span| span.name == "parent") {
        assert_eq!(parent.parent_span_id, "");
        let trace = spans.iter().filter(|span| span.trace_id == parent.trace_id);
        let children = trace.filter(|span| span.parent_span_id == parent.span_id);
        assert_eq!(children.count(), 5);
    }
}
