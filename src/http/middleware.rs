//! The middleware of reqwest-middleware that traces.

use reqwest::{Request, Response};
use reqwest_middleware::{Middleware, Next, Result};

use super::call::Call;
use super::options::TraceOptions;
use super::response::Unanswered;

/// Middleware that records every call of a `reqwest_middleware::ClientWithMiddleware` as one span.
///
/// Crates that take such a client are traced like async-openai's. Every pass through the middleware is a
/// call: add it before a retry middleware, so that a call is one span, however often it was attempted.
///
/// # Examples
///
/// ```
/// use reqwest_middleware::ClientBuilder;
/// use tracing_genai::http::TraceMiddleware;
///
/// let client = ClientBuilder::new(reqwest::Client::new())
///     .with(TraceMiddleware::new())
///     .build();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a middleware does nothing until it is given to a client"]
pub struct TraceMiddleware {
    options: TraceOptions,
}

impl TraceMiddleware {
    /// A middleware with the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the options. Defaults to [`TraceOptions::new()`].
    pub fn with_options(mut self, options: TraceOptions) -> Self {
        self.options = options;
        self
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
        let Some(call) = Call::begin(&self.options) else {
            return next.run(request, extensions).await;
        };
        call.request(&mut request);
        let mut call = Unanswered::new(call);
        call.answered(next.run(request, extensions).await)
    }
}
