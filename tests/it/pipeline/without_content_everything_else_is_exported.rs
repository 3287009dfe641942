//! Names, times, models, tokens, metadata and log lines are exported, and the beginning of error messages.

use tracing_genai::message::{Message, Usage};
use tracing_genai::testing::{InMemory, ReceivedSpan};
use tracing_genai::{Mapping, TelemetryBuilder, observation};

use crate::support::received;

#[tracing::instrument(ret, fields(user.id = "u-1"))]
fn answer(question: &str) -> usize {
    tracing::info!(tries = 1, "asking");
    observation::current().set_metadata("channel", "web");
    let generation = observation::generation("chat")
        .with_model("gpt-4o")
        .with_parameter("temperature", 0.5)
        .with_input_messages([Message::user(question)])
        .start();
    generation.set_usage(Usage::new(14, 1));
    question.len()
}

#[tracing::instrument(err)]
fn fail(question: &str) -> Result<(), String> {
    Err(question.repeat(150))
}

fn exported<T>(mapping: Option<Mapping>, content: bool, work: impl FnOnce() -> T) -> InMemory {
    received(mapping, |builder| builder.with_content(content), work)
}

fn events(span: &ReceivedSpan) -> Vec<&str> {
    span.events
        .iter()
        .map(|event| event.name.as_str())
        .collect()
}

#[test]
fn for_langfuse() {
    let memory = exported(Some(Mapping::Langfuse), false, || {
        answer("why");
    });
    let function = memory.span("answer");
    for absent in ["langfuse.observation.input", "langfuse.observation.output"] {
        assert_eq!(function.attributes.get(absent), None);
    }
    assert_eq!(function.text("user.id"), Some("u-1"));
    assert_eq!(
        function.text("langfuse.observation.metadata.channel"),
        Some("web")
    );
    assert_eq!(events(&function), ["asking"]);
    assert!(function.events[0].attributes.contains_key("tries"));
    let generation = memory.span("chat");
    assert_eq!(
        generation.text("langfuse.observation.model.name"),
        Some("gpt-4o")
    );
    assert_eq!(
        generation.text("langfuse.observation.usage_details"),
        Some(r#"{"input":14,"output":1,"total":15}"#)
    );
}

#[test]
fn for_any_backend() {
    let memory = exported(None, false, || {
        answer("why");
    });
    let function = memory.span("answer");
    let keys: Vec<_> = function.attributes.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        ["tracing_genai.observation.metadata.channel", "user.id"]
    );
    assert_eq!(events(&function), ["asking"]);
    let generation = memory.span("chat");
    assert_eq!(generation.text("gen_ai.request.model"), Some("gpt-4o"));
    assert_eq!(generation.int("gen_ai.usage.input_tokens"), Some(14));
}

#[test]
fn an_error_keeps_two_hundred_characters() {
    let whole = "wörter".repeat(150);
    let short: String = whole.chars().take(200).chain(['…']).collect();
    for (content, expected) in [(true, &whole), (false, &short)] {
        let memory = exported(Some(Mapping::Langfuse), content, || {
            let _ = fail("wörter");
        });
        let span = memory.span("fail");
        assert_eq!(span.error.as_ref(), Some(expected));
        assert_eq!(
            span.text("langfuse.observation.status_message"),
            Some(expected.as_str())
        );
        assert_eq!(
            span.attributes.contains_key("langfuse.observation.input"),
            content
        );

        let memory = exported(None, content, || {
            let _ = fail("wörter");
        });
        let span = memory.span("fail");
        assert_eq!(span.error.as_ref(), Some(expected));
        let message = &span.events[0].attributes["exception.message"];
        assert_eq!(message.as_text(), Some(expected.as_str()));
        assert_eq!(span.attributes.contains_key("question"), content);
    }
}

#[test]
fn of_an_error_in_a_line_of_the_log_as_well_and_behind_the_mask() {
    let whole = format!("{}Lovelace", "x".repeat(196));
    let settings = |builder: TelemetryBuilder| {
        builder
            .with_content(false)
            .with_mask(|_, text| text.replace("Lovelace", "<a name>").into())
    };
    let memory = received(None, settings, || {
        let source = std::io::Error::other(whole.clone());
        let error = std::io::Error::other(source);
        tracing::info_span!("work").in_scope(|| {
            tracing::error!(error = &error as &dyn std::error::Error, "not done");
        });
        let _ = fail(&whole);
    });
    // Not "Love…": the mask receives the whole text before it is truncated.
    let expected = format!("{}<a n…", "x".repeat(196));
    let event = &memory.span("work").events[0];
    assert_eq!(event.name, "not done");
    for key in ["exception.message", "error"] {
        assert_eq!(
            event.attributes[key].as_text(),
            Some(expected.as_str()),
            "{key}"
        );
    }
    let output = format!("{:?}", memory.spans());
    assert!(!output.contains("Love"), "{output}");
    assert!(!output.contains("<a na"), "{output}");
}
