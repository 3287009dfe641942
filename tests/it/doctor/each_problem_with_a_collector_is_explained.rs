//! Problems with an OTLP collector, and with servers that are mistaken for one.

use super::*;

use crate::support::builder_in;

#[test]
fn one_that_takes_traces() {
    let collector = Collector::start();
    let diagnosis = otlp_at(&format!("{}/v1/traces", collector.url));
    assert!(diagnosis.is_healthy(), "{diagnosis}");
    let requests = collector.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(
        requests[0].header("content-type"),
        Some("application/x-protobuf")
    );
    assert!(requests[0].body.is_empty());
    assert_eq!(requests[1].spans()[0].name, "tracing-genai doctor");
    assert_eq!(diagnosis.destinations[0].trace_url, None);
}

#[test]
fn a_path_that_is_not_there() {
    let at_v1 = |_, request: &Request| match request.path.as_str() {
        "/v1/traces" => StatusCode::OK.into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    };
    let collector = Collector::with(at_v1);
    let (kind, sentence) = problem(&otlp_at(&collector.url));
    assert_eq!(kind, ProblemKind::Path);
    assert!(
        sentence.contains("but takes traces at /v1/traces"),
        "{sentence}"
    );

    let (_, sentence) = problem(&otlp_at(&format!("{}/v1/traces/v1/traces", collector.url)));
    assert!(
        sentence.contains("/v1/traces is added to OTEL_EXPORTER_OTLP_ENDPOINT"),
        "{sentence}"
    );

    let (_, sentence) = problem(&otlp_at(&format!("{}/other", collector.url)));
    assert!(
        sentence.contains("has nothing at /other: write the path"),
        "{sentence}"
    );

    for (status, part) in [
        (StatusCode::METHOD_NOT_ALLOWED, "takes no POST at /x"),
        (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "does not take protobuf over HTTP at /x",
        ),
    ] {
        let collector = Collector::answering(status, "");
        let (kind, sentence) = problem(&otlp_at(&format!("{}/x", collector.url)));
        assert_eq!(kind, ProblemKind::Path);
        assert!(sentence.contains(part), "{sentence}");
    }
}

#[test]
fn an_endpoint_for_grpc() {
    // Such a server begins with the settings of HTTP/2.
    let url = saying(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64");
    let (kind, sentence) = problem(&otlp_at(&url));
    assert_eq!(kind, ProblemKind::Grpc);
    assert!(
        sentence.contains("usually 4318 (4317 is gRPC's)"),
        "{sentence}"
    );

    let collector = Collector::with(|_, _| {
        ([(CONTENT_TYPE, "application/grpc")], String::new()).into_response()
    });
    assert_eq!(problem(&otlp_at(&collector.url)).0, ProblemKind::Grpc);
}

#[test]
fn one_that_wants_a_header() {
    let collector = Collector::answering(StatusCode::UNAUTHORIZED, "no api key");
    let (kind, sentence) = problem(&otlp_at(&collector.url));
    assert_eq!(kind, ProblemKind::Credentials);
    assert!(
        sentence.contains("OTEL_EXPORTER_OTLP_HEADERS"),
        "{sentence}"
    );
    assert!(sentence.contains("`no api key`"), "{sentence}");
}

#[test]
fn a_page_and_a_redirect() {
    let collector = Collector::with(|_, _| page());
    let (kind, sentence) = problem(&otlp_at(&collector.url));
    assert_eq!(kind, ProblemKind::NotTheBackend);
    assert!(sentence.contains("a web page"), "{sentence}");

    let to = "https://user:password@collector.example/v1/traces?key=1";
    let collector = Collector::with(move |_, _| redirect(to.to_owned()));
    let (kind, sentence) = problem(&otlp_at(&collector.url));
    assert_eq!(kind, ProblemKind::NotTheBackend);
    let address = "a redirect to https://collector.example/v1/traces:";
    assert!(sentence.contains(address), "{sentence}");
}

#[test]
fn the_headers_of_a_collector_stay_secret() {
    let collector = Collector::with(|_, request| {
        let sent = request.header("x-api-key").unwrap_or_default().to_owned();
        (StatusCode::BAD_REQUEST, sent).into_response()
    });
    // It does not look like a key.
    let headers = "x-api-key=correct horse 22222222";
    let diagnosis = examine(&builder_in([
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", headers),
    ]));
    let (_, sentence) = problem(&diagnosis);
    assert!(sentence.contains("`(secret)`"), "{sentence}");
}
