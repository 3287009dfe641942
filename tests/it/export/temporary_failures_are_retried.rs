//! After 408, 429, 5xx, timeouts and lost connections, spans arrive later instead of getting lost.

use std::collections::HashSet;
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use axum::response::IntoResponse;
use tracing_genai::{Destination, DropReason, Telemetry};

use crate::support::collector::Collector;
use crate::support::wait::wait_until;
use crate::support::{SOON, builder, make_spans};

fn telemetry(url: &str) -> Telemetry {
    builder()
        .with_destination(Destination::otlp(format!("{url}/v1/traces")))
        .build()
        .unwrap()
}

#[test]
fn after_a_temporary_error() {
    for status in [408, 429, 500, 502, 503, 504] {
        let status = StatusCode::from_u16(status).unwrap();
        let collector = Collector::with(move |number, _| match number {
            0 => status.into_response(),
            _ => ().into_response(),
        });
        let telemetry = telemetry(&collector.url);
        make_spans(&telemetry, 3);
        let report = telemetry.flush(SOON);
        assert_eq!((report.exported(), report.dropped()), (3, 0), "{status}");
        assert_eq!(collector.requests().len(), 2, "{status}");
        assert_eq!(collector.taken().len(), 3, "{status}");
    }
}

#[test]
fn not_before_the_time_that_the_backend_names() {
    let collector = Collector::with(|number, _| match number {
        0 => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "2")]).into_response(),
        _ => ().into_response(),
    });
    let telemetry = telemetry(&collector.url);
    make_spans(&telemetry, 1);
    let started = Instant::now();
    assert_eq!(telemetry.flush(SOON).exported(), 1);
    assert!(started.elapsed() >= Duration::from_secs(2));
}

#[test]
fn with_the_same_bytes_compressed_once() {
    let collector = Collector::with(|number, _| match number {
        0 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => ().into_response(),
    });
    let telemetry = telemetry(&collector.url);
    make_spans(&telemetry, 100);
    telemetry.flush(SOON);
    let requests = collector.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(requests[1].spans().len(), 100);
}

/// More than are in flight at once, so that the backend has been probed.
const ATTEMPTS: usize = 6;

/// A backend that closes its first connections and then stops.
fn outage() -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || listener.incoming().take(ATTEMPTS).for_each(drop));
    (address, server)
}

#[test]
fn an_outage_is_probed_and_loses_nothing() {
    let (address, outage) = outage();
    let telemetry = telemetry(&format!("http://{address}"));
    for _ in 0..20 {
        make_spans(&telemetry, 500);
    }
    wait_until(|| outage.is_finished());
    outage.join().unwrap();
    let report = telemetry.report();
    assert_eq!((report.exported(), report.dropped()), (0, 0), "{report}");
    let collector = Collector::on(address, |_, _| ().into_response());
    let report = telemetry.flush(SOON);
    assert_eq!(
        (report.exported(), report.dropped(), report.pending()),
        (10_000, 0, 0),
        "{report}"
    );
    let ids: HashSet<_> = collector.spans().into_iter().map(|s| s.span_id).collect();
    assert_eq!((ids.len(), collector.spans().len()), (10_000, 10_000));
}

#[test]
fn a_backend_that_refuses_for_now_is_not_hammered() {
    let collector = Collector::answering(StatusCode::SERVICE_UNAVAILABLE, "");
    let telemetry = telemetry(&collector.url);
    let started = Instant::now();
    // These are twenty requests.
    make_spans(&telemetry, 10_240);
    // Four at once and then three probes, with a pause before each that doubles.
    wait_until(|| collector.requests().len() >= 7);
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(1), "{took:?}");
    let report = telemetry.shutdown(Duration::from_millis(100));
    assert_eq!(
        report.destinations[0].dropped_by_reason,
        [(DropReason::Deadline, 10_240)]
    );
}

#[test]
fn permanent_errors_are_not_retried() {
    for status in [301, 400, 401, 403, 404] {
        let status = StatusCode::from_u16(status).unwrap();
        let collector = Collector::answering(status, "");
        let telemetry = telemetry(&collector.url);
        make_spans(&telemetry, 1);
        let report = telemetry.flush(SOON);
        let dropped = &report.destinations[0].dropped_by_reason;
        assert_eq!(dropped, &[(DropReason::Rejected, 1)], "{status}");
        assert_eq!(collector.requests().len(), 1, "{status}");
    }
}
