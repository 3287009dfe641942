//! An event has a time and no duration, and all its fields are set when it is recorded.

use std::time::{Duration, SystemTime};

use tracing_genai::observation::{self, Level};

use crate::support::mapped;

#[tracing::instrument]
fn look_up() {
    let made = observation::event("cache miss")
        .with_input("weather:oslo")
        .with_output(serde_json::json!([1]))
        .with_level(Level::Warning)
        .with_status_message("evicted")
        .with_metadata("age", 7)
        .record_now();
    assert!(made.is_some());
}

#[test]
fn below_the_current_function() {
    let memory = mapped(look_up);
    let event = memory.span("cache miss");
    let function = memory.span("look_up");
    assert_eq!(event.parent_span_id, function.span_id);
    assert_eq!(event.start, event.end);
    assert!(function.start <= event.start && event.end <= function.end);
    let text = |key| event.text(key);
    assert_eq!(text("langfuse.observation.type"), Some("event"));
    assert_eq!(text("langfuse.observation.input"), Some("weather:oslo"));
    assert_eq!(text("langfuse.observation.output"), Some("[1]"));
    assert_eq!(text("langfuse.observation.level"), Some("WARNING"));
    assert_eq!(text("langfuse.observation.status_message"), Some("evicted"));
    assert_eq!(event.int("langfuse.observation.metadata.age"), Some(7));
}

#[test]
fn at_another_time_on_request() {
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(7);
    let memory = mapped(|| observation::event("earlier").record_at(then));
    let event = memory.span("earlier");
    assert_eq!((event.start, event.end), (7_000_000_000, 7_000_000_000));
}

#[test]
fn without_a_telemetry_nothing_is_made() {
    assert!(observation::event("nobody").record_now().is_none());
}
