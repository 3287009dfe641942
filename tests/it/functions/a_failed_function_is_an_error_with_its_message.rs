//! `err` makes the span an error for every backend, and so does a panic; a log line of another client does
//! not.

use std::panic::catch_unwind;

use crate::support::{mapped, plain};

#[tracing::instrument(ret, err)]
fn divide(a: i64, b: i64) -> Result<i64, String> {
    if b == 0 {
        return Err("cannot divide by zero".into());
    }
    Ok(a / b)
}

#[tracing::instrument]
fn explode(fuse: bool) {
    assert!(!fuse, "boom");
}

#[tracing::instrument]
fn complain() {
    tracing::error!(error = "ENOSPC", "the disk is full");
}

#[tracing::instrument(ret)]
fn call_model() -> &'static str {
    tracing::error!(target: "async_openai::client", "failed deserialization of: {{secret}}");
    "fine"
}

#[test]
fn for_langfuse() {
    let memory = mapped(|| {
        let _ = divide(1, 0);
    });
    let span = memory.span("divide");
    assert_eq!(span.error.as_deref(), Some("cannot divide by zero"));
    assert_eq!(span.text("langfuse.observation.level"), Some("ERROR"));
    assert_eq!(
        span.text("langfuse.observation.status_message"),
        Some("cannot divide by zero")
    );
    assert_eq!(
        span.text("langfuse.observation.input"),
        Some(r#"{"a":1,"b":0}"#)
    );
    assert_eq!(span.events, []);
}

#[test]
fn for_any_backend() {
    let memory = plain(|| divide(1, 0).is_err() && divide(1, 1).is_ok());
    let spans = memory.spans();
    assert_eq!(spans[0].error.as_deref(), Some("cannot divide by zero"));
    assert_eq!(spans[0].events[0].name, "exception");
    assert_eq!((&spans[1].error, spans[1].ok), (&None, false));
}

#[test]
fn a_panic() {
    let memory = mapped(|| catch_unwind(|| explode(true)).is_err());
    let span = memory.span("explode");
    assert_eq!(span.error.as_deref(), Some("panicked"));
    assert_eq!(span.text("error.type"), Some("panic"));
    assert_eq!(span.text("langfuse.observation.level"), Some("ERROR"));
    assert_eq!(
        span.text("langfuse.observation.input"),
        Some(r#"{"fuse":true}"#)
    );
}

#[test]
fn an_error_line_gives_its_message_to_the_status() {
    let memory = mapped(complain);
    let span = memory.span("complain");
    assert_eq!(span.error.as_deref(), Some("the disk is full"));
}

#[test]
fn not_because_of_a_log_line_of_the_client() {
    let memory = mapped(call_model);
    let span = memory.span("call_model");
    assert_eq!(span.error, None);
    assert_eq!(span.text("langfuse.observation.output"), Some("fine"));
    assert!(!format!("{span:?}").contains("secret"));
}
