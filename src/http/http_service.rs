//! The ready-made service for async-openai's client.

use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::attempt::{Attempt, AttemptLayer};
use super::future::TraceFuture;
use super::service::{Settings, Trace};
use crate::telemetry::Telemetry;

/// A traced HTTP service for async-openai's client, of every supported version at once.
///
/// It stands for the client's own retry and HTTP client, which `with_http_service` replaces: tracing
/// outermost, then async-openai's retry layer, then an event for each failed attempt, then reqwest.
///
/// A later `with_http_client` on the client removes all of it.
#[derive(Clone, Debug, Default)]
#[must_use = "a service does nothing until it is given to `Client::with_http_service`"]
pub struct HttpService {
    client: reqwest::Client,
    settings: Settings,
}

/// A traced HTTP service for async-openai's client.
///
/// ```
/// # #[cfg(feature = "async-openai-043")] {
/// let client = async_openai::Client::new()
///     .with_http_service(tracing_genai::openai::http_service());
/// # }
/// ```
pub fn http_service() -> HttpService {
    HttpService::default()
}

impl HttpService {
    /// Sends requests by this client: with your proxy, time-outs or certificates.
    pub fn with_client(mut self, client: reqwest::Client) -> Self {
        self.client = client;
        self
    }

    /// Records to this telemetry, whatever subscriber is current.
    pub fn with_telemetry(mut self, telemetry: &Telemetry) -> Self {
        self.settings.set_telemetry(telemetry);
        self
    }

    /// Sends the span's context to the server, as W3C `traceparent`. Off unless asked for: it tells a
    /// third party ids of your traces.
    pub fn with_propagation(mut self) -> Self {
        self.settings.options.propagate = true;
        self
    }

    /// Makes a span of every request about threads, messages, lists and the like of the Assistants API.
    /// Off unless asked for: then they are spans only when they fail, and what they tell is told with the
    /// run. Asking how far a run is never makes a span.
    pub fn with_housekeeping(mut self) -> Self {
        self.settings.options.housekeeping = true;
        self
    }

    /// Adds `stream_options.include_usage` to streamed chat completions that do not say anything about
    /// it: OpenAI sends no token counts on a chat stream otherwise.
    ///
    /// Off unless asked for, because it changes the request, and adds a last chunk without choices to
    /// what the caller reads.
    pub fn with_stream_usage(mut self) -> Self {
        self.settings.options.include_usage = true;
        self
    }
}

/// One version of async-openai.
macro_rules! async_openai {
    ($version:ident) => {
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
                    let mut service = Trace {
                        inner: OpenAIRetryLayer::default().layer(attempt),
                        settings: self.settings.clone(),
                    };
                    service.call(factory)
                }
            }
        };
    };
}

#[cfg(feature = "async-openai-041")]
async_openai!(async_openai_041);
#[cfg(feature = "async-openai-043")]
async_openai!(async_openai);
