//! Then they are not exported; messages, errors and values set by hand are.

use tracing_genai::message::Message;
use tracing_genai::testing::InMemory;
use tracing_genai::{Mapping, TelemetryBuilder, observation};

use crate::support::{SOON, builder, received, within};

const OFF: [(&str, &str); 1] = [("LANGFUSE_OBSERVE_DECORATOR_IO_CAPTURE_ENABLED", "false")];

#[tracing::instrument(ret, err)]
fn answer(question: &str) -> Result<String, String> {
    drop(
        observation::generation("chat")
            .with_input_messages([Message::user("said")])
            .start(),
    );
    match question {
        "bad" => Err("too hard".into()),
        _ => Ok(question.to_uppercase()),
    }
}

#[tracing::instrument(ret)]
fn described(question: &str) -> usize {
    observation::current().set_input("by hand");
    question.len()
}

/// What Langfuse and another backend receive.
fn both(configure: impl Fn(TelemetryBuilder) -> TelemetryBuilder) -> [InMemory; 2] {
    let memories = [InMemory::new(), InMemory::new()];
    let builder = builder()
        .with_destination(memories[0].destination().with_mapping(Mapping::Langfuse))
        .with_destination(memories[1].destination());
    let telemetry = configure(builder).build().unwrap();
    within(&telemetry, || {
        let _ = answer("good");
        described("it");
    });
    telemetry.flush(SOON);
    memories
}

#[test]
fn everywhere() {
    let [langfuse, other] = both(|builder| builder.with_variables(OFF));
    let span = langfuse.span("answer");
    assert_eq!(span.text("langfuse.observation.input"), None);
    assert_eq!(span.text("langfuse.observation.output"), None);
    let span = langfuse.span("described");
    assert_eq!(span.text("langfuse.observation.input"), Some("by hand"));
    assert_eq!(span.text("langfuse.observation.output"), None);
    let chat = langfuse.span("chat");
    let input = chat.text("langfuse.observation.input").unwrap();
    assert!(input.contains("said"), "{input}");

    let span = other.span("answer");
    assert!(span.attributes.is_empty(), "{:?}", span.attributes);
    assert!(span.events.is_empty(), "{:?}", span.events);
    assert!(other.span("chat").text("gen_ai.input.messages").is_some());
}

#[test]
fn an_error_is_exported_and_no_input_is_invented() {
    let settings = |builder: TelemetryBuilder| builder.with_variables(OFF);
    let memory = received(Some(Mapping::Langfuse), settings, || answer("bad"));
    let span = memory.span("answer");
    assert_eq!(span.error.as_deref(), Some("too hard"));
    assert_eq!(span.text("langfuse.observation.input"), None);
}

#[test]
fn unless_the_code_says_otherwise() {
    let [langfuse, _] = both(|builder| builder.with_variables(OFF).with_function_content(true));
    let span = langfuse.span("answer");
    assert_eq!(
        span.text("langfuse.observation.input"),
        Some(r#"{"question":"good"}"#)
    );
    assert_eq!(span.text("langfuse.observation.output"), Some("GOOD"));
}
