//! Sends encoded requests.
//!
//! Contract: a transport gets an encoded request, sends it once and says what became of it; what to do
//! then is not its concern. [`HttpTransport`] builds every header itself, from
//! its own configuration: no variable and no feature of another crate can add, replace or compress
//! anything. It works on a runtime of the destination's own thread, so inside and outside of any
//! runtime of the application, and events of the HTTP stack underneath reach no subscriber.

use std::future::{poll_fn, ready};
use std::pin::Pin;
use std::time::Duration;

use http_body::Body as _;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
    USER_AGENT,
};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Url};
use time::OffsetDateTime;
use tokio::runtime::{Builder, Runtime};
use tracing::dispatcher::{self, Dispatch};

use super::encoded::{Compression, Encoded};
use super::outcome::SendOutcome;
use super::protocol::Protocol;
use super::response::{MOST, Response, origin};
use super::{explain, grpc, retry};
use crate::text::errors;

/// An attempt under way.
pub(crate) type Sending = Pin<Box<dyn Future<Output = SendOutcome> + Send>>;

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
    pub(crate) protocol: Protocol,
    /// What to check when the backend answers 401 or 403.
    pub(crate) credentials: &'static str,
    /// Who the account belongs to, as far as that is no secret.
    pub(crate) account: String,
    /// Of authorities that are trusted besides those of the system.
    pub(crate) certificates: Vec<Certificate>,
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
            Err(message) => {
                let message = message.clone();
                return Box::pin(ready(SendOutcome::NoClient { message }));
            }
        };
        let protocol = self.settings.protocol;
        let (headers, body) = match protocol {
            Protocol::HttpProtobuf => (headers(request.compression), request.body.clone()),
            Protocol::Grpc => (grpc::headers(request.compression), grpc::frame(request)),
        };
        let post = client
            .post(self.settings.url.clone())
            .headers(self.settings.headers.clone())
            .headers(headers)
            .body(body);
        let url = self.settings.url.clone();
        let credentials = self.settings.credentials;
        Box::pin(async move {
            let response = match post.send().await {
                Ok(response) => response,
                Err(error) => return unreachable(&url, &error),
            };
            let (status, headers) = (response.status(), response.headers().clone());
            // No longer than the timeout of the request.
            let (body, trailers, is_whole) = match protocol {
                Protocol::HttpProtobuf => {
                    let (body, ended) = beginning(response).await;
                    let is_whole = ended.is_ok() && body.len() < MOST;
                    (body, HeaderMap::new(), is_whole)
                }
                Protocol::Grpc => {
                    let (body, trailers) = beginning_and_trailers(response).await;
                    let is_whole = body.len() < MOST;
                    (body, trailers, is_whole)
                }
            };
            let response = Response {
                url: &url,
                status,
                headers: &headers,
                body: &body,
                is_whole,
                retry_after: retry_after(&headers),
            };
            match protocol {
                Protocol::HttpProtobuf => response.outcome(credentials),
                Protocol::Grpc => grpc::outcome(&response, &trailers, credentials),
            }
        })
    }
}

/// The headers of a request over HTTP.
fn headers(compression: Compression) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let protobuf = HeaderValue::from_static("application/x-protobuf");
    headers.insert(CONTENT_TYPE, protobuf);
    if compression == Compression::Gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers
}

/// What `Retry-After` says.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
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
                    origin(&settings.url),
                    response.status()
                ));
            }
            let (body, ended) = beginning(response).await;
            ended.map_err(|error| chain(&error))?;
            Ok(body)
        })
    })
}

/// The first part of an answer, enough for all that is read of it, and how reading ended. What has arrived
/// before a fault is there as well.
pub(crate) async fn beginning(mut response: reqwest::Response) -> (Vec<u8>, reqwest::Result<()>) {
    let mut body = Vec::new();
    while body.len() < MOST {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return (body, Err(error)),
        }
    }
    (body, Ok(()))
}

/// The first part of an answer, and the trailers if it ended.
async fn beginning_and_trailers(response: reqwest::Response) -> (Vec<u8>, HeaderMap) {
    let mut rest = http::Response::from(response).into_body();
    let (mut body, mut trailers) = (Vec::new(), HeaderMap::new());
    while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut rest).poll_frame(context)).await {
        match frame.into_data() {
            Ok(data) if body.len() < MOST => body.extend_from_slice(&data),
            Ok(_) => {}
            Err(frame) => trailers = frame.into_trailers().unwrap_or_default(),
        }
    }
    (body, trailers)
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
        of_protocol(Client::builder(), settings.protocol)
            .default_headers(headers.clone())
            .timeout(settings.timeout)
            // A redirect would carry the credentials elsewhere, or turn the POST into a GET.
            .redirect(Policy::none())
            .tls_certs_merge(settings.certificates.clone())
    };
    let mut client = builder().build();
    if client.is_err() && settings.url.scheme() == "http" {
        // A system without certificates, such as a minimal container, needs none for this.
        client = builder().tls_certs_only([]).build();
    }
    client.map_err(|error| format!("no HTTP client for the exporter: {}", chain(&error)))
}

#[cfg(feature = "grpc")]
fn of_protocol(builder: ClientBuilder, protocol: Protocol) -> ClientBuilder {
    match protocol {
        Protocol::HttpProtobuf => builder,
        Protocol::Grpc => builder.http2_prior_knowledge(),
    }
}

/// A destination with another protocol was refused when its settings were checked.
#[cfg(not(feature = "grpc"))]
fn of_protocol(builder: ClientBuilder, _: Protocol) -> ClientBuilder {
    builder
}

fn unreachable(url: &Url, error: &reqwest::Error) -> SendOutcome {
    let message = if error.is_timeout() {
        format!("{} did not answer in time", origin(url))
    } else {
        format!("{} could not be reached: {}", origin(url), chain(error))
    };
    SendOutcome::Unavailable {
        message: explain::sentence(&message),
        retry_after: None,
    }
}

/// An error's sources, without the error itself, which holds the address and maybe a password.
pub(crate) fn chain(error: &reqwest::Error) -> String {
    use std::error::Error;
    error
        .source()
        .map_or_else(|| "unknown error".to_owned(), errors::with_sources)
}
