//! A backend on loopback that is bad for a while, and counts which spans have arrived.

use std::collections::HashSet;
use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

/// What is wrong with it.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    None,
    /// Nobody listens.
    Refused,
    Answers(u16),
    /// 429 with `Retry-After: 2`.
    RateLimited,
    /// Takes requests and never answers.
    Hangs,
    /// Takes 300 ms for each request.
    Slow,
    /// 413 over 4.5 MB.
    Small,
}

#[derive(Clone)]
struct Shared {
    fault: Fault,
    until: Instant,
    arrived: Arc<Mutex<HashSet<Vec<u8>>>>,
}

/// A running backend; it stops with the process.
pub struct Backend {
    pub address: SocketAddr,
    arrived: Arc<Mutex<HashSet<Vec<u8>>>>,
}

impl Backend {
    /// One with this fault for so long.
    pub fn start(fault: Fault, bad_for: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Shared {
            fault,
            until: Instant::now() + bad_for,
            arrived: Arc::default(),
        };
        let arrived = Arc::clone(&shared.arrived);
        let refuses = matches!(fault, Fault::Refused);
        let listener = (!refuses).then_some(listener);
        thread::spawn(move || {
            let listener = listener.unwrap_or_else(|| {
                thread::sleep(bad_for);
                TcpListener::bind(address).unwrap()
            });
            listener.set_nonblocking(true).unwrap();
            let app = Router::new()
                .fallback(receive)
                .layer(DefaultBodyLimit::disable())
                .with_state(shared);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, app).await.unwrap();
            });
        });
        Self { address, arrived }
    }

    /// How many different spans have arrived.
    pub fn arrived(&self) -> usize {
        self.arrived.lock().unwrap().len()
    }
}

async fn receive(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let is_bad = Instant::now() < shared.until;
    match shared.fault {
        Fault::Answers(status) if is_bad => {
            return StatusCode::from_u16(status).unwrap().into_response();
        }
        Fault::RateLimited if is_bad => {
            return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "2")]).into_response();
        }
        Fault::Hangs if is_bad => {
            tokio::time::sleep(Duration::from_secs(3_600)).await;
        }
        Fault::Slow => tokio::time::sleep(Duration::from_millis(300)).await,
        Fault::Small if body.len() > 4_500_000 => {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        }
        _ => {}
    }
    let mut plain = Vec::new();
    let body = if headers.contains_key("content-encoding") {
        let mut decoder = flate2::read::GzDecoder::new(&body[..]);
        decoder.read_to_end(&mut plain).unwrap();
        Bytes::from(plain)
    } else {
        body
    };
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    let mut arrived = shared.arrived.lock().unwrap();
    for resource in request.resource_spans {
        for scope in resource.scope_spans {
            arrived.extend(scope.spans.into_iter().map(|span| span.span_id));
        }
    }
    StatusCode::OK.into_response()
}
