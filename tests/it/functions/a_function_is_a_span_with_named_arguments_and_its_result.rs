//! Arguments by name and in order, and the result; nothing is exported twice.

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

struct Client;

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("geheim")
    }
}

impl Client {
    #[tracing::instrument(ret)]
    fn ask(&self, question: &str) -> u8 {
        question.len() as u8
    }
}

#[test]
fn the_receiver_of_a_method_is_no_input() {
    let memory = mapped(|| Client.ask("x?"));
    let span = memory.span("ask");
    assert_eq!(
        span.text("langfuse.observation.input"),
        Some(r#"{"question":"x?"}"#)
    );
    assert!(!format!("{span:?}").contains("geheim"), "{span:?}");
}

#[tracing::instrument]
fn play(level: u8, target: &str, message: &str, error: &str, r#type: &str) {}

#[test]
fn arguments_may_have_the_names_of_fields_of_events_and_layers() {
    let memory = mapped(|| play(3, "t", "m", "e", "y"));
    assert_eq!(
        memory.span("play").text("langfuse.observation.input"),
        Some(r#"{"level":3,"target":"t","message":"m","error":"e","type":"y"}"#)
    );
}

#[tracing::instrument(ret)]
fn chat(lines: u32) -> u32 {
    for line in 0..lines {
        tracing::info!(line, "said");
    }
    lines
}

#[test]
fn a_result_survives_however_many_lines_of_log() {
    let memory = mapped(|| chat(200));
    assert_eq!(
        memory.span("chat").text("langfuse.observation.output"),
        Some("200")
    );
}
