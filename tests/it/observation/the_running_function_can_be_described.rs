//! `observation::current()` renames the running function, types it, and replaces input and output.

use tracing_genai::observation::{self, Level, ObservationType};

use crate::support::{mapped, plain};

#[tracing::instrument(ret)]
fn look_up(city: &str) -> u32 {
    observation::current()
        .set_name("weather")
        .set_type(ObservationType::Tool)
        .set_input(serde_json::json!({ "place": city }))
        .set_output("warm")
        .set_level(Level::Warning)
        .set_status_message("cached")
        .set_metadata("tries", 3)
        .set_metadata("source", "file");
    21
}

#[test]
fn for_langfuse() {
    let memory = mapped(|| look_up("Oslo"));
    let span = memory.span("weather");
    let text = |key| span.text(key);
    assert_eq!(text("langfuse.observation.type"), Some("tool"));
    assert_eq!(
        text("langfuse.observation.input"),
        Some(r#"{"place":"Oslo"}"#)
    );
    assert_eq!(text("langfuse.observation.output"), Some("warm"));
    assert_eq!(text("langfuse.observation.level"), Some("WARNING"));
    assert_eq!(text("langfuse.observation.status_message"), Some("cached"));
    assert_eq!(text("langfuse.observation.metadata.source"), Some("file"));
    assert_eq!(span.int("langfuse.observation.metadata.tries"), Some(3));
    // The recorded argument is kept where it does not compete with the input that was set.
    assert_eq!(text("langfuse.observation.metadata.city"), Some("Oslo"));
    assert_eq!(span.error, None);
}

#[test]
fn under_neutral_names_for_any_backend() {
    let memory = plain(|| look_up("Oslo"));
    let span = memory.span("weather");
    assert_eq!(span.text("tracing_genai.observation.type"), Some("tool"));
    assert_eq!(span.text("tracing_genai.observation.output"), Some("warm"));
    assert_eq!(
        span.int("tracing_genai.observation.metadata.tries"),
        Some(3)
    );
    assert_eq!(span.text("city"), Some("Oslo"));
    assert!(
        span.attributes
            .keys()
            .all(|key| !key.starts_with("langfuse."))
    );
}

#[test]
fn without_a_telemetry_nothing_happens() {
    assert_eq!(look_up("Oslo"), 21);
}
