//! Tracing of any HTTP client that calls models.
//!
//! [`TraceLayer`] is for tower services of [`reqwest::Request`], `TraceMiddleware` (feature
//! `reqwest-middleware`) for clients of reqwest-middleware, and [`openai::http_service()`] for
//! async-openai. All of them take the same [`TraceOptions`] and record the same spans.
//!
//! A request that is a call of a model becomes a generation, with messages, parameters, tokens and errors. Every
//! other request becomes a plain HTTP client span, and nothing of its bodies is read.
//!
//! [`openai::http_service()`]: crate::openai

mod amend;
mod attempt;
mod call;
mod failure;
mod future;
#[cfg(any(
    feature = "async-openai-040",
    feature = "async-openai-041",
    feature = "async-openai-042",
    feature = "async-openai-043"
))]
pub(crate) mod http_service;
mod layer;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod options;
mod part_buffer;
mod request;
mod request_body;
mod response;
mod service;
mod tee;
mod versions;

pub use attempt::{Attempt, AttemptFuture, AttemptLayer};
pub use future::TraceFuture;
pub use layer::TraceLayer;
#[cfg(feature = "reqwest-middleware")]
pub use middleware::TraceMiddleware;
pub use options::TraceOptions;
pub use request::TracedRequest;
pub use service::Trace;
