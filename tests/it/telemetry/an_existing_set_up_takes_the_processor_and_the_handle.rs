//! Next to an existing tracing-opentelemetry layer, next to `fmt`, and with several registries in one
//! process.

use opentelemetry::KeyValue;
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tracing::{Instrument, Subscriber};
use tracing_genai::context::{self, Attributes};
use tracing_genai::testing::InMemory;
use tracing_genai::{Destination, Mapping, Telemetry, observation};
use tracing_subscriber::layer::SubscriberExt;

use crate::support::collector::Collector;
use crate::support::outcome::{client, traced};
use crate::support::raw_server::{RawServer, json_response};
use crate::support::versions::Version;
use crate::support::{SOON, builder, builder_in, in_runtime, memory, within};

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

/// A provider and a subscriber of the program's own, with the processor and the handle.
fn of_their_own(telemetry: &Telemetry) -> (SdkTracerProvider, impl Subscriber + use<>) {
    let provider = SdkTracerProvider::builder()
        .with_span_processor(telemetry.span_processor())
        .build();
    let subscriber = tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs")))
        .with(telemetry.handle());
    (provider, subscriber)
}

/// A call in a span, whose answer has been read.
async fn answered_call() {
    let server = RawServer::start(vec![json_response("{}")]).await;
    let call = traced(Version::V043, client().build().unwrap(), server.url());
    let call = async { call.await.unwrap().bytes().await.unwrap() };
    call.instrument(tracing::info_span!("caller")).await;
}

#[test]
fn a_flush_of_its_provider_delivers_calls_that_ended_a_moment_ago() {
    let (memory, telemetry) = memory(None);
    let (provider, subscriber) = of_their_own(&telemetry);
    tracing::subscriber::with_default(subscriber, || {
        in_runtime(async {
            for calls in 1..=20 {
                answered_call().await;
                provider.force_flush().unwrap();
                assert_eq!(memory.spans().len(), 2 * calls);
            }
        });
    });
}

/// Flush and shutdown of the provider and of the telemetry.
#[derive(Clone, Copy, Debug)]
enum End {
    FlushProvider,
    ShutProvider,
    Flush,
    Shut,
}

#[test]
fn whatever_ends_first_nothing_is_lost() {
    use End::{Flush, FlushProvider, Shut, ShutProvider};
    for order in [
        [FlushProvider, ShutProvider, Flush, Shut],
        [FlushProvider, Shut, ShutProvider, Flush],
        [Flush, ShutProvider, Shut, FlushProvider],
        [Flush, Shut, FlushProvider, ShutProvider],
        [Shut, ShutProvider, FlushProvider, Flush],
        [Shut, Flush, ShutProvider, FlushProvider],
    ] {
        let (memory, telemetry) = memory(None);
        let (provider, subscriber) = of_their_own(&telemetry);
        tracing::subscriber::with_default(subscriber, || {
            in_runtime(async {
                answered_call().await;
            });
        });
        for end in order {
            match end {
                FlushProvider => _ = provider.force_flush(),
                ShutProvider => _ = provider.shutdown(),
                Flush => _ = telemetry.flush(SOON),
                Shut => _ = telemetry.shutdown(SOON),
            }
        }
        assert_eq!(memory.spans().len(), 2, "{order:?}");
        assert_eq!(telemetry.report().dropped(), 0, "{order:?}");
    }
}

#[test]
fn no_span_of_its_provider_goes_to_the_backend_of_its_exporter_too() {
    let collector = Collector::start();
    let memory = InMemory::new();
    let url = format!("{}/v1/traces", collector.url);
    let of_environment = || {
        builder_in([("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &url)])
            .with_environment_destinations(true)
            .with_destination(memory.destination())
    };
    let in_code = || builder().with_destination(Destination::otlp(&url));
    for (builder, arrive) in [(of_environment(), 0), (in_code(), 1)] {
        let telemetry = builder.build().unwrap();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(telemetry.span_processor())
            .build();
        drop(provider.tracer("theirs").start("work"));
        provider.force_flush().unwrap();
        assert_eq!(collector.spans().len(), arrive);
    }
    assert_eq!(memory.spans().len(), 1);
}
