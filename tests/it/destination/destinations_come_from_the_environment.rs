//! Variables name Langfuse, OTLP, the terminal, several of them or none, and code takes precedence.

use tracing_genai::TelemetryBuilder;
use tracing_genai::testing::InMemory;

use crate::support::collector::Collector;
use crate::support::{SOON, builder_in, make_spans};

const KEYS: [(&str, &str); 2] = [
    ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
    ("LANGFUSE_SECRET_KEY", "sk-lf-1"),
];
const OTLP: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");

fn destinations(builder: TelemetryBuilder) -> Vec<String> {
    let report = builder.build().unwrap().report();
    report
        .destinations
        .into_iter()
        .map(|destination| destination.name)
        .collect()
}

fn named(variables: &[(&str, &str)]) -> Vec<String> {
    destinations(builder_in(variables.iter().copied()))
}

#[test]
fn each_alone_and_all_together() {
    assert_eq!(named(&[]), ["terminal"]);
    assert_eq!(named(&KEYS), ["Langfuse at cloud.langfuse.com"]);
    assert_eq!(named(&[OTLP]), ["OTLP at http://localhost:4318"]);
    assert_eq!(
        named(&[KEYS[0], KEYS[1], OTLP, ("TRACING_GENAI_CONSOLE", "on")]),
        [
            "Langfuse at cloud.langfuse.com",
            "OTLP at http://localhost:4318",
            "terminal"
        ]
    );
    assert_eq!(
        named(&[
            KEYS[0],
            KEYS[1],
            ("LANGFUSE_HOST", "https://us.cloud.langfuse.com/")
        ]),
        ["Langfuse at us.cloud.langfuse.com"]
    );
}

#[test]
fn nothing_on_request() {
    assert_eq!(named(&[("TRACING_GENAI_CONSOLE", "off")]), [""; 0]);
    assert_eq!(
        named(&[KEYS[0], KEYS[1], OTLP, ("OTEL_SDK_DISABLED", "true")]),
        [""; 0]
    );
    let off = ("LANGFUSE_TRACING_ENABLED", "false");
    assert_eq!(named(&[KEYS[0], KEYS[1], off]), [""; 0]);
    assert_eq!(
        named(&[KEYS[0], KEYS[1], off, OTLP]),
        ["OTLP at http://localhost:4318"]
    );
}

#[test]
fn the_standard_exporters_are_selected_by_name() {
    for (exporters, expected) in [
        ("otlp", &["OTLP at http://localhost:4318"][..]),
        ("none", &[]),
        ("console", &["terminal"]),
        (
            "Console, OTLP",
            &["OTLP at http://localhost:4318", "terminal"],
        ),
        ("zipkin", &[]),
    ] {
        let variable = ("OTEL_TRACES_EXPORTER", exporters);
        assert_eq!(named(&[OTLP, variable]), expected, "{exporters}");
    }
    // Langfuse has a switch of its own.
    let none = ("OTEL_TRACES_EXPORTER", "none");
    assert_eq!(
        named(&[KEYS[0], KEYS[1], OTLP, none]),
        ["Langfuse at cloud.langfuse.com"]
    );
    assert_eq!(named(&[none]), [""; 0]);
}

#[test]
fn one_backend_that_is_named_twice_is_one_destination() {
    for endpoint in [
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "https://cloud.langfuse.com/api/public/otel",
        ),
        (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "https://cloud.langfuse.com/api/public/otel/v1/traces",
        ),
    ] {
        assert_eq!(
            named(&[KEYS[0], KEYS[1], endpoint]),
            ["Langfuse at cloud.langfuse.com"]
        );
    }
}

#[test]
fn empty_variables_are_not_set() {
    assert_eq!(
        named(&[
            ("LANGFUSE_PUBLIC_KEY", " "),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "")
        ]),
        ["terminal"]
    );
}

#[test]
fn code_replaces_the_environment_unless_both_are_requested() {
    let builder = || builder_in([OTLP]).with_destination(InMemory::new().destination());
    assert_eq!(destinations(builder()), ["memory"]);
    assert_eq!(
        destinations(builder().with_environment_destinations(true)),
        ["memory", "OTLP at http://localhost:4318"]
    );
}

#[test]
fn the_endpoint_for_traces_is_used_as_it_is_and_the_resource_is_sent() {
    let collector = Collector::start();
    let telemetry = builder_in([
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://127.0.0.1:9".to_owned(),
        ),
        (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            format!("{}/custom/path", collector.url),
        ),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "5000".to_owned()),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "service.version=1.2,team=a%20b,service.name=low".to_owned(),
        ),
        ("OTEL_SERVICE_NAME", "tutor".to_owned()),
    ])
    .with_resource_attribute("service.version", "2.0")
    .build()
    .unwrap();
    make_spans(&telemetry, 1);
    telemetry.shutdown(SOON);
    assert_eq!(collector.requests()[0].path, "/custom/path");
    let resource = &collector.spans()[0].resource;
    let text = |key: &str| resource[key].as_text();
    assert_eq!(text("service.name"), Some("tutor"));
    assert_eq!(text("service.version"), Some("2.0"));
    assert_eq!(text("team"), Some("a b"));
    assert_eq!(text("telemetry.sdk.language"), Some("rust"));
}

#[test]
fn a_base_that_has_the_path_already_gets_it_once() {
    for path in ["", "/", "/v1/traces", "/v1/traces/", "/v1/metrics"] {
        let collector = Collector::start();
        let base = format!("{}/otlp{path}", collector.url);
        let telemetry = builder_in([("OTEL_EXPORTER_OTLP_ENDPOINT", base)])
            .build()
            .unwrap();
        make_spans(&telemetry, 1);
        telemetry.shutdown(SOON);
        assert_eq!(collector.requests()[0].path, "/otlp/v1/traces", "{path}");
    }
}
