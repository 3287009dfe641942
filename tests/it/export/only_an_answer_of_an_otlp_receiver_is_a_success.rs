//! A proxy, a portal or a login page that answers 200 has stored nothing.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use tracing_genai::{Destination, DropReason, Report};

use crate::support::collector::Collector;
use crate::support::net::{read_request, serve};
use crate::support::{SOON, builder, make_spans};

/// The report on three spans whose backend answers like this.
fn answered(content_type: &'static str, body: &'static str) -> Report {
    let collector = Collector::with(move |_, _| {
        (StatusCode::OK, [(CONTENT_TYPE, content_type)], body).into_response()
    });
    let telemetry = builder()
        .with_destination(Destination::otlp(format!("{}/v1/traces", collector.url)))
        .build()
        .unwrap();
    make_spans(&telemetry, 3);
    telemetry.shutdown(SOON)
}

#[test]
fn a_web_page_is_a_refusal_that_names_what_to_look_at() {
    let report = answered(
        "text/html; charset=utf-8",
        "<!doctype html><title>Sign in</title>",
    );
    let destination = &report.destinations[0];
    assert_eq!(destination.dropped_by_reason, [(DropReason::Rejected, 3)]);
    let error = destination.last_error.as_deref().unwrap();
    assert!(
        error.contains("a web page") && error.contains("a proxy or a login page"),
        "{error}"
    );
}

#[test]
fn spans_that_are_refused_in_json_are_counted() {
    let body = r#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}"#;
    let report = answered("application/json", body);
    assert_eq!((report.exported(), report.dropped()), (1, 2), "{report}");
    assert!(report.to_string().contains("too old"), "{report}");
}

#[test]
fn the_job_that_langfuse_has_queued_is_a_success() {
    let body = r#"{"name":"otel-ingestion-job","id":"7f1c","data":{"payload":{}}}"#;
    let report = answered("application/json; charset=utf-8", body);
    assert_eq!((report.exported(), report.dropped()), (3, 0), "{report}");
}

/// The report on three spans whose backend begins every answer so and never ends it, and how many requests
/// it got.
fn begun(content_type: &'static str, beginning: &'static str) -> (Report, usize) {
    let requests = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&requests);
    let url = serve(move |_, mut stream| {
        while read_request(&mut stream) {
            count.fetch_add(1, Ordering::SeqCst);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\n");
            let answer = format!("{head}content-length: 1000\r\n\r\n{beginning}");
            let _ = stream.write_all(answer.as_bytes());
            // Until the client leaves.
            let _ = stream.read(&mut [0]);
        }
    });
    let destination = Destination::otlp(format!("{url}/v1/traces"));
    let telemetry = builder()
        .with_destination(destination.with_timeout(Duration::from_millis(300)))
        .build()
        .unwrap();
    make_spans(&telemetry, 3);
    let report = telemetry.shutdown(SOON);
    (report, requests.load(Ordering::SeqCst))
}

#[test]
fn an_answer_that_never_ends_is_a_success_and_the_request_is_not_repeated() {
    for (content_type, beginning) in [
        ("application/x-protobuf", ""),
        ("application/json", "{\"partial"),
    ] {
        let (report, requests) = begun(content_type, beginning);
        let got = (report.exported(), report.dropped(), requests);
        assert_eq!(got, (3, 0, 1), "{report}");
    }
}

#[test]
fn a_web_page_that_never_ends_is_a_refusal() {
    for beginning in ["", "<!doctype html><title>Sign in"] {
        let (report, requests) = begun("text/html", beginning);
        let got = (report.exported(), report.dropped(), requests);
        assert_eq!(got, (0, 3, 1), "{report}");
        let error = report.destinations[0].last_error.as_deref().unwrap();
        assert!(error.contains("a web page"), "{error}");
    }
}
