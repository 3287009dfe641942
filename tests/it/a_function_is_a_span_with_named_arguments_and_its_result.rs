//! Arguments by name, in order; the result beside them; nothing of it twice.

use crate::support::{mapped, plain};

#[derive(Debug)]
#[expect(dead_code, reason = "read through Debug")]
struct Answer {
    text: String,
    confident: bool,
}

#[tracing::instrument(ret)]
fn answer(question: &str, tries: u32, temperature: f64, hints: Vec<String>) -> Answer {
    Answer {
        text: format!("{question} {tries} {temperature} {}", hints.len()),
        confident: true,
    }
}

#[test]
fn for_langfuse_as_input_and_output() {
    let memory = mapped(|| answer("x?", 3, 0.5, vec!["say \"hi\"".into()]));
    let span = memory.span("answer");
    assert_eq!(
        span.text("langfuse.observation.input"),
        Some(r#"{"question":"x?","tries":3,"temperature":0.5,"hints":["say \"hi\""]}"#)
    );
    assert_eq!(
        span.text("langfuse.observation.output"),
        Some(r#"{"text":"x? 3 0.5 1","confident":true}"#)
    );
    for consumed in ["question", "tries", "temperature", "hints"] {
        assert!(!span.attributes.contains_key(consumed), "{consumed}");
    }
    assert_eq!(span.events, []);
}

#[test]
fn for_any_backend_as_they_were_recorded() {
    let memory = plain(|| answer("x?", 3, 0.5, Vec::new()));
    let span = memory.span("answer");
    assert_eq!(span.text("question"), Some("x?"));
    assert_eq!(span.events.len(), 1);
    assert_eq!(span.scope, "tracing-genai");
}
