//! Just enough of HTTP/1.1 for a backend that behaves badly.

use std::io::{Read, Write};
use std::net::TcpStream;

/// Reads a request with its body; `false` at the end of the connection.
pub fn read_request(stream: &mut TcpStream) -> bool {
    let mut received = Vec::new();
    let mut part = [0; 4_096];
    loop {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return false,
            Ok(count) => received.extend_from_slice(&part[..count]),
        }
        let Some(head) = received.windows(4).position(|end| end == b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(&received[..head]).to_lowercase();
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
            .unwrap_or(0);
        if received.len() >= head + 4 + length {
            return true;
        }
    }
}

/// Answers that everything was taken.
pub fn accept(stream: &mut TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
}
