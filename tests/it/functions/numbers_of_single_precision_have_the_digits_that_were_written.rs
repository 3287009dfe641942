//! `0.1_f32` is `0.1`, as an argument and as an attribute.

use tracing_genai::testing::Value;

use crate::support::{mapped, plain};

#[tracing::instrument]
fn sample(temperature: f32, exact: f64) {}

#[test]
fn an_argument() {
    let memory = mapped(|| sample(0.1, 1.0 / 3.0));
    let span = memory.span("sample");
    assert_eq!(
        span.text("langfuse.observation.input"),
        Some(r#"{"temperature":0.1,"exact":0.3333333333333333}"#)
    );
}

#[test]
fn an_attribute() {
    let memory = plain(|| drop(tracing::info_span!("work", app.share = 0.7_f32)));
    assert_eq!(
        memory.span("work").attributes["app.share"],
        Value::Double(0.7)
    );
}
