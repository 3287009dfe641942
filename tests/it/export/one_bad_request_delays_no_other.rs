//! A backend that cannot take some requests is not down: the others go on, and those wait on disk.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use tracing_genai::{Destination, Telemetry};

use crate::support::collector::{Collector, Request};
use crate::support::folder::Folder;
use crate::support::wait::wait_until;
use crate::support::{SOON, builder, now, within};

const MARKER: &str = "marker";

fn is_bad(request: &Request) -> bool {
    let spans = request.spans();
    spans
        .iter()
        .any(|span| span.attributes.contains_key(MARKER))
}

/// When the spans of good requests arrived, by their ids.
type Arrivals = Arc<Mutex<HashMap<String, u64>>>;

/// A backend that answers 500 to requests with a marker, always.
fn backend(arrivals: &Arrivals) -> Collector {
    let arrivals = Arc::clone(arrivals);
    Collector::with(move |_, request| {
        if is_bad(request) {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        let spans = request.spans().into_iter();
        let arrived = spans.map(|span| (span.span_id, now()));
        arrivals.lock().unwrap().extend(arrived);
        ().into_response()
    })
}

fn telemetry(folder: &Path, url: &str) -> Telemetry {
    builder()
        .with_destination(Destination::otlp(format!("{url}/v1/traces")).with_flush_at(1))
        .with_spool_dir(folder)
        .build()
        .unwrap()
}

/// Ends good spans, and a bad one after each of the first two.
fn make_spans(telemetry: &Telemetry, good: usize, bad: usize) {
    within(telemetry, || {
        for number in 0..good {
            tracing::info_span!("good").in_scope(|| ());
            if number < bad {
                tracing::info_span!("bad", { MARKER } = true).in_scope(|| ());
            }
        }
    });
}

fn requests_on_disk(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".otlp")).count()
}

/// The longest time from the end of a span to its arrival.
fn slowest(collector: &Collector, arrivals: &Arrivals) -> Duration {
    let arrivals = arrivals.lock().unwrap();
    let taken = collector.taken().into_iter();
    let delays = taken.map(|span| arrivals[&span.span_id].saturating_sub(span.end));
    Duration::from_nanos(delays.max().unwrap())
}

#[test]
fn two_requests_that_are_never_taken_wait_on_disk_while_all_others_arrive() {
    let folder = Folder::new();
    let arrivals = Arrivals::default();
    let collector = backend(&arrivals);
    {
        let telemetry = telemetry(&folder, &collector.url);
        make_spans(&telemetry, 50, 2);
        wait_until(|| telemetry.report().exported() == 50);
        assert!(slowest(&collector, &arrivals) < Duration::from_secs(1));
        // They go to disk once it is clear that nothing else is wrong, and a flush does not wait for them.
        wait_until(|| telemetry.report().spooled() == 2);
        make_spans(&telemetry, 50, 0);
        let report = telemetry.flush(SOON);
        assert_eq!((report.exported(), report.pending()), (100, 0), "{report}");
        let report = telemetry.shutdown(SOON);
        assert_eq!((report.spooled(), report.dropped()), (2, 0), "{report}");
    }
    // In the next process, they are not sent before the others either.
    let arrivals = Arrivals::default();
    let collector = backend(&arrivals);
    let telemetry = telemetry(&folder, &collector.url);
    make_spans(&telemetry, 50, 0);
    wait_until(|| telemetry.report().exported() == 50);
    assert!(slowest(&collector, &arrivals) < Duration::from_secs(1));
    let report = telemetry.shutdown(SOON);
    assert_eq!((report.exported(), report.dropped()), (50, 0), "{report}");
    assert_eq!(requests_on_disk(&folder), 2);
}
