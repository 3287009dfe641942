//! Neither another destination, nor the next requests to itself.

use std::io::Write;
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tracing_genai::{Destination, Telemetry};

use crate::support::collector::Collector;
use crate::support::http::read_request;
use crate::support::{SOON, make_spans};

#[test]
fn another_destination_gets_its_spans() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let collector = Collector::start();
    let telemetry = Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(Destination::otlp(format!(
            "http://{}",
            silent.local_addr().unwrap()
        )))
        .with_destination(Destination::otlp(&collector.url))
        .build()
        .unwrap();
    make_spans(&telemetry, 10_000);
    let started = Instant::now();
    while collector.spans().len() < 10_000 {
        assert!(started.elapsed() < SOON);
        thread::sleep(Duration::from_millis(20));
    }
    let report = telemetry.shutdown(Duration::from_millis(100));
    assert_eq!(report.destinations[0].exported, 0);
    assert_eq!(report.destinations[1].exported, 10_000);
}

#[test]
fn four_requests_are_under_way_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, arrived) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, sender) = (stream.unwrap(), sender.clone());
            thread::spawn(move || {
                while read_request(&mut stream) {
                    // Answered when the test says so.
                    let (answer, may_answer) = mpsc::channel::<()>();
                    sender.send(answer).unwrap();
                    if may_answer.recv().is_err() {
                        return;
                    }
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                }
            });
        }
    });
    let telemetry = Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(Destination::otlp(url).with_flush_at(10))
        .build()
        .unwrap();
    make_spans(&telemetry, 60);
    let under_way: Vec<_> = (0..4)
        .map(|_| arrived.recv_timeout(SOON).unwrap())
        .collect();
    // No fifth one before one of them is answered.
    assert!(arrived.recv_timeout(Duration::from_millis(200)).is_err());
    for answer in under_way {
        answer.send(()).unwrap();
    }
    for _ in 0..2 {
        arrived.recv_timeout(SOON).unwrap().send(()).unwrap();
    }
    assert_eq!(telemetry.flush(SOON).exported(), 60);
}
