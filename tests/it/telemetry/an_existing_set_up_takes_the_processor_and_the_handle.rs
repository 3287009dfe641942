//! Next to an existing tracing-opentelemetry layer, next to `fmt`, and with several registries in one
//! process.

use opentelemetry::KeyValue;
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tracing_genai::context::{self, Attributes};
use tracing_genai::{Mapping, observation};
use tracing_subscriber::layer::SubscriberExt;

use crate::support::{SOON, memory, within};

#[tracing::instrument(ret)]
fn answer(question: &str) -> String {
    let generation = observation::generation("chat gpt-4o")
        .with_model("gpt-4o")
        .start();
    generation.set_output("yes");
    drop(generation);
    let _finished =
        observation::generation("finished").record(std::time::UNIX_EPOCH, std::time::UNIX_EPOCH);
    question.to_uppercase()
}

#[test]
fn of_another_provider_with_its_own_exporter() {
    let (memory, telemetry) = memory(Some(Mapping::Langfuse));
    let theirs = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_resource(
            Resource::builder_empty()
                .with_attribute(KeyValue::new("service.name", "theirs"))
                .build(),
        )
        .with_simple_exporter(theirs.clone())
        .with_span_processor(telemetry.span_processor())
        .build();
    let subscriber = tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("their scope")))
        .with(telemetry.handle())
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::sink));
    tracing::subscriber::with_default(subscriber, || {
        context::scope(Attributes::new().with_user("ada")).in_scope(|| answer("what"));
    });
    // A span that `tracing` knows nothing of.
    drop(provider.tracer("raw").start("raw"));
    telemetry.flush(SOON);

    let span = memory.span("answer");
    assert_eq!(
        span.text("langfuse.observation.input"),
        Some(r#"{"question":"what"}"#)
    );
    assert_eq!(span.text("langfuse.observation.output"), Some("WHAT"));
    assert_eq!(span.text("user.id"), Some("ada"));
    assert_eq!(span.scope, "their scope");
    assert_eq!(span.resource["service.name"].as_text(), Some("theirs"));
    for child in ["chat gpt-4o", "finished"] {
        assert_eq!(memory.span(child).parent_span_id, span.span_id, "{child}");
        assert_eq!(memory.span(child).text("user.id"), Some("ada"), "{child}");
    }
    assert_eq!(memory.span("raw").scope, "raw");
    // The other exporter gets its spans unchanged.
    let spans = theirs.get_finished_spans().unwrap();
    assert!(spans.iter().any(|span| span.name == "answer"));
}

#[test]
fn of_several_registries() {
    let (first, first_telemetry) = memory(None);
    let (second, second_telemetry) = memory(None);
    for (telemetry, question) in [(&first_telemetry, "one"), (&second_telemetry, "two")] {
        within(telemetry, || answer(question));
        telemetry.flush(SOON);
    }
    assert_eq!(first.span("answer").text("question"), Some("one"));
    assert_eq!(second.span("answer").text("question"), Some("two"));
    assert_eq!((first.spans().len(), second.spans().len()), (3, 3));
}

#[test]
fn beside_the_layer_of_sentry() {
    let (memory, telemetry) = memory(None);
    let subscriber = tracing_subscriber::registry()
        .with(sentry_tracing::layer())
        .with(telemetry.layer())
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::sink));
    tracing::subscriber::with_default(subscriber, || answer("what"));
    telemetry.flush(SOON);
    assert_eq!(memory.span("answer").text("question"), Some("what"));
    assert_eq!(memory.spans().len(), 3);
}
