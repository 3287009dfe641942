//! A live generation can be updated while it is open, and ends when it is dropped rather than when its span
//! is last exited.

use tracing_genai::message::{Message, Usage};
use tracing_genai::observation;

use crate::support::{mapped, now};

#[tracing::instrument]
fn ask() -> u64 {
    let generation = observation::generation("chat gpt-4o")
        .with_model("gpt-4o")
        .with_parameter("temperature", 1)
        .with_input_messages([Message::user("2 + 2?")])
        .start();
    generation
        .span()
        .in_scope(|| tracing::info_span!("inside").in_scope(|| ()));
    generation
        .mark_completion_start()
        .set_output_messages([Message::assistant("4").with_finish_reason("stop")])
        .set_usage(Usage::new(10, 5).with_cache_read(4))
        .set_usage(Usage::new(14, 1).with_cache_read(4));
    now()
}

#[test]
fn with_everything_that_was_set() {
    let mut dropped = 0;
    let memory = mapped(|| dropped = ask());
    let span = memory.span("chat gpt-4o");
    assert_eq!(span.kind, "CLIENT");
    assert_eq!(span.parent_span_id, memory.span("ask").span_id);
    assert_eq!(memory.span("inside").parent_span_id, span.span_id);
    assert!(span.end >= dropped, "{} before {dropped}", span.end);
    assert!(memory.span("ask").end >= span.end);
    assert_eq!(span.text("langfuse.observation.type"), Some("generation"));
    assert_eq!(span.text("langfuse.observation.model.name"), Some("gpt-4o"));
    assert_eq!(
        span.text("langfuse.observation.usage_details"),
        Some(r#"{"input":10,"input_cached_tokens":4,"output":1,"total":15}"#)
    );
    assert_eq!(
        span.text("langfuse.observation.input"),
        Some(r#"[{"role":"user","content":"2 + 2?"}]"#)
    );
    assert_eq!(
        span.text("langfuse.observation.output"),
        Some(r#"[{"role":"assistant","content":"4"}]"#)
    );
    assert_eq!(
        span.text("langfuse.observation.model.parameters"),
        Some(r#"{"temperature":1.0}"#)
    );
}
