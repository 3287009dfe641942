//! The span of such a function collects the items of the stream and records how it ended.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use tracing_genai::observation::{self, StreamItem};
use tracing_genai::testing::{InMemory, ReceivedSpan};

use crate::support::{in_runtime, mapped, now};

/// Yields its items one after another, each after a pause and in a span of its own.
struct Items<T> {
    items: VecDeque<T>,
    pause: Pin<Box<tokio::time::Sleep>>,
}

/// How long the stream takes for an item. It really does: spans have the time of the system's clock.
const PAUSE: Duration = Duration::from_millis(5);

impl<T> Items<T> {
    fn new(items: impl IntoIterator<Item = T>) -> Self {
        Self {
            items: items.into_iter().collect(),
            pause: Box::pin(tokio::time::sleep(PAUSE)),
        }
    }
}

impl<T: Unpin> Stream for Items<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        if self.pause.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.pause = Box::pin(tokio::time::sleep(PAUSE));
        tracing::info_span!("step").in_scope(|| ());
        Poll::Ready(self.items.pop_front())
    }
}

async fn next<S: Stream>(stream: &mut Pin<Box<S>>) -> Option<S::Item> {
    std::future::poll_fn(|context| stream.as_mut().poll_next(context)).await
}

async fn drain<S: Stream>(stream: S) -> Vec<S::Item> {
    let mut stream = Box::pin(stream);
    let mut items = Vec::new();
    while let Some(item) = next(&mut stream).await {
        items.push(item);
    }
    items
}

#[tracing::instrument(skip(items))]
fn answer(question: &str, items: Items<&'static str>) -> impl Stream<Item = &'static str> {
    let _ = question;
    observation::observe_stream(items)
}

#[tracing::instrument(skip_all)]
fn try_answer<E: std::fmt::Display + Unpin>(
    items: Items<Result<&'static str, E>>,
) -> impl Stream<Item = Result<&'static str, E>> {
    observation::observe_try_stream(items)
}

fn end(span: &ReceivedSpan) -> Option<&str> {
    span.text("langfuse.observation.metadata.stream.end")
}

fn output(span: &ReceivedSpan) -> Option<&str> {
    span.text("langfuse.observation.output")
}

/// The span of a function, which ended once and not before its children.
fn ended(memory: &InMemory, name: &str, steps: usize) -> ReceivedSpan {
    let function = memory.span(name);
    let spans = memory.spans();
    let children: Vec<_> = spans.iter().filter(|span| span.name == "step").collect();
    assert_eq!(children.len(), steps);
    for child in children {
        assert_eq!(child.parent_span_id, function.span_id);
        assert!(child.end <= function.end);
    }
    let pauses = steps as u64 * PAUSE.as_nanos() as u64;
    assert!(function.end - function.start >= pauses);
    function
}

#[test]
fn finished() {
    let memory = mapped(|| {
        in_runtime(async {
            let items = drain(answer("3x = 3?", Items::new(["x", " = ", "1"]))).await;
            assert_eq!(items, ["x", " = ", "1"]);
        });
    });
    let span = ended(&memory, "answer", 4);
    assert_eq!(end(&span), Some("finished"));
    assert_eq!(output(&span), Some("x = 1"));
    assert_eq!(
        span.text("langfuse.observation.input"),
        Some(r#"{"question":"3x = 3?"}"#)
    );
    assert!(
        span.text("langfuse.observation.completion_start_time")
            .is_some()
    );
    assert_eq!(span.text("langfuse.observation.level"), None);
    assert_eq!(span.error, None);
}

#[test]
fn dropped_early() {
    let mut dropped = 0;
    let memory = mapped(|| {
        in_runtime(async {
            let mut stream = Box::pin(answer("?", Items::new(["one", "two"])));
            next(&mut stream).await;
            dropped = now();
        });
    });
    let span = ended(&memory, "answer", 1);
    // It lasted until it was dropped, not until it was polled last.
    assert!(span.end >= dropped);
    assert_eq!(end(&span), Some("cancelled"));
    assert_eq!(output(&span), Some("one"));
    assert_eq!(span.text("langfuse.observation.level"), Some("WARNING"));
    assert_eq!(
        span.text("langfuse.observation.status_message"),
        Some("stream cancelled by caller")
    );
    assert_eq!(span.error, None);
}

#[test]
fn never_read() {
    let memory = mapped(|| in_runtime(async { drop(answer("?", Items::new(["one"]))) }));
    let span = ended(&memory, "answer", 0);
    assert_eq!(end(&span), Some("cancelled"));
    assert_eq!(output(&span), None);
    assert_eq!(span.text("langfuse.observation.level"), Some("WARNING"));
}

#[test]
fn failed() {
    let memory = mapped(|| {
        in_runtime(async {
            let error = std::io::Error::other("connection lost");
            let items = drain(try_answer(Items::new([Ok("one"), Err(error)]))).await;
            assert!(items[1].is_err());
        });
    });
    let span = ended(&memory, "try_answer", 3);
    assert_eq!(end(&span), Some("error"));
    assert_eq!(output(&span), Some("one"));
    assert_eq!(span.error.as_deref(), Some("connection lost"));
    assert_eq!(span.text("error.type"), Some("std::io::Error"));
    assert_eq!(span.text("langfuse.observation.level"), Some("ERROR"));
}

#[test]
fn dropped_after_it_failed() {
    let memory = mapped(|| {
        in_runtime(async {
            let items = Items::new([Err("boom"), Ok("never read")]);
            next(&mut Box::pin(try_answer(items))).await;
        });
    });
    let span = memory.span("try_answer");
    assert_eq!(end(&span), Some("error"));
    assert_eq!(span.error.as_deref(), Some("boom"));
    assert_eq!(span.text("langfuse.observation.level"), Some("ERROR"));
}

#[tracing::instrument(skip_all)]
fn explode(items: Items<i32>) -> impl Stream<Item = i32> {
    observation::observe_stream_with(items, |item| -> StreamItem { panic!("item {item}") })
}

#[test]
fn panicked() {
    #[tracing::instrument]
    fn broken() -> impl Stream<Item = i32> {
        struct Broken;
        impl Stream for Broken {
            type Item = i32;
            fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<i32>> {
                panic!("boom")
            }
        }
        observation::observe_stream(Broken)
    }
    let memory = mapped(|| {
        let polled = in_runtime(async { tokio::spawn(async { drain(broken()).await }).await });
        assert!(polled.is_err());
    });
    let span = memory.span("broken");
    assert_eq!(end(&span), Some("error"));
    assert_eq!(span.error.as_deref(), Some("panicked"));
    assert_eq!(span.text("langfuse.observation.level"), Some("ERROR"));
}

#[test]
fn with_a_reader_that_panics_it_ends_too() {
    let memory = mapped(|| {
        let read = catch_unwind(AssertUnwindSafe(|| {
            in_runtime(async { drain(explode(Items::new([1]))).await })
        }));
        assert!(read.is_err());
    });
    let span = ended(&memory, "explode", 1);
    assert_eq!(span.error.as_deref(), Some("panicked"));
}

#[test]
fn values_become_a_list() {
    #[tracing::instrument(skip_all)]
    fn count(items: Items<i32>) -> impl Stream<Item = i32> {
        observation::observe_stream(items)
    }
    let memory = mapped(|| in_runtime(async { drain(count(Items::new([1, 2]))).await }));
    assert_eq!(output(&memory.span("count")), Some("[1,2]"));
}

#[test]
fn a_closure_reads_the_items_and_a_limit_bounds_the_output() {
    #[tracing::instrument(skip_all)]
    fn deltas(items: Items<Option<&'static str>>) -> impl Stream<Item = Option<&'static str>> {
        observation::observe_stream_with(items, |item| *item).with_limit(5)
    }
    let memory = mapped(|| {
        let items = [None, Some("four"), None, Some("teen"), Some("!")];
        in_runtime(async { drain(deltas(Items::new(items))).await })
    });
    let span = memory.span("deltas");
    assert_eq!(output(&span), Some("fourt… <truncated: 9 bytes in total>"));
    assert_eq!(end(&span), Some("finished"));
}

#[test]
fn after_a_function_that_was_awaited() {
    #[tracing::instrument(skip_all)]
    async fn later(items: Items<&'static str>) -> impl Stream<Item = &'static str> {
        tokio::task::yield_now().await;
        observation::observe_stream(items)
    }
    let memory = mapped(|| {
        in_runtime(async {
            let stream = later(Items::new(["a", "b"])).await;
            drain(stream).await
        })
    });
    let span = ended(&memory, "later", 3);
    assert_eq!(output(&span), Some("ab"));
}

#[test]
fn without_a_telemetry_it_is_the_stream_itself() {
    in_runtime(async {
        let stream = observation::observe_stream_with(Items::new([1, 2]), |_| -> StreamItem {
            panic!("nobody asks")
        });
        assert_eq!(drain(stream).await, [1, 2]);
    });
}
