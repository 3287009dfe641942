//! The tower layer that traces.

use tower_layer::Layer;

use super::options::TraceOptions;
use super::service::Trace;

/// Layer that records every call of an HTTP client as one span.
///
/// Applies to any `Service<reqwest::Request>` with `reqwest::Response` as its response, such as
/// [`reqwest::Client`] itself or a `tower::ServiceBuilder` stack above it, and to stacks of async-openai's
/// middleware. Put it *outside* a retry layer: a call is then one span with its final outcome, however often it
/// was attempted. Inside the retry layer, every attempt would be a span of its own. An
/// [`AttemptLayer`](super::AttemptLayer) inside the retry layer adds the failed attempts as events.
///
/// The caller gets the same response as without the layer, byte for byte and just as early.
///
/// # Examples
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// use std::time::Duration;
///
/// use tower::{Service, ServiceBuilder, ServiceExt};
/// use tracing_genai::http::TraceLayer;
///
/// let client = reqwest::Client::new();
/// let mut service = ServiceBuilder::new()
///     .layer(TraceLayer::new())
///     .timeout(Duration::from_secs(60))
///     .service(client.clone());
///
/// let request = client
///     .post("https://api.openai.com/v1/chat/completions")
///     .header("content-type", "application/json")
///     .body(r#"{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "What is 2 + 2?"}]}"#)
///     .build()?;
/// let response = service.ready().await?.call(request).await?;
/// # Ok(())
/// # }
/// ```
///
/// ```text
/// chat gpt-4o-mini  generation  14 → 7 tokens  612ms
///   input   What is 2 + 2?
///   output  2 + 2 = 4
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing until it is given to a service"]
pub struct TraceLayer {
    options: TraceOptions,
}

impl TraceLayer {
    /// A layer with the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the options. Defaults to [`TraceOptions::new()`].
    pub fn with_options(mut self, options: TraceOptions) -> Self {
        self.options = options;
        self
    }
}

impl<S> Layer<S> for TraceLayer {
    type Service = Trace<S>;

    fn layer(&self, inner: S) -> Trace<S> {
        Trace::new(inner, self.options.clone())
    }
}
