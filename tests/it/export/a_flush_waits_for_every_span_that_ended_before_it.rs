//! However many spans are dropped in the meantime, and however long the timeout is.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tracing_genai::Destination;

use crate::support::net::{accept, read_request, serve};
use crate::support::{SOON, builder, make_spans, memory};

#[test]
fn spans_that_are_dropped_do_not_stand_in_for_those_that_wait() {
    let (asked, is_asked) = mpsc::channel();
    let (answer, may_answer) = mpsc::channel();
    let url = serve(move |_, mut stream| {
        read_request(&mut stream);
        asked.send(()).unwrap();
        may_answer.recv().unwrap();
        accept(&mut stream);
        while read_request(&mut stream) {
            accept(&mut stream);
        }
    });
    let telemetry = builder()
        .with_destination(Destination::otlp(format!("{url}/v1/traces")))
        .with_queue_spans(10)
        .build()
        .unwrap();
    make_spans(&telemetry, 10);
    let flush = thread::spawn({
        let telemetry = telemetry.clone();
        move || telemetry.flush(SOON)
    });
    is_asked.recv_timeout(SOON).unwrap();
    make_spans(&telemetry, 100);
    // A flush that counts dropped spans would end by now, and so would the one on the other thread.
    let report = telemetry.flush(Duration::from_millis(50));
    assert!(report.dropped() > 0, "{report}");
    assert_eq!(report.exported(), 0, "{report}");
    assert!(!flush.is_finished());
    answer.send(()).unwrap();
    let report = flush.join().unwrap();
    assert!(report.exported() >= 10, "{report}");
    assert!(report.dropped() > 0, "{report}");
}

#[test]
fn a_timeout_beyond_the_clock_is_no_overflow() {
    let (memory, telemetry) = memory(None);
    make_spans(&telemetry, 1);
    assert_eq!(telemetry.flush(Duration::MAX).exported(), 1);
    make_spans(&telemetry, 1);
    assert_eq!(telemetry.shutdown(Duration::MAX).exported(), 2);
    assert_eq!(memory.spans().len(), 2);
}
