//! They go to the backend named in code or in the environment, but never to Langfuse, which discards them.

use std::time::Duration;

use tracing_genai::testing::InMemory;
use tracing_genai::{Destination, Mapping, TelemetryBuilder, observation};

use crate::support::collector::Collector;
use crate::support::metrics::decoded;
use crate::support::{SOON, builder, builder_in, langfuse_variables, within};

/// Ends a tool under a telemetry and shuts it down.
fn work(builder: TelemetryBuilder) {
    let telemetry = builder.build().unwrap();
    within(&telemetry, || {
        drop(observation::tool("solve").start());
    });
    let report = telemetry.shutdown(SOON);
    assert_eq!(report.dropped() + report.pending(), 0, "{report}");
}

/// The paths of the requests that the collector received.
fn paths(collector: &Collector) -> Vec<String> {
    let mut paths: Vec<_> = collector
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    paths.sort();
    paths
}

fn owned(variables: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    variables.iter().map(owned).collect()
}

const TRACES_OF_LANGFUSE: &str = "/api/public/otel/v1/traces";

#[test]
fn langfuse_alone_gets_none() {
    let collector = Collector::start();
    work(builder_in(langfuse_variables(&collector.url)));
    assert_eq!(paths(&collector), [TRACES_OF_LANGFUSE]);
    // Not even if it is addressed like any OTLP backend.
    let collector = Collector::start();
    let base = format!("{}/api/public/otel", collector.url);
    work(builder_in(owned(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &base)])));
    assert_eq!(paths(&collector), [TRACES_OF_LANGFUSE]);
    // Nor does a backend with the mapping of Langfuse, unless it is named for metrics.
    let collector = Collector::start();
    let mut variables = owned(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
        ("TRACING_GENAI_OTLP_MAPPING", "langfuse"),
    ]);
    work(builder_in(variables.clone()));
    assert_eq!(paths(&collector), ["/v1/traces"]);
    let metrics = Collector::start();
    variables.extend(owned(&[(
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        &format!("{}/v1/metrics", metrics.url),
    )]));
    work(builder_in(variables));
    assert_eq!(paths(&metrics), ["/v1/metrics"]);
}

#[test]
fn the_backend_beside_langfuse_gets_them() {
    let (first, second) = (Collector::start(), Collector::start());
    let mut variables = langfuse_variables(&first.url);
    variables.extend(owned(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &second.url),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=one"),
        ("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "none"),
        ("OTEL_SERVICE_NAME", "tutor"),
    ]));
    work(builder_in(variables));
    assert_eq!(paths(&first), [TRACES_OF_LANGFUSE]);
    assert_eq!(paths(&second), ["/v1/metrics", "/v1/traces"]);
    let requests = second.requests();
    let metrics = requests
        .iter()
        .find(|one| one.path == "/v1/metrics")
        .unwrap();
    assert_eq!(metrics.header("x-tenant"), Some("one"));
    assert_eq!(metrics.header("content-encoding"), None);
    assert_eq!(
        metrics.header("content-type"),
        Some("application/x-protobuf")
    );
    assert!(String::from_utf8_lossy(&metrics.body).contains("tutor"));
    let decoded = decoded(metrics);
    assert_eq!(decoded["gen_ai.execute_tool.duration"].count(), 1);
}

#[test]
fn an_endpoint_for_metrics_is_used_as_it_is() {
    let (spans, metrics) = (Collector::start(), Collector::start());
    let endpoint = format!("{}/tenant/metrics", metrics.url);
    work(builder_in(owned(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &spans.url),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", &endpoint),
    ])));
    assert_eq!(paths(&spans), ["/v1/traces"]);
    assert_eq!(paths(&metrics), ["/tenant/metrics"]);
}

#[test]
fn none_if_the_environment_switches_them_off_or_the_code_names_destinations() {
    let collector = Collector::start();
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.as_str());
    for exporter in ["none", "prometheus"] {
        work(builder_in(owned(&[
            endpoint,
            ("OTEL_METRICS_EXPORTER", exporter),
        ])));
    }
    assert_eq!(paths(&collector), ["/v1/traces"; 2]);
    let collector = Collector::start();
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.as_str());
    let memory = InMemory::new();
    work(builder_in(owned(&[endpoint])).with_destination(memory.destination()));
    assert_eq!(memory.spans().len(), 1);
    assert_eq!(paths(&collector), [""; 0]);
    // Nothing is sent if nothing was measured.
    let telemetry = builder_in(owned(&[endpoint])).build().unwrap();
    telemetry.shutdown(SOON);
    assert_eq!(paths(&collector), [""; 0]);
}

#[test]
fn code_names_another_backend_also_without_any_for_spans() {
    let (ignored, collector) = (Collector::start(), Collector::start());
    let variables = owned(&[
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", &ignored.url),
        ("TRACING_GENAI_CONSOLE", "off"),
    ]);
    let destination = Destination::otlp(format!("{}/metrics", collector.url))
        .with_header("x-tenant", "two")
        .with_flush_interval(Duration::from_secs(3_600));
    work(builder_in(variables).with_metrics(destination));
    assert_eq!(paths(&ignored), [""; 0]);
    assert_eq!(paths(&collector), ["/metrics"]);
    let request = &collector.requests()[0];
    assert_eq!(request.header("x-tenant"), Some("two"));
    assert_eq!(request.header("content-encoding"), Some("gzip"));
}

#[test]
fn what_takes_no_metrics_is_an_error() {
    let otlp = || Destination::otlp("http://localhost:4318/v1/metrics");
    for destination in [
        Destination::langfuse("pk-lf-1", "sk-lf-1"),
        Destination::otlp("https://cloud.langfuse.com/api/public/otel/v1/metrics"),
        otlp().with_mapping(Mapping::Langfuse),
        Destination::terminal(),
    ] {
        let builder = builder().with_metrics(destination);
        let error = builder.build().unwrap_err().to_string();
        assert!(error.contains("with_metrics"), "{error}");
        assert!(error.contains("Langfuse discards"), "{error}");
    }
    let named = "https://cloud.langfuse.com/api/public/otel/v1/metrics";
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", named),
        ("OTEL_METRIC_EXPORT_INTERVAL", "soon"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "often"),
    ] {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");
        let error = builder_in(owned(&[endpoint, (name, value)]))
            .build()
            .unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}
