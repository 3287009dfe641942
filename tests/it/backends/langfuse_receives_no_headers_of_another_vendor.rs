//! Whatever `OTEL_EXPORTER_OTLP_*` contains for another backend, nothing of it is in Langfuse's requests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::support::collector::Collector;
use crate::support::{SOON, builder_in, make_spans};

fn export(variables: Vec<(&str, String)>) {
    let telemetry = builder_in(variables).build().unwrap();
    make_spans(&telemetry, 1);
    let report = telemetry.shutdown(SOON);
    assert_eq!(report.dropped(), 0, "{report}");
}

#[test]
fn endpoint_authentication_version_and_compression() {
    let langfuse = Collector::start();
    let other = Collector::start();
    let mut variables = vec![
        ("LANGFUSE_PUBLIC_KEY", "pk-lf-1".to_owned()),
        ("LANGFUSE_SECRET_KEY", "sk-lf-2".to_owned()),
        // Trailing slashes are harmless, and the newer name takes precedence.
        ("LANGFUSE_BASE_URL", format!("{}//", langfuse.url)),
        ("LANGFUSE_HOST", "http://127.0.0.1:9".to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("{}/", other.url)),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".to_owned()),
    ];
    for name in [
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    ] {
        variables.push((
            name,
            "authorization=Bearer%20other,x-vendor=other".to_owned(),
        ));
    }
    for name in [
        "OTEL_EXPORTER_OTLP_COMPRESSION",
        "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
    ] {
        variables.push((name, "none".to_owned()));
    }
    export(variables);

    let requests = langfuse.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.path, "/api/public/otel/v1/traces");
    let authorization = format!("Basic {}", STANDARD.encode("pk-lf-1:sk-lf-2"));
    assert_eq!(
        request.header("authorization"),
        Some(authorization.as_str())
    );
    assert_eq!(request.header("x-langfuse-ingestion-version"), Some("4"));
    assert_eq!(request.header("x-langfuse-sdk-name"), Some("tracing-genai"));
    assert_eq!(
        request.header("x-langfuse-sdk-version"),
        Some(env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(
        request.header("content-type"),
        Some("application/x-protobuf")
    );
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    assert_eq!(request.header("x-vendor"), None);
    // This fails unless the body was compressed exactly once.
    assert_eq!(request.spans()[0].name, "work");

    let requests = other.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].path, "/v1/traces");
    assert_eq!(requests[0].header("authorization"), Some("Bearer other"));
    assert_eq!(requests[0].header("x-vendor"), Some("other"));
    assert_eq!(requests[0].header("content-encoding"), None);
    assert_eq!(requests[0].header("x-langfuse-ingestion-version"), None);
    let span = &requests[0].spans()[0];
    assert_eq!(span.name, "work");
    assert!(
        span.attributes
            .keys()
            .all(|key| !key.starts_with("langfuse."))
    );
}

#[test]
fn a_path_below_the_host_is_kept() {
    let langfuse = Collector::start();
    export(vec![
        ("LANGFUSE_PUBLIC_KEY", "pk-lf-1".to_owned()),
        ("LANGFUSE_SECRET_KEY", "sk-lf-2".to_owned()),
        ("LANGFUSE_HOST", format!("{}/llm/", langfuse.url)),
    ]);
    assert_eq!(
        langfuse.requests()[0].path,
        "/llm/api/public/otel/v1/traces"
    );
}
