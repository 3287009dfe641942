//! Unless the capture of content is set, it depends on where a backend was named, and on which others there
//! are.

use opentelemetry::KeyValue;
use tracing_genai::message::Message;
use tracing_genai::{Destination, Mapping, Telemetry, observation};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::support::collector::Collector;
use crate::support::{SOON, builder_in, langfuse_variables, within};

/// A part of every kind of content.
const SECRET: &str = "Geheimnis";

#[tracing::instrument(ret, err)]
fn answer(question: &str) -> Result<String, String> {
    let generation = observation::generation("chat")
        .with_system_instructions(SECRET)
        .with_input_messages([Message::user(question)])
        .start();
    generation.set_output_messages([Message::assistant(SECRET)]);
    drop(generation);
    drop(
        observation::generation("by hand")
            .with_input(question)
            .with_output(SECRET)
            .start(),
    );
    // Content as other instrumentations write it, on spans and on events.
    let foreign = tracing::info_span!(
        "foreign",
        input.value = SECRET,
        gen_ai.prompt.variable.city = SECRET,
        "gen_ai.completion.0.content" = SECRET,
        gen_ai.tool.call.arguments = SECRET,
        langfuse.observation.output = SECRET,
    );
    for (event, key) in [
        ("gen_ai.user.message", "content"),
        ("details", "gen_ai.input.messages"),
    ] {
        foreign.add_event(event, vec![KeyValue::new(key, SECRET)]);
    }
    foreign.in_scope(|| ());
    Ok(format!("{question}!"))
}

fn run(telemetry: &Telemetry) {
    within(telemetry, || answer(SECRET)).unwrap();
    let report = telemetry.flush(SOON);
    assert_eq!((report.dropped(), report.pending()), (0, 0), "{report}");
}

/// Whether the spans, all of which arrived, contain content.
fn has_content(collector: &Collector) -> bool {
    let spans = collector.spans();
    assert_eq!(spans.len(), 4);
    format!("{spans:?}").contains(SECRET)
}

struct Backends {
    langfuse: Collector,
    otlp: Collector,
}

impl Backends {
    fn start() -> Self {
        Self {
            langfuse: Collector::start(),
            otlp: Collector::start(),
        }
    }

    fn langfuse(&self) -> Vec<(String, String)> {
        langfuse_variables(&self.langfuse.url)
    }

    fn otlp(&self) -> Vec<(String, String)> {
        vec![(
            "OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(),
            self.otlp.url.clone(),
        )]
    }
}

#[test]
fn langfuse_and_an_otlp_backend_alone_get_it() {
    let backends = Backends::start();
    run(&builder_in(backends.langfuse()).build().unwrap());
    assert!(has_content(&backends.langfuse));
    run(&builder_in(backends.otlp()).build().unwrap());
    assert!(has_content(&backends.otlp));
}

#[test]
fn beside_langfuse_a_backend_of_the_environment_does_not() {
    let backends = Backends::start();
    let variables = [backends.langfuse(), backends.otlp()].concat();
    run(&builder_in(variables).build().unwrap());
    assert!(has_content(&backends.langfuse));
    assert!(!has_content(&backends.otlp));
}

#[test]
fn beside_langfuse_a_backend_of_the_code_does() {
    let backends = Backends::start();
    let builder = builder_in(backends.langfuse())
        .with_environment_destinations(true)
        .with_destination(Destination::otlp(&backends.otlp.url));
    run(&builder.build().unwrap());
    assert!(has_content(&backends.langfuse));
    assert!(has_content(&backends.otlp));
}

#[test]
fn the_variable_decides_for_all() {
    for (value, expected) in [
        ("SPAN_ONLY", true),
        ("span_and_event", true),
        ("NO_CONTENT", false),
        ("EVENT_ONLY", false),
        // The switch that the variable was before, as some libraries still read it.
        ("true", true),
        ("1", true),
        ("false", false),
        ("everything", false),
    ] {
        let backends = Backends::start();
        let mut variables = [backends.langfuse(), backends.otlp()].concat();
        variables.push((
            "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT".into(),
            value.into(),
        ));
        run(&builder_in(variables).build().unwrap());
        assert_eq!(has_content(&backends.langfuse), expected, "{value}");
        assert_eq!(has_content(&backends.otlp), expected, "{value}");
    }
}

#[test]
fn code_beats_the_variable_and_a_destination_beats_the_builder() {
    let capture = |value: &str| {
        vec![(
            "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT".to_owned(),
            value.to_owned(),
        )]
    };
    let backends = Backends::start();
    let builder = builder_in(capture("NO_CONTENT"))
        .with_content(true)
        .with_destination(Destination::otlp(&backends.otlp.url).with_content(false))
        .with_destination(
            Destination::otlp(&backends.langfuse.url).with_mapping(Mapping::Langfuse),
        );
    run(&builder.build().unwrap());
    assert!(has_content(&backends.langfuse));
    assert!(!has_content(&backends.otlp));
}
