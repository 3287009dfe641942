//! However many spans are dropped meanwhile, and however long the timeout.

use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tracing::dispatcher::{self, Dispatch};
use tracing_genai::{Destination, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

use crate::support::http::{accept, read_request};
use crate::support::{SOON, memory};

fn make(subscriber: &Dispatch, spans: usize) {
    dispatcher::with_default(subscriber, || {
        for _ in 0..spans {
            tracing::info_span!("work").in_scope(|| ());
        }
    });
}

#[test]
fn spans_that_are_dropped_do_not_stand_in_for_those_that_wait() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let (asked, is_asked) = mpsc::channel();
    let (answer, may_answer) = mpsc::channel();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        asked.send(()).unwrap();
        may_answer.recv().unwrap();
        accept(&mut stream);
        while read_request(&mut stream) {
            accept(&mut stream);
        }
    });
    let telemetry = Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(Destination::otlp(url))
        .with_queue_spans(10)
        .build()
        .unwrap();
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(telemetry.layer()));
    make(&subscriber, 10);
    let flush = thread::spawn({
        let telemetry = telemetry.clone();
        move || telemetry.flush(SOON)
    });
    is_asked.recv().unwrap();
    make(&subscriber, 100);
    // Time for a flush that is mistaken to end; one that is right waits whatever the time.
    thread::sleep(Duration::from_millis(50));
    answer.send(()).unwrap();
    let report = flush.join().unwrap();
    assert!(report.exported() >= 10, "{report}");
    assert!(report.dropped() > 0, "{report}");
}

#[test]
fn a_timeout_beyond_the_clock_is_no_overflow() {
    let (memory, telemetry) = memory(None);
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(telemetry.layer()));
    make(&subscriber, 1);
    assert_eq!(telemetry.flush(Duration::MAX).exported(), 1);
    make(&subscriber, 1);
    assert_eq!(telemetry.shutdown(Duration::MAX).exported(), 2);
    assert_eq!(memory.spans().len(), 2);
}
