//! `err` and `ret` say at any level how a function ended: the filter takes the level of the function's span,
//! and no other event passes with them.

use tracing_genai::{Mapping, TelemetryBuilder};

use crate::support::{mapped, received};

#[tracing::instrument(err(level = "debug"), ret(level = "trace"))]
fn divide(a: i64, b: i64) -> Result<i64, String> {
    tracing::debug!(error = "a line below the level");
    if b == 0 {
        return Err("cannot divide by zero".into());
    }
    Ok(a / b)
}

#[tracing::instrument(level = "debug", err)]
fn hidden() -> Result<(), String> {
    Err("hidden".into())
}

#[tracing::instrument]
fn visible() {
    let _ = hidden();
}

#[test]
fn an_error() {
    let memory = mapped(|| divide(1, 0).is_err());
    let span = memory.span("divide");
    assert_eq!(span.error.as_deref(), Some("cannot divide by zero"));
    assert_eq!(span.text("langfuse.observation.level"), Some("ERROR"));
    assert!(!format!("{span:?}").contains("a line below the level"));
}

#[test]
fn a_result() {
    let memory = mapped(|| divide(4, 2).is_ok());
    let span = memory.span("divide");
    assert_eq!(span.error, None);
    assert_eq!(span.text("langfuse.observation.output"), Some("2"));
}

#[test]
fn but_nothing_of_a_function_that_is_not_exported() {
    let nothing = |builder: TelemetryBuilder| builder.with_filter("off");
    let memory = received(Some(Mapping::Langfuse), nothing, || divide(1, 0).is_err());
    assert_eq!(memory.spans(), []);
    let memory = mapped(visible);
    assert_eq!(memory.spans().len(), 1);
}
