//! HTTP plumbing without knowledge of what is said over it.
//!
//! `factory` and `client` know async-openai's types, `layer`, `service`, `future`, `body` and
//! `attempt` carry a call along, `call` is the call itself. What the bytes mean is `wire`'s, what
//! becomes of it the recorder's.

mod attempt;
mod body;
pub(crate) mod call;
#[cfg(any(feature = "async-openai-041", feature = "async-openai-043"))]
mod client;
pub(crate) mod factory;
mod future;
mod layer;
mod service;

pub use attempt::{Attempt, AttemptFuture, AttemptLayer};
#[cfg(any(feature = "async-openai-041", feature = "async-openai-043"))]
pub use client::{HttpService, http_service};
pub use factory::RequestFactory;
pub use future::TraceFuture;
pub use layer::TraceLayer;
pub use service::Trace;
