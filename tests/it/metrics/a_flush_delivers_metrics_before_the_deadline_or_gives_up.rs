//! A flush delivers what was measured. A busy backend is asked again, and one that hangs delays nothing
//! beyond the deadline.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::response::IntoResponse;
use tracing_genai::testing::InMemory;
use tracing_genai::{Destination, Telemetry, observation};

use crate::support::collector::Collector;
use crate::support::metrics::{decoded, last};
use crate::support::net::Silent;
use crate::support::{SOON, builder_in, within};

fn telemetry(url: &str) -> Telemetry {
    builder_in([("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta")])
        .with_destination(InMemory::new().destination())
        .with_metrics(Destination::otlp(url))
        .build()
        .unwrap()
}

fn use_tool(telemetry: &Telemetry) {
    within(telemetry, || {
        drop(observation::tool("solve").start());
    });
}

#[test]
fn each_flush_and_the_shutdown_bring_what_is_new() {
    let collector = Collector::start();
    let telemetry = telemetry(&collector.url);
    for times in [1, 2, 3] {
        (0..times).for_each(|_| use_tool(&telemetry));
        if times < 3 {
            telemetry.flush(SOON);
        } else {
            telemetry.shutdown(SOON);
        }
        let metrics = last(&collector);
        assert_eq!(metrics["gen_ai.execute_tool.duration"].count(), times);
    }
    assert_eq!(collector.requests().len(), 3);
    telemetry.shutdown(SOON);
    assert_eq!(collector.requests().len(), 3);
}

#[test]
fn a_backend_that_is_busy_is_asked_again() {
    let collector = Collector::with(|number, _| match number {
        0 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => StatusCode::OK.into_response(),
    });
    let telemetry = telemetry(&collector.url);
    use_tool(&telemetry);
    telemetry.shutdown(SOON);
    let requests = collector.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(decoded(&requests[0]), decoded(&requests[1]));
}

#[test]
fn a_backend_that_never_answers_delays_nothing() {
    let silent = Silent::start();
    let telemetry = telemetry(&format!("{}/v1/metrics", silent.url));
    use_tool(&telemetry);
    let begun = Instant::now();
    telemetry.flush(Duration::from_millis(200));
    telemetry.shutdown(Duration::from_millis(200));
    assert!(begun.elapsed() < SOON / 2, "{:?}", begun.elapsed());
}
