//! At whichever byte of the answer the connection ends.

use std::io::Write;
use std::net::{Shutdown, TcpListener};
use std::thread;

use tracing_genai::{Destination, Telemetry};

use crate::support::http::read_request;
use crate::support::{SOON, make_spans};

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

/// One whose first answer ends after so many bytes.
fn dying_after(bytes: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            read_request(&mut stream);
            let answer = if number == 0 {
                &ANSWER[..bytes]
            } else {
                ANSWER
            };
            let _ = stream.write_all(answer);
            let _ = stream.shutdown(Shutdown::Both);
        }
    });
    url
}

#[test]
fn a_backend_that_dies_in_its_answer_loses_nothing() {
    let telemetries: Vec<_> = (0..ANSWER.len())
        .map(|bytes| {
            let telemetry = Telemetry::builder()
                .with_variables([("", "")])
                .with_destination(Destination::otlp(dying_after(bytes)))
                .build()
                .unwrap();
            make_spans(&telemetry, 1);
            telemetry
        })
        .collect();
    for (bytes, telemetry) in telemetries.into_iter().enumerate() {
        let report = telemetry.flush(SOON);
        let got = (report.exported(), report.dropped(), report.pending());
        assert_eq!(got, (1, 0, 0), "{bytes}: {report}");
    }
}
