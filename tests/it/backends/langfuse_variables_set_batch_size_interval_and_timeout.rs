//! They apply to Langfuse and to no other destination.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use tracing_genai::{Destination, DropReason, Mapping};

use crate::support::collector::Collector;
use crate::support::wait::wait_until;
use crate::support::{SOON, builder, builder_in, make_spans};

fn langfuse(url: &str) -> Destination {
    Destination::langfuse("pk-lf-1", "sk-lf-1").with_base_url(url)
}

fn sizes(collector: &Collector) -> Vec<usize> {
    let requests = collector.requests();
    requests
        .iter()
        .map(|request| request.spans().len())
        .collect()
}

#[test]
fn requests_have_the_given_size() {
    let collectors: [Collector; 4] = std::array::from_fn(|_| Collector::start());
    let url = |index: usize| format!("{}/v1/traces", collectors[index].url);
    let telemetry = builder_in([
        ("LANGFUSE_FLUSH_AT", "2"),
        ("LANGFUSE_FLUSH_INTERVAL", "3600"),
    ])
    .with_destination(langfuse(&collectors[0].url))
    .with_destination(langfuse(&collectors[1].url).with_flush_at(3))
    .with_destination(Destination::otlp(url(2)).with_mapping(Mapping::Langfuse))
    .with_destination(Destination::otlp(url(3)).with_flush_interval(SOON))
    .build()
    .unwrap();
    make_spans(&telemetry, 5);
    telemetry.flush(SOON);
    assert_eq!(sizes(&collectors[0]), [2, 2, 1]);
    assert_eq!(sizes(&collectors[1]), [3, 2]);
    assert_eq!(sizes(&collectors[2]), [2, 2, 1], "through a collector");
    assert_eq!(sizes(&collectors[3]), [5], "another backend");
}

#[test]
fn requests_are_sent_after_the_given_interval() {
    let collector = Collector::start();
    let telemetry = builder_in([("LANGFUSE_FLUSH_INTERVAL", "0.05")])
        .with_destination(langfuse(&collector.url))
        .build()
        .unwrap();
    let started = Instant::now();
    make_spans(&telemetry, 1);
    wait_until(|| !collector.requests().is_empty());
    // The default is one second.
    let took = started.elapsed();
    assert!(took < Duration::from_millis(900), "{took:?}");
}

#[test]
fn an_infinite_interval_is_allowed() {
    let collector = Collector::start();
    let telemetry = builder()
        .with_destination(langfuse(&collector.url).with_flush_interval(Duration::MAX))
        .build()
        .unwrap();
    make_spans(&telemetry, 3);
    let report = telemetry.flush(SOON);
    assert_eq!((report.exported(), report.dropped()), (3, 0), "{report}");
}

#[test]
fn a_request_takes_no_longer_than_its_timeout() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let slow = Duration::from_secs(3_600);
    for (seconds, destination) in [
        ("0.1", langfuse(&url)),
        (
            "3600",
            langfuse(&url).with_timeout(Duration::from_millis(100)),
        ),
    ] {
        let telemetry = builder_in([("LANGFUSE_TIMEOUT", seconds)])
            .with_destination(destination)
            .with_retry_budget(Duration::ZERO)
            .build()
            .unwrap();
        make_spans(&telemetry, 1);
        let report = telemetry.flush(slow);
        let destination = &report.destinations[0];
        assert_eq!(
            destination.dropped_by_reason,
            [(DropReason::Unreachable, 1)]
        );
        let error = destination.last_error.as_deref().unwrap();
        assert!(error.contains("did not answer in time"), "{error}");
    }
}
