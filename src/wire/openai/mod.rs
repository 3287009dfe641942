//! The API of OpenAI, and of everybody who speaks it.

pub(super) mod assistants;
mod chat;
mod content;
mod embeddings;
pub(super) mod endpoint;
mod error;
mod media;
pub(super) mod provider;
pub(super) mod request;
pub(super) mod response;
mod responses;
mod stream;
mod usage;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
