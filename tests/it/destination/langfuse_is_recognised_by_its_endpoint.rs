//! Langfuse's own instructions name its OTLP endpoint as if it were any backend: it gets what Langfuse gets. The
//! endpoint in place of the base address is completed, and quotes around keys are no part of them.

use tracing_genai::{Destination, TelemetryBuilder};

use crate::support::collector::{Collector, Request};
use crate::support::{SOON, builder, builder_in, langfuse_variables, within};

#[tracing::instrument(ret)]
fn double(number: u32) -> u32 {
    2 * number
}

/// The only request after a function has returned.
#[track_caller]
fn request(builder: TelemetryBuilder, collector: &Collector) -> Request {
    let telemetry = builder.build().unwrap();
    within(&telemetry, || double(2));
    let report = telemetry.shutdown(SOON);
    assert_eq!(report.exported(), 1, "{report}");
    let mut requests = collector.requests();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

#[track_caller]
fn assert_is_langfuses(request: &Request) {
    assert_eq!(request.path, "/api/public/otel/v1/traces");
    assert_eq!(request.header("x-langfuse-ingestion-version"), Some("4"));
    // `pk-lf-1:sk-lf-1`.
    assert_eq!(
        request.header("authorization"),
        Some("Basic cGstbGYtMTpzay1sZi0x")
    );
    let span = &request.spans()[0];
    assert_eq!(span.text("langfuse.observation.output"), Some("4"));
    assert_eq!(
        span.text("langfuse.observation.input"),
        Some(r#"{"number":2}"#)
    );
}

#[test]
fn as_an_otlp_backend_of_the_environment() {
    let collector = Collector::start();
    let builder = builder_in([
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            format!("{}/api/public/otel", collector.url),
        ),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "Authorization=Basic%20cGstbGYtMTpzay1sZi0x".to_owned(),
        ),
    ]);
    assert_is_langfuses(&request(builder, &collector));
}

#[test]
fn as_an_otlp_backend_of_the_code() {
    let collector = Collector::start();
    let url = format!("{}/api/public/otel/v1/traces", collector.url);
    let destination = Destination::otlp(url)
        .with_header("authorization", "Basic cGstbGYtMTpzay1sZi0x")
        .with_header("x-langfuse-ingestion-version", "4");
    let builder = builder().with_destination(destination);
    assert_is_langfuses(&request(builder, &collector));
}

#[test]
fn by_an_endpoint_in_place_of_the_base_address() {
    for path in [
        "/",
        "/api/public/otel",
        "/api/public/otel/",
        "/api/public/otel/v1/traces",
    ] {
        let collector = Collector::start();
        let variables = langfuse_variables(&format!("{}{path}", collector.url));
        assert_is_langfuses(&request(builder_in(variables), &collector));
    }
}

#[test]
fn with_keys_in_quotes() {
    let collector = Collector::start();
    let variables = langfuse_variables(&collector.url);
    let quoted = variables
        .into_iter()
        .map(|(name, value)| (name, format!("\"{value}\"")));
    assert_is_langfuses(&request(builder_in(quoted), &collector));
}
