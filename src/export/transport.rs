//! Sends encoded requests.
//!
//! Contract: a transport gets the protobuf bytes of an `ExportTraceServiceRequest` and says what
//! became of them. [`HttpTransport`] builds every header itself, from its own configuration: no
//! variable and no feature of another crate can add, replace or compress anything. It runs an own
//! single-threaded runtime on the destination's thread, so it works inside and outside of any
//! runtime of the application, and events of the HTTP stack underneath reach no subscriber.

use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use tokio::runtime::{Builder, Runtime};
use tokio::task::yield_now;
use tracing::dispatcher::{self, Dispatch};

use super::report::DropReason;

/// How much of an answer is read, in bytes.
const ANSWER: usize = 64 << 10;
/// How much of an error's text is kept, in characters.
const ERROR_TEXT: usize = 300;

/// Compression of the request's body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// None.
    None,
    /// gzip at its fastest level, which every OTLP backend reads.
    #[default]
    Gzip,
}

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The backend took it, except for this many spans, and may have said why.
    Delivered { rejected: u64, message: String },
    /// It is lost.
    Failed { reason: DropReason, message: String },
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered { rejected: 0, .. } => formatter.write_str("was delivered"),
            Self::Delivered { rejected, message } => {
                write!(
                    formatter,
                    "was delivered, {rejected} spans were refused: {message}"
                )
            }
            Self::Failed { message, .. } => write!(formatter, "failed: {message}"),
        }
    }
}

/// Sends the bytes of one request.
pub(crate) trait Transport: Send {
    fn send(&mut self, body: Vec<u8>) -> Outcome;
}

/// Where and how to send.
#[derive(Clone, Debug)]
pub(crate) struct HttpSettings {
    pub(crate) url: Url,
    /// Values of secrets are marked as sensitive.
    pub(crate) headers: HeaderMap,
    pub(crate) timeout: Duration,
    pub(crate) compression: Compression,
    /// What a person is told to look at when the backend answers 401 or 403.
    pub(crate) credentials: &'static str,
}

pub(crate) struct HttpTransport {
    settings: HttpSettings,
    connection: Result<(Runtime, Client), String>,
}

impl HttpTransport {
    pub(crate) fn new(settings: HttpSettings) -> Self {
        let connection = silently(|| connect(&settings));
        Self {
            settings,
            connection,
        }
    }

    fn request(
        &self,
        client: &Client,
        body: Vec<u8>,
    ) -> io::Result<impl Future<Output = Outcome> + use<>> {
        let (body, encoding) = match self.settings.compression {
            Compression::None => (body, None),
            Compression::Gzip => (gzip(&body)?, Some(HeaderValue::from_static("gzip"))),
        };
        let mut request = client
            .post(self.settings.url.clone())
            .headers(self.settings.headers.clone())
            .header(
                CONTENT_TYPE,
                HeaderValue::from_static("application/x-protobuf"),
            )
            .body(body);
        if let Some(encoding) = encoding {
            request = request.header(CONTENT_ENCODING, encoding);
        }
        let url = self.settings.url.clone();
        let credentials = self.settings.credentials;
        Ok(async move {
            let response = match request.send().await {
                Ok(response) => response,
                Err(error) => return unreachable(&url, &error),
            };
            let status = response.status();
            let body = beginning(response).await.unwrap_or_default();
            judge(&url, status, &body, credentials)
        })
    }
}

impl Transport for HttpTransport {
    fn send(&mut self, body: Vec<u8>) -> Outcome {
        let (runtime, client) = match &self.connection {
            Ok(connection) => connection,
            Err(message) => {
                return Outcome::Failed {
                    reason: DropReason::Unreachable,
                    message: message.clone(),
                };
            }
        };
        match self.request(client, body) {
            Ok(request) => silently(|| {
                runtime.block_on(async {
                    notice_closed_connections().await;
                    request.await
                })
            }),
            Err(error) => Outcome::Failed {
                reason: DropReason::Internal,
                message: format!("the request could not be compressed: {error}"),
            },
        }
    }
}

/// Between two requests nothing runs here, so a connection that the backend has closed meanwhile
/// would still look usable, and the request sent on it would be lost. Yielding twice lets the runtime
/// see what has happened to its sockets, and then their tasks.
async fn notice_closed_connections() {
    yield_now().await;
    yield_now().await;
}

/// Reads a document, once and without a retry.
pub(crate) fn get(settings: &HttpSettings) -> Result<Vec<u8>, String> {
    silently(|| {
        let (runtime, client) = connect(settings)?;
        let request = client
            .get(settings.url.clone())
            .headers(settings.headers.clone());
        runtime.block_on(async {
            let response = request.send().await.map_err(|error| chain(&error))?;
            if !response.status().is_success() {
                return Err(format!(
                    "{} answered {}",
                    place(&settings.url),
                    response.status()
                ));
            }
            beginning(response).await.map_err(|error| chain(&error))
        })
    })
}

/// The first part of an answer, enough for all that is read of it.
async fn beginning(mut response: reqwest::Response) -> reqwest::Result<Vec<u8>> {
    let mut body = Vec::new();
    while body.len() < ANSWER {
        let Some(chunk) = response.chunk().await? else {
            break;
        };
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Runs `work` without a subscriber: what the HTTP stack says of our own requests is nobody's span.
fn silently<T>(work: impl FnOnce() -> T) -> T {
    dispatcher::with_default(&Dispatch::none(), work)
}

fn connect(settings: &HttpSettings) -> Result<(Runtime, Client), String> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime for the exporter: {error}"))?;
    let mut headers = HeaderMap::new();
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("tracing-genai/", env!("CARGO_PKG_VERSION"))),
    );
    let builder = || {
        Client::builder()
            .default_headers(headers.clone())
            .timeout(settings.timeout)
            // A redirect would carry the credentials elsewhere, or turn the POST into a GET.
            .redirect(Policy::none())
    };
    let mut client = builder().build();
    if client.is_err() && settings.url.scheme() == "http" {
        // A system without certificates, such as a minimal container, needs none for this.
        client = builder().tls_certs_only([]).build();
    }
    let client =
        client.map_err(|error| format!("no HTTP client for the exporter: {}", chain(&error)))?;
    Ok((runtime, client))
}

fn gzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Level::fast());
    encoder.write_all(body)?;
    encoder.finish()
}

fn unreachable(url: &Url, error: &reqwest::Error) -> Outcome {
    let message = if error.is_timeout() {
        format!("{} did not answer in time", place(url))
    } else {
        format!("{} could not be reached: {}", place(url), chain(error))
    };
    Outcome::Failed {
        reason: DropReason::Unreachable,
        message: cut(&message),
    }
}

/// Reads the backend's answer. Only 2xx is success: a redirect has stored nothing.
fn judge(url: &Url, status: StatusCode, body: &[u8], credentials: &str) -> Outcome {
    if status.is_success() {
        // Backends that answer with something else than OTLP's response have taken everything.
        let partial = ExportTraceServiceResponse::decode(body)
            .ok()
            .and_then(|response| response.partial_success)
            .unwrap_or_default();
        return Outcome::Delivered {
            rejected: partial.rejected_spans.try_into().unwrap_or(0),
            message: cut(&partial.error_message),
        };
    }
    let said = String::from_utf8_lossy(body);
    let place = place(url);
    let message = match status.as_u16() {
        401 | 403 => format!("{place} answered {status}: look at {credentials}; it said: {said}"),
        300..=399 => {
            format!("{place} answered {status}, a redirect: configure the address it leads to")
        }
        404 | 405 => format!(
            "{place} answered {status}: nothing takes OTLP traces at {}",
            url.path()
        ),
        _ => format!("{place} answered {status}: {said}"),
    };
    let temporary = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
    Outcome::Failed {
        reason: if temporary {
            DropReason::Unreachable
        } else {
            DropReason::Rejected
        },
        message: cut(&message),
    }
}

/// Scheme, host and port: an address without user, password, path or query.
fn place(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// An error with its sources, without the address (which may hold a password).
fn chain(error: &reqwest::Error) -> String {
    use std::error::Error;
    let mut text = String::new();
    let mut source = error.source();
    while let Some(error) = source {
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&error.to_string());
        source = error.source();
    }
    if text.is_empty() {
        "unknown error".to_owned()
    } else {
        text
    }
}

fn cut(text: &str) -> String {
    text.chars()
        .take(ERROR_TEXT)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}
