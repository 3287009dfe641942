//! Sends encoded requests.
//!
//! Contract: a transport gets an encoded `ExportTraceServiceRequest`, sends it once and says what
//! became of it; what to do then is not its concern. [`HttpTransport`] builds every header itself, from
//! its own configuration: no variable and no feature of another crate can add, replace or compress
//! anything. It works on a runtime of the destination's own thread, so inside and outside of any
//! runtime of the application, and events of the HTTP stack underneath reach no subscriber.

use std::fmt;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
    USER_AGENT,
};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use time::OffsetDateTime;
use tokio::runtime::{Builder, Runtime};
use tracing::dispatcher::{self, Dispatch};

use super::encoded::Encoded;
use super::{explain, retry};
use crate::export::report::DropReason;

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
    /// It will not be taken later either.
    Failed { reason: DropReason, message: String },
    /// It will not be taken until somebody puts the settings right.
    Misconfigured { message: String },
    /// It may be taken in smaller parts.
    TooLarge { message: String },
    /// It may be taken later, and maybe the backend said when.
    Unavailable {
        message: String,
        retry_after: Option<Duration>,
    },
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
            Self::Failed { message, .. } | Self::Misconfigured { message } => {
                write!(formatter, "failed: {message}")
            }
            Self::TooLarge { message } => write!(formatter, "was too large: {message}"),
            Self::Unavailable { message, .. } => write!(formatter, "failed for now: {message}"),
        }
    }
}

/// An attempt under way.
pub(crate) type Sending = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// Sends requests, several at once.
pub(crate) trait Transport: Send {
    fn send(&self, request: &Encoded) -> Sending;
}

/// Where and how to send.
#[derive(Clone)]
pub(crate) struct HttpSettings {
    pub(crate) url: Url,
    /// Values of secrets are marked as sensitive.
    pub(crate) headers: HeaderMap,
    pub(crate) timeout: Duration,
    pub(crate) compression: Compression,
    /// What a person is told to look at when the backend answers 401 or 403.
    pub(crate) credentials: &'static str,
    /// Who the account belongs to, as far as that is no secret.
    pub(crate) account: String,
}

pub(crate) struct HttpTransport {
    settings: HttpSettings,
    client: Result<Client, String>,
}

impl HttpTransport {
    pub(crate) fn new(settings: HttpSettings) -> Self {
        let client = silently(|| client(&settings));
        Self { settings, client }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: &Encoded) -> Sending {
        let client = match &self.client {
            Ok(client) => client,
            Err(message) => return failed(DropReason::Unreachable, message.clone()),
        };
        let mut post = client
            .post(self.settings.url.clone())
            .headers(self.settings.headers.clone())
            .header(
                CONTENT_TYPE,
                HeaderValue::from_static("application/x-protobuf"),
            )
            .body(request.body.clone());
        if request.compression == Compression::Gzip {
            post = post.header(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let url = self.settings.url.clone();
        let credentials = self.settings.credentials;
        Box::pin(async move {
            let response = match post.send().await {
                Ok(response) => response,
                Err(error) => return unreachable(&url, &error),
            };
            let status = response.status();
            let wait = wait_of(response.headers());
            // A backend that has said 2xx has taken it, whatever becomes of the rest.
            let body = beginning(response).await.unwrap_or_default();
            judge(&url, status, wait, &body, credentials)
        })
    }
}

fn failed(reason: DropReason, message: String) -> Sending {
    let ready: Ready<_> = ready(Outcome::Failed { reason, message });
    Box::pin(ready)
}

/// What `Retry-After` says.
fn wait_of(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok();
    retry::retry_after(text(RETRY_AFTER)?, text(DATE), OffsetDateTime::now_utc())
}

/// Reads a document, once and without a retry.
pub(crate) fn get(settings: &HttpSettings) -> Result<Vec<u8>, String> {
    silently(|| {
        let request = client(settings)?
            .get(settings.url.clone())
            .headers(settings.headers.clone());
        runtime()?.block_on(async {
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
pub(crate) async fn beginning(mut response: reqwest::Response) -> reqwest::Result<Vec<u8>> {
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
pub(crate) fn silently<T>(work: impl FnOnce() -> T) -> T {
    dispatcher::with_default(&Dispatch::none(), work)
}

/// A runtime for this thread.
pub(crate) fn runtime() -> Result<Runtime, String> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime for the exporter: {error}"))
}

pub(crate) fn client(settings: &HttpSettings) -> Result<Client, String> {
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
    client.map_err(|error| format!("no HTTP client for the exporter: {}", chain(&error)))
}

fn unreachable(url: &Url, error: &reqwest::Error) -> Outcome {
    let message = if error.is_timeout() {
        format!("{} did not answer in time", place(url))
    } else {
        format!("{} could not be reached: {}", place(url), chain(error))
    };
    Outcome::Unavailable {
        message: cut(&message),
        retry_after: None,
    }
}

/// Reads the backend's answer. Only 2xx is success: a redirect has stored nothing.
fn judge(
    url: &Url,
    status: StatusCode,
    retry_after: Option<Duration>,
    body: &[u8],
    credentials: &str,
) -> Outcome {
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
            "{place} answered {status}: nothing takes OTLP at {}",
            url.path()
        ),
        _ => format!("{place} answered {status}: {said}"),
    };
    let message = cut(&message);
    match status.as_u16() {
        300..=399 | 401 | 403 | 404 | 405 => Outcome::Misconfigured { message },
        413 => Outcome::TooLarge { message },
        408 | 429 | 500..=599 => Outcome::Unavailable {
            message,
            retry_after,
        },
        _ => Outcome::Failed {
            reason: DropReason::Rejected,
            message,
        },
    }
}

/// Scheme, host and port: an address without user, password, path or query.
pub(crate) fn place(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// An error with its sources, without the address (which may hold a password).
pub(crate) fn chain(error: &reqwest::Error) -> String {
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

pub(crate) fn cut(text: &str) -> String {
    explain::told(text)
        .chars()
        .take(ERROR_TEXT)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}
