//! A server on loopback that sends exactly the bytes of a script.
//!
//! A connection is one request. Requests are kept byte for byte. With [`Step::Read`] the server waits for its
//! client, so that the order of events is part of the test and does not depend on the clock.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// What the server does next.
#[derive(Clone, Debug)]
pub enum Step {
    Send(Vec<u8>),
    /// Waits for one more call of [`RawServer::has_read`].
    Read,
    /// Resets the connection.
    Abort,
    /// Sends nothing more and keeps the connection open.
    Hang,
}

/// A response with this JSON.
pub fn json_response(body: &str) -> Vec<Step> {
    response_of_length(body.len(), body.as_bytes())
}

/// A response with this JSON and this value of `content-length`.
pub fn response_of_length(length: usize, body: &[u8]) -> Vec<Step> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    vec![Step::Send(head.into_bytes()), Step::Send(body.to_vec())]
}

/// A running server. It stops with its runtime.
pub struct RawServer {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
    read: Arc<Semaphore>,
}

impl RawServer {
    /// A server that follows the n-th script for the n-th request, and starts again after the last script.
    pub async fn start(scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            requests: Arc::default(),
            read: Arc::new(Semaphore::new(0)),
        };
        let (requests, read) = (Arc::clone(&server.requests), Arc::clone(&server.read));
        tokio::spawn(async move {
            for script in scripts.iter().cycle() {
                let (stream, _) = listener.accept().await.unwrap();
                let (requests, read) = (Arc::clone(&requests), Arc::clone(&read));
                tokio::spawn(serve(stream, script.clone(), requests, read));
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Tells the server that its client has read one more part.
    pub fn has_read(&self) {
        self.read.add_permits(1);
    }

    /// Removes and returns the requests so far.
    pub fn take_requests(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.requests.lock().unwrap())
    }

    /// Resets what was read, for the next client.
    pub fn rewind(&self) {
        self.read.forget_permits(usize::MAX >> 4);
    }
}

async fn serve(
    mut stream: TcpStream,
    script: Vec<Step>,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
    read: Arc<Semaphore>,
) {
    stream.set_nodelay(true).unwrap();
    let Some(request) = receive(&mut stream).await else {
        return;
    };
    requests.lock().unwrap().push(request);
    for step in script {
        match step {
            Step::Send(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Step::Read => read.acquire().await.unwrap().forget(),
            #[expect(deprecated, reason = "a linger of zero does not block")]
            Step::Abort => return stream.set_linger(Some(Duration::ZERO)).unwrap(),
            Step::Hang => {
                // Until the client leaves.
                let _ = stream.read(&mut [0]).await;
                return;
            }
        }
    }
}

/// Reads a request with its body, which has a length or comes in chunks.
async fn receive(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut received = Vec::new();
    loop {
        if stream.read_buf(&mut received).await.ok()? == 0 {
            return None;
        }
        let Some(head) = received.windows(4).position(|end| end == b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(&received[..head]).to_lowercase();
        let is_whole = match text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
        {
            Some(length) => received.len() >= head + 4 + length.trim().parse::<usize>().unwrap(),
            None if text.contains("transfer-encoding: chunked") => {
                received.ends_with(b"\r\n0\r\n\r\n")
            }
            None => true,
        };
        if is_whole {
            return Some(received);
        }
    }
}
