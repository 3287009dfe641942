//! The ready-made service for async-openai's client.

use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::attempt::{Attempt, AttemptLayer};
use super::future::TraceFuture;
use super::options::TraceOptions;
use super::service::Trace;
use super::versions::async_openai_versions;

/// Service that sends the requests of async-openai's client and records every call as one span; see
/// [`http_service()`].
///
/// It takes the place of the client's own retry and HTTP client: tracing is outermost, then comes
/// async-openai's retry layer, then an [`AttemptLayer`], then reqwest. One service works with clients of
/// every supported version. A later `with_http_client` on the client replaces all of it.
#[derive(Clone, Debug, Default)]
#[must_use = "a service does nothing until it is given to `Client::with_http_service`"]
pub struct HttpService {
    client: reqwest::Client,
    options: TraceOptions,
}

/// Returns a service that traces async-openai's client.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "async-openai-043")] {
/// use tracing_genai::openai::{self, TraceOptions};
///
/// let client = async_openai::Client::new().with_http_service(openai::http_service());
///
/// // Streams of chats come with token counts.
/// let options = TraceOptions::new().with_stream_usage(true);
/// let client = async_openai::Client::new()
///     .with_http_service(openai::http_service().with_options(options));
/// # }
/// ```
///
/// A call then looks like this in the terminal:
///
/// ```text
/// chat gpt-4o-mini  generation  14 → 7 tokens  612ms
///   input   What is 2 + 2?
///   output  2 + 2 = 4
/// ```
pub fn http_service() -> HttpService {
    HttpService::default()
}

impl HttpService {
    /// Sets the client that sends the requests, with your proxies, timeouts or certificates. Defaults to
    /// [`reqwest::Client::new()`].
    pub fn with_client(mut self, client: reqwest::Client) -> Self {
        self.client = client;
        self
    }

    /// Sets the options. Defaults to [`TraceOptions::new()`].
    pub fn with_options(mut self, options: TraceOptions) -> Self {
        self.options = options;
        self
    }
}

/// Implements the service for the versions of async-openai.
macro_rules! services {
    ($(($feature:literal, $name:ident, $version:ident),)*) => {$(
        #[cfg(feature = $feature)]
        const _: () = {
            use $version::middleware::retry::{OpenAIRetry, OpenAIRetryLayer};
            use $version::middleware::{HttpRequestFactory, ReqwestService};

            type Retried = OpenAIRetry<Attempt<ReqwestService>>;

            impl Service<HttpRequestFactory> for HttpService {
                type Response = reqwest::Response;
                type Error = <Retried as Service<HttpRequestFactory>>::Error;
                type Future = TraceFuture<<Retried as Service<HttpRequestFactory>>::Future>;

                fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
                    Poll::Ready(Ok(()))
                }

                fn call(&mut self, factory: HttpRequestFactory) -> Self::Future {
                    let attempt =
                        AttemptLayer::new().layer(ReqwestService::new(self.client.clone()));
                    let retried = OpenAIRetryLayer::default().layer(attempt);
                    Trace::new(retried, self.options.clone()).call(factory)
                }
            }
        };
    )*};
}

async_openai_versions!(services);
