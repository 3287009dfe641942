//! Exactly, from many threads and in any order.

use std::sync::Barrier;
use std::thread;

use tracing_genai::{Destination, Telemetry};

use crate::support::collector::Collector;
use crate::support::{SOON, builder, make_spans, within};

const THREADS: usize = 64;
const SPANS: usize = 10_000;

fn telemetry(collector: &Collector) -> Telemetry {
    builder()
        .with_destination(Destination::otlp(format!("{}/v1/traces", collector.url)))
        .build()
        .unwrap()
}

#[test]
fn of_many_threads() {
    let collector = Collector::start();
    let telemetry = telemetry(&collector);
    let start = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (telemetry, start) = (&telemetry, &start);
            let spans = SPANS / THREADS + usize::from(number < SPANS % THREADS);
            scope.spawn(move || {
                within(telemetry, || {
                    start.wait();
                    for _ in 0..spans {
                        tracing::info_span!("work").in_scope(|| ());
                    }
                });
            });
        }
        start.wait();
        telemetry.shutdown(SOON);
    });
    let report = telemetry.report();
    assert_eq!(report.destinations[0].made, SPANS as u64);
    assert_eq!(report.exported() + report.dropped(), SPANS as u64);
    assert_eq!(report.pending(), 0);
    assert_eq!(collector.spans().len() as u64, report.exported());
}

#[test]
fn whose_subscriber_is_gone() {
    let collector = Collector::start();
    let telemetry = telemetry(&collector);
    make_spans(&telemetry, 5);
    // By now, the subscriber and its layer have been dropped.
    let guard = telemetry.guard();
    drop(telemetry);
    drop(guard);
    assert_eq!(collector.spans().len(), 5);
}
