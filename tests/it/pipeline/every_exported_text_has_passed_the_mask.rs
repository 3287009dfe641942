//! Whatever a text is and whatever a backend calls it: only what the mask returned is sent.

use std::borrow::Cow;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use opentelemetry::{Array, KeyValue, StringValue, Value};
use tracing_genai::context::{self, Attributes};
use tracing_genai::message::{Message, ToolDefinition};
use tracing_genai::testing::InMemory;
use tracing_genai::{Destination, Mapping, MaskField, TelemetryBuilder, observation};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::support::collector::{Collector, Request};
use crate::support::{SOON, builder, within};

/// A part of every text.
const NAME: &str = "Lovelace";

fn without_name<'a>(_: MaskField<'_>, text: &'a str) -> Cow<'a, str> {
    match text.contains(NAME) {
        true => text.replace(NAME, "<name>").into(),
        false => text.into(),
    }
}

#[tracing::instrument(name = "Lovelace asks", ret, err, fields(user.id = NAME))]
fn answer(question: &str) -> Result<String, String> {
    tracing::info!(who = NAME, "a line about Lovelace");
    observation::current().set_metadata("pupil", NAME);
    let generation = observation::generation("chat Lovelace")
        .with_model("gpt-Lovelace")
        .with_system_instructions(NAME)
        .with_stop_sequences([NAME, "other"])
        .with_tools([ToolDefinition::function(NAME)])
        .with_input_messages([Message::user(question)])
        .start();
    generation.set_output_messages([Message::assistant(NAME)]);
    generation.set_error(NAME, format!("no answer for {NAME}"));
    drop(generation);
    let linked = tracing::info_span!("linked");
    let other = SpanContext::new(
        TraceId::from_bytes([1; 16]),
        SpanId::from_bytes([2; 8]),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    linked.add_link_with_attributes(other, vec![KeyValue::new("reason", NAME)]);
    let names = [NAME, "Ada"].map(StringValue::from);
    let names = Value::Array(Array::String(names.into()));
    linked.add_event("met", vec![KeyValue::new("names", names)]);
    linked.in_scope(|| ());
    let error = std::io::Error::other(NAME);
    tracing::error!(error = &error as &dyn std::error::Error, "failed");
    Err(format!("{question} has no answer"))
}

/// The body of the only request that a backend receives.
fn sent(destination: impl FnOnce(Destination) -> Destination) -> Vec<u8> {
    let collector = Collector::start();
    let telemetry = builder()
        .with_service_name(NAME)
        .with_destination(destination(Destination::otlp(&collector.url)))
        .build()
        .unwrap();
    within(&telemetry, || {
        let about = Attributes::new()
            .with_tag(NAME)
            .with_session(NAME)
            .with_trace_name(NAME)
            .with_metadata("of", NAME);
        context::scope(about).in_scope(|| answer(NAME)).unwrap_err();
    });
    let report = telemetry.shutdown(SOON);
    assert_eq!((report.exported(), report.dropped()), (3, 0), "{report}");
    let requests = collector.requests();
    assert_eq!(requests.len(), 1);
    requests[0].plain()
}

fn count(body: &[u8], text: &str) -> usize {
    body.windows(text.len())
        .filter(|part| *part == text.as_bytes())
        .count()
}

#[test]
fn of_each_backend() {
    for mapping in [None, Some(Mapping::Langfuse), Some(Mapping::OpenInference)] {
        let mapped = |destination: Destination| match mapping {
            Some(mapping) => destination.with_mapping(mapping),
            None => destination,
        };
        let raw = count(&sent(mapped), NAME);
        assert!(raw > 30, "{mapping:?}: {raw}");
        let masked = sent(|destination| mapped(destination).with_mask(without_name));
        assert_eq!(count(&masked, NAME), 0, "{mapping:?}");
        assert_eq!(count(&masked, "<name>"), raw, "{mapping:?}");
    }
}

#[test]
fn beside_what_a_mapping_makes_of_it() {
    let both = |destination: Destination| {
        destination
            .with_mapping(Mapping::Langfuse)
            .with_genai_content(true)
    };
    let masked = sent(|destination| both(destination).with_mask(without_name));
    assert_eq!(count(&masked, NAME), 0);
    assert_eq!(count(&masked, "<name>"), count(&sent(both), NAME));
}

/// The bodies of the requests with metrics.
fn measured(settings: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> Vec<u8> {
    let collector = Collector::start();
    let builder = builder()
        .with_service_name(NAME)
        .with_destination(InMemory::new().destination())
        .with_metrics(Destination::otlp(format!("{}/v1/metrics", collector.url)));
    let telemetry = settings(builder).build().unwrap();
    within(&telemetry, || answer(NAME)).unwrap_err();
    telemetry.shutdown(SOON);
    let requests = collector.requests();
    let metrics = requests
        .iter()
        .filter(|request| request.path == "/v1/metrics");
    metrics.flat_map(Request::plain).collect()
}

#[test]
fn with_metrics_as_well() {
    // The process, the model and the kind of error.
    assert!(count(&measured(|builder| builder), NAME) >= 3);
    let masked = measured(|builder| builder.with_mask(without_name));
    assert_eq!(count(&masked, NAME), 0);
    assert!(count(&masked, "<name>") >= 3);
}
