//! Servers with bad behaviour and just enough of HTTP/1.1, and addresses without a server.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// An address where nothing listens.
pub fn unused_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// A server that takes connections and never answers.
pub struct Silent {
    pub url: String,
    _listener: TcpListener,
}

impl Silent {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            _listener: listener,
        }
    }
}

/// Starts a server that handles its connections one after the other, and returns its address. Connections
/// are counted from zero. It lives as long as the process.
pub fn serve(mut handle: impl FnMut(usize, TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            handle(number, stream.unwrap());
        }
    });
    url
}

/// Reads a request with its body; `false` if the connection has ended.
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

/// Answers that everything was accepted.
pub fn accept(stream: &mut TcpStream) {
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
}
