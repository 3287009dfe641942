//! Whatever the byte of the response after which the connection ends.

use std::io::Write;
use std::net::Shutdown;

use tracing_genai::Destination;

use crate::support::net::{read_request, serve};
use crate::support::{SOON, builder, make_spans};

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";

/// A backend whose first response ends after so many bytes.
fn dying_after(bytes: usize) -> String {
    let url = serve(move |number, mut stream| {
        read_request(&mut stream);
        let answer = if number == 0 {
            &ANSWER[..bytes]
        } else {
            ANSWER
        };
        let _ = stream.write_all(answer);
        let _ = stream.shutdown(Shutdown::Both);
    });
    format!("{url}/v1/traces")
}

#[test]
fn a_backend_that_dies_in_its_answer_loses_nothing() {
    let telemetries: Vec<_> = (0..ANSWER.len())
        .map(|bytes| {
            let telemetry = builder()
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
