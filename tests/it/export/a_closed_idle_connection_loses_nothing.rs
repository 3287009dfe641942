//! Backends close idle connections (Node does after five seconds). The next request opens a new one.

use std::sync::mpsc;

use tracing_genai::Destination;

use crate::support::net::{accept, read_request, serve};
use crate::support::{SOON, builder, make_spans};

#[test]
fn a_connection_that_the_backend_has_closed_loses_nothing() {
    let (closed, is_closed) = mpsc::channel();
    // It answers one request and closes the connection without having announced it.
    let url = serve(move |_, mut stream| {
        read_request(&mut stream);
        accept(&mut stream);
        drop(stream);
        closed.send(()).unwrap();
    });
    let telemetry = builder()
        .with_destination(Destination::otlp(format!("{url}/v1/traces")))
        .build()
        .unwrap();
    for round in 1..=5 {
        make_spans(&telemetry, 1);
        let report = telemetry.flush(SOON);
        assert_eq!(report.exported(), round, "{report}");
        is_closed.recv_timeout(SOON).unwrap();
    }
}
