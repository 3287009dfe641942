//! HTTP plumbing without knowledge of what is said over it.
//!
//! `factory` and `client` know async-openai's types, `layer`, `service`, `future`, `body`,
//! `request_body` and `attempt` carry a call along, `call` is the call itself, `sharing` what it hands over of a body. What the bytes mean is `wire`'s, what
//! becomes of it the recorder's.

mod attempt;
mod body;
pub(crate) mod call;
#[cfg(any(feature = "async-openai-041", feature = "async-openai-043"))]
mod client;
pub(crate) mod factory;
mod future;
mod layer;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod request_body;
mod service;
pub(crate) mod sharing;
mod usage;

pub use crate::recorder::Failure;
pub use attempt::{Attempt, AttemptFuture, AttemptLayer};
#[cfg(any(feature = "async-openai-041", feature = "async-openai-043"))]
pub use client::{HttpService, http_service};
pub use factory::{BoxFuture, RequestFactory};
pub use future::TraceFuture;
pub use layer::TraceLayer;
#[cfg(feature = "reqwest-middleware")]
pub use middleware::TraceMiddleware;
pub use service::Trace;
