//! From many threads, exactly, whoever goes first.

use std::sync::Barrier;
use std::thread;

use tracing::dispatcher::{self, Dispatch};
use tracing_genai::{Destination, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

use crate::support::collector::Collector;
use crate::support::{SOON, make_spans};

const THREADS: usize = 64;
const SPANS: usize = 10_000;

#[test]
fn of_many_threads() {
    let collector = Collector::start();
    let telemetry = Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(Destination::otlp(format!("{}/v1/traces", collector.url)))
        .build()
        .unwrap();
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(telemetry.layer()));
    let start = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (subscriber, start) = (&subscriber, &start);
            let spans = SPANS / THREADS + usize::from(number < SPANS % THREADS);
            scope.spawn(move || {
                dispatcher::with_default(subscriber, || {
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
    let telemetry = Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(Destination::otlp(format!("{}/v1/traces", collector.url)))
        .build()
        .unwrap();
    make_spans(&telemetry, 5);
    // Subscriber and layer are dropped by now.
    let guard = telemetry.guard();
    drop(telemetry);
    drop(guard);
    assert_eq!(collector.spans().len(), 5);
}
