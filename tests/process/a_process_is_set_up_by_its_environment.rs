//! What `init` reads, and what it rejects.

use crate::collector::Collector;
use crate::program::{run, stderr};

#[test]
fn plain_http_needs_no_certificates() {
    let collector = Collector::start();
    let output = run(
        "answers",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
            ("SSL_CERT_FILE", "/nonexistent"),
            ("SSL_CERT_DIR", "/nonexistent"),
        ],
    );
    assert_eq!(collector.spans().len(), 1, "{}", stderr(&output));
}

#[test]
fn a_second_init_is_an_error_that_names_alternatives() {
    let output = run("inits twice", &[]);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn one_key_of_two_is_an_error_of_init() {
    let output = run("is misconfigured", &[("LANGFUSE_PUBLIC_KEY", "pk-lf-1")]);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn only_this_crate_reads_the_sampler_of_the_process() {
    let output = run("answers", &[("OTEL_TRACES_SAMPLER", "nonsense")]);
    assert!(!output.status.success());
    let printed = stderr(&output);
    assert!(printed.contains("OTEL_TRACES_SAMPLER"), "{printed}");
}

#[test]
fn variables_of_another_vendor_reach_only_that_vendor() {
    let (langfuse, other) = (Collector::start(), Collector::start());
    let headers = "authorization=Bearer%20other,x-langfuse-ingestion-version=1,x-vendor=other";
    let traces = format!("{}/v1/traces", other.url);
    let output = run(
        "answers",
        &[
            ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
            ("LANGFUSE_SECRET_KEY", "sk-lf-geheim"),
            ("LANGFUSE_BASE_URL", &langfuse.url),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &other.url),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &traces),
            ("OTEL_EXPORTER_OTLP_HEADERS", headers),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", headers),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "4000"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "4000"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"),
            // opentelemetry-otlp is a dependency here, with its compression and its asynchronous client.
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip"),
        ],
    );
    assert!(output.status.success(), "{}", stderr(&output));
    for (collector, authorization, vendor) in [
        (&langfuse, "Basic cGstbGYtMTpzay1sZi1nZWhlaW0=", None),
        (&other, "Bearer other", Some("other")),
    ] {
        let requests = collector.requests();
        assert_eq!(requests.len(), 1);
        assert!(requests[0].path.ends_with("/v1/traces"));
        assert_eq!(requests[0].header("authorization"), Some(authorization));
        assert_eq!(requests[0].header("x-vendor"), vendor);
        assert_eq!(
            requests[0]
                .headers
                .get_all("content-encoding")
                .iter()
                .count(),
            1
        );
        // This fails unless the body was compressed exactly once.
        assert_eq!(requests[0].spans().len(), 1);
    }
    let requests = langfuse.requests();
    let versions = requests[0].headers.get_all("x-langfuse-ingestion-version");
    assert_eq!(versions.iter().collect::<Vec<_>>(), ["4"]);
}
