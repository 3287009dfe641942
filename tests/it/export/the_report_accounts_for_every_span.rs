//! made = exported + spooled + dropped + pending, with reasons and the last error.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use tracing_genai::{Destination, DropReason, Report};

use crate::support::collector::Collector;
use crate::support::net::Silent;
use crate::support::{SOON, builder, make_spans};

fn send_to(url: &str, spans: usize) -> Report {
    let telemetry = builder()
        .with_destination(Destination::otlp(format!("{url}/v1/traces")))
        .with_retry_budget(Duration::ZERO)
        .build()
        .unwrap();
    make_spans(&telemetry, spans);
    telemetry.flush(SOON)
}

#[test]
fn delivered() {
    let collector = Collector::start();
    let report = send_to(&collector.url, 1_300);
    assert_eq!(
        (report.exported(), report.dropped(), report.pending()),
        (1_300, 0, 0)
    );
    assert_eq!(collector.spans().len(), 1_300);
}

#[test]
fn refused_with_a_hint_at_the_cause() {
    let collector = Collector::answering(StatusCode::UNAUTHORIZED, r#"{"message":"no"}"#);
    let telemetry = builder()
        .with_destination(
            Destination::langfuse("pk-lf-1", "sk-lf-geheim").with_base_url(&collector.url),
        )
        .build()
        .unwrap();
    make_spans(&telemetry, 3);
    let report = telemetry.shutdown(SOON);
    let destination = &report.destinations[0];
    assert_eq!(destination.dropped_by_reason, [(DropReason::Rejected, 3)]);
    let error = destination.last_error.as_deref().unwrap();
    assert!(
        error.contains("401") && error.contains("LANGFUSE_SECRET_KEY"),
        "{error}"
    );
    assert!(!format!("{report:?} {report} {telemetry:?}").contains("geheim"));
}

#[test]
fn a_redirect_has_stored_nothing() {
    let collector = Collector::answering(StatusCode::PERMANENT_REDIRECT, "");
    let report = send_to(&collector.url, 2);
    assert_eq!(
        report.destinations[0].dropped_by_reason,
        [(DropReason::Rejected, 2)]
    );
    assert_eq!(collector.requests().len(), 1);
}

#[test]
fn unreachable() {
    let report = send_to("http://127.0.0.1:9", 2);
    assert_eq!(
        report.destinations[0].dropped_by_reason,
        [(DropReason::Unreachable, 2)]
    );
    assert!(
        report
            .to_string()
            .contains("127.0.0.1:9 could not be reached"),
        "{report}"
    );
}

#[test]
fn over_the_limits_of_the_queue() {
    let collector = Collector::start();
    let destination = || Destination::otlp(format!("{}/v1/traces", collector.url));
    let telemetry = builder()
        .with_destination(destination())
        .with_queue_bytes(0)
        .build()
        .unwrap();
    make_spans(&telemetry, 7);
    let report = telemetry.shutdown(SOON);
    assert_eq!(report.destinations[0].made, 7);
    assert_eq!(
        report.destinations[0].dropped_by_reason,
        [(DropReason::QueueFull, 7)]
    );
}

#[test]
fn what_ends_after_the_shutdown_is_counted() {
    let collector = Collector::start();
    let telemetry = builder()
        .with_destination(Destination::otlp(format!("{}/v1/traces", collector.url)))
        .build()
        .unwrap();
    make_spans(&telemetry, 1);
    telemetry.shutdown(SOON);
    make_spans(&telemetry, 2);
    let report = telemetry.report();
    assert_eq!((report.exported(), report.dropped()), (1, 2));
    assert_eq!(
        report.destinations[0].dropped_by_reason,
        [(DropReason::AfterShutdown, 2)]
    );
}

#[test]
fn a_backend_that_hangs_costs_no_more_than_the_deadline() {
    let silent = Silent::start();
    let telemetry = builder()
        .with_destination(Destination::otlp(&silent.url))
        .build()
        .unwrap();
    make_spans(&telemetry, 5);
    let started = Instant::now();
    let report = telemetry.flush(Duration::from_millis(200));
    assert_eq!(
        (report.exported(), report.dropped(), report.pending()),
        (0, 0, 5)
    );
    let report = telemetry.shutdown(Duration::from_millis(200));
    assert_eq!(
        report.destinations[0].dropped_by_reason,
        [(DropReason::Deadline, 5)]
    );
    // Without the deadlines, the request could take ten seconds.
    assert!(started.elapsed() < Duration::from_secs(5));
}
