//! A consumer that has a fault: the counts stay exact and nobody waits for ever.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Consumer, start};
use crate::diagnostics::Diagnostics;
use crate::export::queue::{InFlight, Items, Limits, Queue};
use crate::export::report::DropReason;
use crate::export::sample::span;
use crate::pipeline::sample_rate::SampleRate;

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// Keeps spans back like the terminal, and fails whenever it gets an even number of items.
#[derive(Default)]
struct Faulty(Vec<InFlight>);

impl Consumer for Faulty {
    fn consume(&mut self, items: Items, in_flight: InFlight) {
        assert!(items.len() % 2 == 1, "on purpose");
        self.0.push(in_flight);
    }

    fn flush(&mut self) {
        for mut in_flight in self.0.drain(..) {
            in_flight.exported(in_flight.spans());
        }
    }

    fn finish(self) {}
}

#[test]
fn a_fault_costs_the_batch_and_is_counted_once() {
    let queue = Queue::new("test".into(), Limits::default(), SampleRate::ALL);
    queue.push(span(), 1);
    queue.push(span(), 1);
    let to = queue.request_flush();
    start(
        Arc::clone(&queue),
        None,
        Diagnostics::default(),
        Faulty::default,
    );
    assert!(queue.wait_flushed(to, soon()));
    let report = queue.report();
    assert_eq!((report.made, report.pending), (2, 0), "{report}");
    assert_eq!(report.dropped_by_reason, [(DropReason::Internal, 2)]);

    // The thread goes on.
    queue.push(span(), 1);
    let to = queue.request_flush();
    assert!(queue.wait_flushed(to, soon()));
    let report = queue.report();
    assert_eq!((report.made, report.exported, report.dropped()), (3, 1, 2));
}

#[test]
fn a_consumer_that_cannot_be_built_gives_back_the_bytes() {
    let queue = Queue::new("test".into(), Limits::default(), SampleRate::ALL);
    queue.push(span(), 100);
    start(
        Arc::clone(&queue),
        None,
        Diagnostics::default(),
        || -> Faulty { panic!("on purpose") },
    );
    assert!(queue.wait_finished(soon()));
    assert_eq!(
        queue.report().dropped_by_reason,
        [(DropReason::Internal, 1)]
    );
    assert_eq!(queue.bytes(), 0);
}
