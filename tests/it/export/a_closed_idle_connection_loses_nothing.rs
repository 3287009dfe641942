//! Backends close idle connections, Node's after five seconds; the next request takes a new one.

use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use tracing_genai::{Destination, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

use crate::support::SOON;
use crate::support::http::{accept, read_request};

#[test]
fn a_connection_that_the_backend_has_closed_loses_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            // Says nothing about closing, answers one request, and closes.
            let mut stream = stream.unwrap();
            read_request(&mut stream);
            accept(&mut stream);
        }
    });
    let telemetry = Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(Destination::otlp(url))
        .build()
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || {
        for round in 1..=5 {
            tracing::info_span!("work").in_scope(|| ());
            let report = telemetry.flush(SOON);
            assert_eq!(report.exported(), round, "{report}");
            thread::sleep(Duration::from_millis(50));
        }
    });
}
