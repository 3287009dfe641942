//! A server that gives one reply after the other, whatever the requests are.
//!
//! The parts of a reply are sent one by one, with a pause before each but the first. Then the body ends,
//! breaks off, or stays open until the client leaves.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::routing::any;
use futures_util::stream;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tracing_genai::Telemetry;

use super::wait::SOON;

/// How a body ends.
#[derive(Clone, Copy, PartialEq)]
pub enum Ending {
    Whole,
    /// The connection breaks.
    Breaks,
    /// Nothing more is sent, and the connection stays open.
    Hangs,
}

/// A response.
#[derive(Clone)]
pub struct Reply {
    status: u16,
    media_type: &'static str,
    parts: Vec<String>,
    pause: Duration,
    ending: Ending,
}

impl Reply {
    /// A JSON body.
    pub fn json(status: u16, body: impl ToString) -> Self {
        Self {
            status,
            media_type: "application/json",
            parts: vec![body.to_string()],
            pause: Duration::ZERO,
            ending: Ending::Whole,
        }
    }

    /// How many parts the body has.
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// A stream of events.
    pub fn events(parts: Vec<String>, pause: Duration, ending: Ending) -> Self {
        Self::of("text/event-stream", parts, pause, ending)
    }

    /// A stream of any type.
    pub fn of(
        media_type: &'static str,
        parts: Vec<String>,
        pause: Duration,
        ending: Ending,
    ) -> Self {
        Self {
            status: 200,
            media_type,
            parts,
            pause,
            ending,
        }
    }
}

/// A running server. It stops when it is dropped.
pub struct ReplyServer {
    url: String,
    replies: Replies,
    task: JoinHandle<()>,
}

impl Drop for ReplyServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Replies = Arc<Mutex<VecDeque<Reply>>>;

#[derive(Clone)]
struct Shared {
    replies: Replies,
    /// Has read a request before it is answered: a large body is given up where the answer is faster.
    reads_first: Option<Telemetry>,
}

impl ReplyServer {
    /// A server with these replies.
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::start_with(replies, None).await
    }

    /// A server that answers a request once this telemetry has read it.
    pub async fn start_slow(
        replies: impl IntoIterator<Item = Reply>,
        telemetry: &Telemetry,
    ) -> Self {
        Self::start_with(replies, Some(telemetry.clone())).await
    }

    async fn start_with(
        replies: impl IntoIterator<Item = Reply>,
        reads_first: Option<Telemetry>,
    ) -> Self {
        let replies: Replies = Arc::new(Mutex::new(replies.into_iter().collect()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let router = axum::Router::new()
            .fallback(any(answer))
            .with_state(Shared {
                replies: Arc::clone(&replies),
                reads_first,
            });
        let task = tokio::spawn(async move {
            let _ended = axum::serve(listener, router).await;
        });
        Self { url, replies, task }
    }

    /// Adds a reply after all others.
    pub fn add(&self, reply: Reply) {
        self.replies.lock().unwrap().push_back(reply);
    }

    /// Its address, with `/v1`.
    pub fn url(&self) -> String {
        self.url.clone()
    }
}

async fn answer(
    State(shared): State<Shared>,
    request: Request,
) -> Result<Response<Body>, Infallible> {
    let _asked = axum::body::to_bytes(request.into_body(), usize::MAX).await;
    if let Some(telemetry) = shared.reads_first {
        telemetry.flush_async(SOON).await;
    }
    let reply = shared.replies.lock().unwrap().pop_front();
    let reply = reply.unwrap_or_else(|| Reply::json(410, "no reply is left"));
    let response = Response::builder()
        .status(reply.status)
        .header("content-type", reply.media_type)
        .header("x-request-id", "req_scripted");
    let (pause, ending) = (reply.pause, reply.ending);
    let parts = reply.parts.into_iter().map(Some).chain([None]).enumerate();
    let body = stream::unfold(parts, move |mut parts| async move {
        let (index, part) = parts.next()?;
        if index > 0 {
            // The pace of the simulated server.
            tokio::time::sleep(pause).await;
        }
        match part {
            Some(part) => Some((Ok(part), parts)),
            None if ending == Ending::Breaks => Some((Err(io::Error::other("broken")), parts)),
            None if ending == Ending::Hangs => std::future::pending().await,
            None => None,
        }
    });
    Ok(response.body(Body::from_stream(body)).unwrap())
}
