//! A backend that answers 413 receives smaller requests, and in the end a shorter span.

use std::collections::HashSet;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use tracing_genai::{Compression, Destination, DropReason, Telemetry};

use crate::support::collector::Collector;
use crate::support::{SOON, builder, within};

fn refusing_over(bytes: usize) -> Collector {
    Collector::with(move |_, request| {
        if request.body.len() > bytes {
            StatusCode::PAYLOAD_TOO_LARGE.into_response()
        } else {
            ().into_response()
        }
    })
}

fn telemetry(collector: &Collector) -> Telemetry {
    builder()
        .with_destination(
            Destination::otlp(format!("{}/v1/traces", collector.url))
                .with_compression(Compression::None),
        )
        .build()
        .unwrap()
}

fn make(telemetry: &Telemetry, spans: usize, input: &str) {
    within(telemetry, || {
        for _ in 0..spans {
            tracing::info_span!("work", input).in_scope(|| ());
        }
    });
}

#[test]
fn every_span_arrives_once() {
    let collector = refusing_over(20_000);
    let telemetry = telemetry(&collector);
    make(&telemetry, 100, &"x".repeat(1_000));
    let report = telemetry.flush(SOON);
    assert_eq!((report.exported(), report.dropped()), (100, 0), "{report}");
    let taken = collector.taken();
    let ids: HashSet<_> = taken.iter().map(|span| &span.span_id).collect();
    assert_eq!((ids.len(), taken.len()), (100, 100));
    // Requests that are known to be too large are split before they are sent.
    let before = collector.requests().len();
    make(&telemetry, 100, &"x".repeat(1_000));
    assert_eq!(telemetry.flush(SOON).exported(), 200);
    let refused = collector.requests()[before..]
        .iter()
        .filter(|request| request.body.len() > 20_000)
        .count();
    assert_eq!(refused, 0);
}

#[test]
fn the_largest_field_of_a_single_span_is_truncated() {
    let collector = refusing_over(20_000);
    let telemetry = telemetry(&collector);
    let content = "x".repeat(200_000);
    let input = serde_json::json!({"role": "user", "content": content}).to_string();
    make(&telemetry, 1, &input);
    let report = telemetry.flush(SOON);
    assert_eq!((report.exported(), report.dropped()), (1, 0), "{report}");
    let taken = collector.taken();
    let text = taken[0].text("input").unwrap();
    let json: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(json["role"], "user");
    assert!(
        json["content"]
            .as_str()
            .unwrap()
            .contains("bytes in total>")
    );
}

#[test]
fn spans_that_are_refused_at_any_size_are_counted() {
    let collector = Collector::answering(StatusCode::PAYLOAD_TOO_LARGE, "");
    let telemetry = telemetry(&collector);
    make(&telemetry, 3, &"x".repeat(10_000));
    let report = telemetry.flush(SOON);
    assert_eq!(
        report.destinations[0].dropped_by_reason,
        [(DropReason::TooLarge, 3)],
        "{report}"
    );
}
