//! It delays neither other destinations nor the next requests to itself.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tracing_genai::Destination;

use crate::support::collector::Collector;
use crate::support::net::{Silent, accept, read_request, serve};
use crate::support::wait::wait_until;
use crate::support::{SOON, builder, make_spans};

#[test]
fn another_destination_gets_its_spans() {
    let silent = Silent::start();
    let collector = Collector::start();
    let telemetry = builder()
        .with_destination(Destination::otlp(&silent.url))
        .with_destination(Destination::otlp(&collector.url))
        .build()
        .unwrap();
    make_spans(&telemetry, 10_000);
    wait_until(|| collector.spans().len() == 10_000);
    let report = telemetry.shutdown(Duration::from_millis(100));
    assert_eq!(report.destinations[0].exported, 0);
    assert_eq!(report.destinations[1].exported, 10_000);
}

#[test]
fn four_requests_are_under_way_at_once() {
    let (sender, arrived) = mpsc::channel();
    let url = serve(move |_, mut stream| {
        let sender = sender.clone();
        thread::spawn(move || {
            while read_request(&mut stream) {
                // The test decides when to answer.
                let (answer, may_answer) = mpsc::channel::<()>();
                sender.send(answer).unwrap();
                if may_answer.recv().is_err() {
                    return;
                }
                accept(&mut stream);
            }
        });
    });
    let telemetry = builder()
        .with_destination(Destination::otlp(url).with_flush_at(10))
        .build()
        .unwrap();
    make_spans(&telemetry, 60);
    let under_way: Vec<_> = (0..4)
        .map(|_| arrived.recv_timeout(SOON).unwrap())
        .collect();
    // There is no fifth before one of them is answered.
    assert!(arrived.recv_timeout(Duration::from_millis(200)).is_err());
    for answer in under_way {
        answer.send(()).unwrap();
    }
    for _ in 0..2 {
        arrived.recv_timeout(SOON).unwrap().send(()).unwrap();
    }
    assert_eq!(telemetry.flush(SOON).exported(), 60);
}
