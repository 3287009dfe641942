//! What happened earlier is recorded with its own start, end, first token and parent.

use std::time::{Duration, SystemTime};

use tracing_genai::context::{self, Attributes};
use tracing_genai::message::Usage;
use tracing_genai::observation;
use tracing_subscriber::layer::SubscriberExt;

use crate::support::{SOON, mapped, memory, plain};

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[tracing::instrument]
fn get_response() {
    let made = observation::generation("assistant-run")
        .with_model("gpt-4")
        .with_usage(Usage::new(142, 23))
        .with_completion_start(at(1_760_000_001))
        .record(at(1_760_000_000), at(1_760_000_003));
    assert!(made.is_some());
}

#[test]
fn below_the_current_function() {
    let memory = mapped(get_response);
    let span = memory.span("assistant-run");
    let parent = memory.span("get_response");
    assert_eq!(span.parent_span_id, parent.span_id);
    assert_eq!(span.trace_id, parent.trace_id);
    assert_eq!(span.start, 1_760_000_000_000_000_000);
    assert_eq!(span.end, 1_760_000_003_000_000_000);
    assert_eq!(
        span.text("langfuse.observation.completion_start_time"),
        Some("2025-10-09T08:53:21Z")
    );
}

#[test]
fn below_another_span_on_request() {
    let memory = plain(|| {
        let parent = tracing::info_span!("parent");
        let _made = observation::generation("late")
            .with_parent(&parent)
            .record(at(20), at(10));
    });
    let span = memory.span("late");
    assert_eq!(span.parent_span_id, memory.span("parent").span_id);
    assert_eq!((span.start, span.end), (20_000_000_000, 20_000_000_000));
}

#[test]
fn without_a_telemetry_nothing_is_made() {
    let made = observation::generation("nobody").record(at(1), at(2));
    assert!(made.is_none());
}

#[test]
fn below_the_nearest_exported_span_where_the_current_one_is_hidden() {
    let (memory, telemetry) = memory(None);
    // Another layer sees the span that the filter hides, so it is the current one.
    let subscriber = tracing_subscriber::registry()
        .with(telemetry.layer())
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::sink));
    tracing::subscriber::with_default(subscriber, || {
        let _parent = tracing::info_span!("parent").entered();
        let _hidden = tracing::debug_span!("hidden").entered();
        observation::generation("late").record(at(10), at(20));
    });
    telemetry.flush(SOON);
    let parent = memory.span("parent").span_id;
    assert_eq!(memory.span("late").parent_span_id, parent);
}

#[test]
fn inside_the_scope_that_is_inside_the_current_span() {
    let memory = plain(|| {
        let _parent = tracing::info_span!("parent").entered();
        context::scope(Attributes::new().with_user("ada")).in_scope(|| {
            observation::generation("late").record(at(10), at(20));
        });
    });
    let span = memory.span("late");
    assert_eq!(span.parent_span_id, memory.span("parent").span_id);
    assert!(format!("{span:?}").contains("ada"), "{span:?}");
}
