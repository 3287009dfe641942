//! The HTTP client that opentelemetry-otlp is given.
//!
//! Its own choice of clients depends on the features that any crate of the program turns on, and one of them
//! panics on the thread of the SDK's batch processor. This one sends as the destinations of this crate do,
//! with their headers only: those that the environment names for another backend stay out. It has a thread of
//! its own, so it works inside and outside of any runtime.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::thread;

use bytes::Bytes;
use futures_channel::{mpsc, oneshot};
use futures_core::Stream;
use http::header::{CONTENT_ENCODING, RETRY_AFTER};
use http::{Request, Response, StatusCode};
use opentelemetry_http::{HttpClient, HttpError};

use super::encoded::{Compression, Encoded};
use super::outcome::SendOutcome;
use super::transport::{self, HttpSettings, HttpTransport, Transport};

type Job = (Encoded, oneshot::Sender<SendOutcome>);

/// A transport as a client.
pub(crate) struct TransportClient {
    jobs: mpsc::UnboundedSender<Job>,
    compression: Compression,
}

impl TransportClient {
    /// # Errors
    ///
    /// If there is no thread or no runtime for it.
    pub(crate) fn start(settings: HttpSettings) -> Result<Self, String> {
        let compression = settings.compression;
        let (jobs, waiting) = mpsc::unbounded();
        let runtime = transport::runtime()?;
        thread::Builder::new()
            .name("tracing-genai-http".into())
            .spawn(move || {
                transport::silently(|| {
                    let transport = HttpTransport::new(settings);
                    runtime.block_on(work(&transport, waiting));
                });
            })
            .map_err(|error| format!("no thread for the exporter: {error}"))?;
        Ok(Self { jobs, compression })
    }
}

/// Sends one request after the other, as the SDK asks for.
async fn work(transport: &HttpTransport, mut waiting: mpsc::UnboundedReceiver<Job>) {
    while let Some((request, answer)) =
        poll_fn(|context| Pin::new(&mut waiting).poll_next(context)).await
    {
        let outcome = transport.send(&request).await;
        // Whoever asked may have given up.
        let _ = answer.send(outcome);
    }
}

impl fmt::Debug for TransportClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TransportClient")
            .finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl HttpClient for TransportClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let is_compressed = request.headers().contains_key(CONTENT_ENCODING);
        let body = request.into_body();
        let request = if is_compressed {
            Encoded {
                body,
                compression: Compression::Gzip,
                spans: 0,
            }
        } else {
            Encoded::from_plain(&body, self.compression, 0)
        };
        let (answer, answered) = oneshot::channel();
        self.jobs.unbounded_send((request, answer))?;
        response(answered.await?)
    }
}

/// What the exporter is told, in the terms of HTTP that it understands.
fn response(outcome: SendOutcome) -> Result<Response<Bytes>, HttpError> {
    let (status, message) = match &outcome {
        // The exporter counts nothing, but it logs what was refused.
        SendOutcome::Delivered { rejected: 0, .. } => (StatusCode::OK, ""),
        SendOutcome::Delivered { message, .. } | SendOutcome::Rejected { message } => {
            (StatusCode::BAD_REQUEST, &message[..])
        }
        SendOutcome::Misconfigured { message } => (StatusCode::FORBIDDEN, &message[..]),
        SendOutcome::TooLarge { message } => (StatusCode::PAYLOAD_TOO_LARGE, &message[..]),
        SendOutcome::Unavailable { message, .. } => (StatusCode::SERVICE_UNAVAILABLE, &message[..]),
        SendOutcome::NoClient { message } => return Err(message.clone().into()),
    };
    let mut response = Response::builder().status(status);
    if let SendOutcome::Unavailable {
        retry_after: Some(wait),
        ..
    } = &outcome
    {
        response = response.header(RETRY_AFTER, wait.as_secs());
    }
    Ok(response.body(Bytes::copy_from_slice(message.as_bytes()))?)
}
