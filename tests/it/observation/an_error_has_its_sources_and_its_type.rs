//! Wherever an error came from, its message includes all its sources, and its type has a low cardinality.

use std::error::Error;

use tracing_genai::observation;

use crate::support::{mapped, plain};

#[derive(Debug, thiserror::Error)]
#[error("no answer")]
struct NoAnswer {
    #[source]
    reason: Refused,
}

#[derive(Debug, thiserror::Error)]
#[error("connection refused by {host}")]
struct Refused {
    host: &'static str,
}

fn no_answer() -> NoAnswer {
    NoAnswer {
        reason: Refused {
            host: "example.org",
        },
    }
}

#[test]
fn set_by_hand() {
    let memory = mapped(|| {
        observation::generation("chat")
            .start()
            .set_error_from(&no_answer());
    });
    let span = memory.span("chat");
    let message = Some("no answer: connection refused by example.org");
    assert_eq!(span.error.as_deref(), message);
    assert_eq!(span.text("langfuse.observation.status_message"), message);
    assert_eq!(span.text("error.type"), Some("NoAnswer"));
}

#[test]
fn of_an_unknown_type() {
    let boxed: Box<dyn Error + Send + Sync> = no_answer().into();
    let now = std::time::SystemTime::now();
    let memory = plain(|| {
        observation::generation("chat")
            .with_error_from(&*boxed)
            .record(now, now)
    });
    let span = memory.span("chat");
    let message = Some("no answer: connection refused by example.org");
    assert_eq!(span.error.as_deref(), message);
    assert_eq!(span.text("error.type"), Some("_OTHER"));
    assert_eq!(span.attributes.get("tracing_genai.error.message"), None);
}

#[test]
fn the_last_one_that_was_set() {
    let memory = plain(|| {
        observation::generation("chat")
            .start()
            .set_error("zeal", "z comes late in the alphabet")
            .set_error("calm", "a comes early");
    });
    let span = memory.span("chat");
    assert_eq!(span.error.as_deref(), Some("a comes early"));
    assert_eq!(span.text("error.type"), Some("calm"));
}

#[test]
fn without_the_body_that_it_may_hold() {
    let body = std::io::Error::other("x".repeat(100_000));
    let memory = plain(|| {
        observation::generation("chat")
            .start()
            .set_error_from(&body);
    });
    let message = memory.span("chat").error.unwrap();
    assert!(message.len() < 1_010, "{}", message.len());
    assert!(message.ends_with('…'));
}

#[tracing::instrument(err(Debug))]
fn by_debug() -> Result<(), NoAnswer> {
    Err(no_answer())
}

#[tracing::instrument(err)]
fn by_display() -> Result<(), NoAnswer> {
    Err(no_answer())
}

#[tracing::instrument]
fn in_a_line() {
    let error = no_answer();
    tracing::error!(error = &error as &(dyn Error + 'static), "cannot go on");
}

#[test]
fn of_a_function() {
    for memory in [
        plain(|| by_debug().is_err() && by_display().is_err()),
        mapped(|| by_debug().is_err() && by_display().is_err()),
    ] {
        let span = memory.span("by_debug");
        assert_eq!(span.text("error.type"), Some("NoAnswer"));
        let span = memory.span("by_display");
        assert_eq!(span.text("error.type"), Some("_OTHER"));
        assert_eq!(span.error.as_deref(), Some("no answer"));
    }
}

#[test]
fn given_to_a_line_of_the_log() {
    let message = "cannot go on: no answer: connection refused by example.org";
    for memory in [plain(in_a_line), mapped(in_a_line)] {
        let span = memory.span("in_a_line");
        assert_eq!(span.error.as_deref(), Some(message));
        // What tracing-opentelemetry records of it is kept.
        assert_eq!(span.text("exception.message"), Some("no answer"));
    }
}

#[test]
fn without_any_details() {
    use tracing_genai::observation::Level;
    let memory = mapped(|| {
        observation::generation("chat")
            .start()
            .set_level(Level::Error);
    });
    let span = memory.span("chat");
    assert_eq!(span.error.as_deref(), Some(""));
    assert_eq!(span.text("error.type"), Some("_OTHER"));
    assert_eq!(span.text("langfuse.observation.level"), Some("ERROR"));
    // A placeholder is not a message for people.
    assert_eq!(span.text("langfuse.observation.status_message"), None);
}
