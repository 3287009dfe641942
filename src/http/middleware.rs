//! The same spans for any reqwest code, by reqwest-middleware.
//!
//! Crates that take a `ClientWithMiddleware` are traced like async-openai's client. Each pass through
//! the middleware is a call: put it outside of a retry middleware, so that a logical call is one span.

use std::sync::Arc;

use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};

use super::call::Call;
use super::future::tee;
use super::service::Settings;
use crate::recorder::{End, Failure};
use crate::telemetry::Telemetry;

/// Makes a span of every call of a reqwest client with middleware.
///
/// ```
/// use reqwest_middleware::ClientBuilder;
///
/// let client = ClientBuilder::new(reqwest::Client::new())
///     .with(tracing_genai::openai::TraceMiddleware::new())
///     .build();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a middleware does nothing until it is given to a client"]
pub struct TraceMiddleware {
    settings: Settings,
}

impl TraceMiddleware {
    /// Records to the telemetry of the subscriber that is current at each call.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records to this telemetry, whatever subscriber is current.
    pub fn with_telemetry(mut self, telemetry: &Telemetry) -> Self {
        self.settings.set_telemetry(telemetry);
        self
    }

    /// Sends the span's context to the server, as W3C `traceparent`. Off unless asked for.
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
}

/// Ends a call that is dropped before its answer.
struct Waiting(Option<Arc<Call>>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(call) = self.0.take() {
            call.end(End::CancelledBeforeAnswer);
        }
    }
}

#[async_trait::async_trait]
impl Middleware for TraceMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let Some(call) = self.settings.call() else {
            return next.run(request, extensions).await;
        };
        call.request(&mut request);
        let mut waiting = Waiting(Some(call));
        let answer = next.run(request, extensions).await;
        let Some(call) = waiting.0.take() else {
            return answer;
        };
        match answer {
            Ok(response) => Ok(tee(response, call)),
            Err(error) => {
                call.end(End::Failed(describe(&error)));
                Err(error)
            }
        }
    }
}

fn describe(error: &Error) -> Failure {
    match error {
        Error::Reqwest(error) => Failure::of_transport(error),
        // Its text may hold anything.
        Error::Middleware(_) => Failure::new("_OTHER", "a middleware failed"),
    }
}
