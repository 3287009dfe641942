//! A line at ERROR, of a dependency or the function itself, does not make the function an error; one that gives
//! an error as a value does.

use std::error::Error;
use std::io;

use crate::support::{mapped, plain};

#[tracing::instrument(ret)]
fn retry(attempt: u8) -> &'static str {
    tracing::error!(target: "database::pool", attempt, "connection refused, trying again");
    "fine"
}

#[tracing::instrument(ret)]
fn give_up() -> &'static str {
    let error = io::Error::other("connection refused");
    tracing::error!(error = &error as &(dyn Error + 'static), "not saved");
    "nothing"
}

#[tracing::instrument(ret)]
fn give_up_by_display() -> &'static str {
    let error = io::Error::other("connection refused");
    tracing::error!(%error, "not saved");
    "nothing"
}

#[test]
fn for_langfuse() {
    let memory = mapped(|| retry(1));
    let span = memory.span("retry");
    assert_eq!(span.error, None);
    assert_eq!(span.text("error.type"), None);
    assert_ne!(span.text("langfuse.observation.level"), Some("ERROR"));
    assert_eq!(span.text("langfuse.observation.output"), Some("fine"));
}

#[test]
fn for_any_backend_and_the_line_stays() {
    let memory = plain(|| retry(1));
    let span = memory.span("retry");
    assert_eq!(span.error, None);
    let line = "connection refused, trying again";
    assert!(span.events.iter().any(|event| event.name == line));
}

#[test]
fn but_an_error_in_a_line_is_one() {
    let memory = mapped(give_up);
    let span = memory.span("give_up");
    assert_eq!(span.error.as_deref(), Some("not saved: connection refused"));
    let memory = mapped(give_up_by_display);
    let span = memory.span("give_up_by_display");
    assert_eq!(span.error.as_deref(), Some("not saved"));
}

#[test]
fn and_so_is_a_status_that_was_set() {
    let memory = mapped(|| {
        let span = tracing::info_span!("work", otel.status_description = "by hand");
        span.in_scope(|| tracing::error!("a line"));
    });
    assert_eq!(memory.span("work").error.as_deref(), Some("by hand"));
}
