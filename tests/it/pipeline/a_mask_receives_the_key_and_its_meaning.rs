//! The key is the one under which the text is exported. The meaning is the same for every backend.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use tracing_genai::context::{self, Attributes};
use tracing_genai::message::Message;
use tracing_genai::testing::InMemory;
use tracing_genai::{Mapping, Meaning, TelemetryBuilder, observation};

use crate::support::{SOON, builder, received, within};

#[tracing::instrument(ret, err)]
fn answer(question: &str) -> Result<String, String> {
    tracing::info!(tries = "two", "asking");
    let generation = observation::generation("chat")
        .with_model("gpt-4o")
        .with_input_messages([Message::user("why")])
        .start();
    generation.set_output_messages([Message::assistant("because")]);
    generation.set_error("overloaded", "try later");
    Ok(question.to_uppercase())
}

type Received = Arc<Mutex<HashSet<(String, Meaning, String)>>>;

/// What a mask receives for a destination with this mapping.
fn received_by_a_mask(mapping: Option<Mapping>) -> HashSet<(String, Meaning, String)> {
    let asked = Received::default();
    let seen = Arc::clone(&asked);
    let settings = |builder: TelemetryBuilder| {
        builder
            .with_service_name("tutor")
            .with_mask(move |field, text| {
                let one = (field.key().to_owned(), field.meaning(), text.to_owned());
                seen.lock().unwrap().insert(one);
                Cow::Borrowed(text)
            })
    };
    let memory = received(mapping, settings, || {
        let about = Attributes::new()
            .with_user("ada")
            .with_metadata("plan", "free");
        context::scope(about).in_scope(|| answer("why")).unwrap();
    });
    assert_eq!(memory.spans().len(), 2);
    let asked = asked.lock().unwrap();
    asked.clone()
}

fn expect(asked: &HashSet<(String, Meaning, String)>, expected: &[(&str, Meaning, &str)]) {
    for (key, meaning, text) in expected {
        let one = (key.to_string(), *meaning, text.to_string());
        assert!(asked.contains(&one), "{one:?} is not among {asked:#?}");
    }
}

/// The same for every destination.
const EVERYWHERE: &[(&str, Meaning, &str)] = &[
    ("name", Meaning::Name, "answer"),
    ("name", Meaning::Name, "chat"),
    ("event.name", Meaning::Log, "asking"),
    ("tries", Meaning::Log, "two"),
    ("status.description", Meaning::Error, "try later"),
    ("error.type", Meaning::Error, "overloaded"),
    ("gen_ai.request.model", Meaning::Other, "gpt-4o"),
    ("user.id", Meaning::Other, "ada"),
    ("service.name", Meaning::Resource, "tutor"),
];

#[test]
fn of_the_conventions() {
    let asked = received_by_a_mask(None);
    expect(&asked, EVERYWHERE);
    expect(
        &asked,
        &[
            ("question", Meaning::Input, "why"),
            ("return", Meaning::Output, r#""WHY""#),
            (
                "tracing_genai.trace.metadata.plan",
                Meaning::Metadata,
                "free",
            ),
        ],
    );
    let messages = |key: &str| asked.iter().find(|(asked, ..)| asked == key).unwrap();
    let (_, meaning, text) = messages("gen_ai.input.messages");
    assert_eq!(*meaning, Meaning::Input);
    serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(messages("gen_ai.output.messages").1, Meaning::Output);
}

#[test]
fn of_langfuse() {
    let asked = received_by_a_mask(Some(Mapping::Langfuse));
    expect(&asked, EVERYWHERE);
    expect(
        &asked,
        &[
            (
                "langfuse.observation.input",
                Meaning::Input,
                r#"{"question":"why"}"#,
            ),
            (
                "langfuse.observation.input",
                Meaning::Input,
                r#"[{"role":"user","content":"why"}]"#,
            ),
            ("langfuse.observation.output", Meaning::Output, "WHY"),
            (
                "langfuse.observation.status_message",
                Meaning::Error,
                "try later",
            ),
            ("langfuse.trace.metadata.plan", Meaning::Metadata, "free"),
            ("langfuse.observation.type", Meaning::Other, "generation"),
        ],
    );
    // Content that was mapped is not passed in its original form as well.
    assert!(
        asked
            .iter()
            .all(|(key, ..)| key != "question" && key != "gen_ai.input.messages")
    );
}

#[test]
fn of_openinference() {
    let asked = received_by_a_mask(Some(Mapping::OpenInference));
    expect(&asked, EVERYWHERE);
    expect(
        &asked,
        &[
            ("input.value", Meaning::Input, r#"{"question":"why"}"#),
            ("output.value", Meaning::Output, "WHY"),
            ("metadata", Meaning::Metadata, r#"{"plan":"free"}"#),
        ],
    );
}

#[test]
fn several_run_in_turn_and_each_destination_has_its_own() {
    let (strict, open) = (InMemory::new(), InMemory::new());
    let telemetry =
        builder()
            .with_destination(strict.destination().with_mask(|field, text| {
                match (field.key(), text) {
                    ("question", "<hidden> twice") => "<hidden>".into(),
                    _ => text.into(),
                }
            }))
            .with_destination(open.destination())
            .with_mask(|_, text| text.replace("why", "<hidden>").into())
            .with_mask(|_, text| text.replace("<hidden>", "<hidden> twice").into())
            .build()
            .unwrap();
    within(&telemetry, || {
        tracing::info_span!("ask", question = "why").in_scope(|| ());
    });
    telemetry.flush(SOON);
    assert_eq!(strict.span("ask").text("question"), Some("<hidden>"));
    assert_eq!(open.span("ask").text("question"), Some("<hidden> twice"));
}
