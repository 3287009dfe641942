//! HTTP plumbing without knowledge of what is said over it.
//!
//! `factory` and `client` know async-openai's types, `layer`, `service`, `future`, `body`,
//! `request_body` and `attempt` carry a call along, `call` is the call itself, `sharing` what it hands over of a body. What the bytes mean is `wire`'s, what
//! becomes of it the recorder's.

mod attempt;
pub(crate) mod call;
mod future;
#[cfg(any(feature = "async-openai-041", feature = "async-openai-043"))]
mod http_service;
mod layer;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
pub(crate) mod part_buffer;
pub(crate) mod request;
mod request_body;
mod service;
mod tee;
mod usage;

pub use crate::recorder::Failure;
pub use attempt::{Attempt, AttemptFuture, AttemptLayer};
pub use future::TraceFuture;
#[cfg(any(feature = "async-openai-041", feature = "async-openai-043"))]
pub use http_service::{HttpService, http_service};
pub use layer::TraceLayer;
#[cfg(feature = "reqwest-middleware")]
pub use middleware::TraceMiddleware;
pub use request::{BoxFuture, RequestFactory};
pub use service::Trace;
