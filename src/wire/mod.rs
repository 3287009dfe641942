//! Bytes in, facts out.
//!
//! The contract: pure and lenient. Nothing here knows of spans, attributes, clocks, threads or
//! settings; a field of the wrong type is absent and no bytes whatsoever are an error or a panic;
//! bodies of any size are read as they pass, in bounded memory, and any split of the bytes gives
//! the same facts. What a call is: [`Endpoint`]. What was asked: [`RequestReader`]. What came
//! back: [`ResponseReader`], which finds out by itself whether that is JSON, a stream, text or
//! sound.

mod assistants;
mod base64;
mod chat;
mod content;
mod embeddings;
mod endpoint;
mod error;
mod facts;
mod fields;
mod json;
mod limits;
mod media;
mod multipart;
mod provider;
mod request;
mod response;
mod responses;
mod sse;
mod stream;
mod tail;
mod usage;

pub(crate) use assistants::{MessageObject, RunObject, Shown, StepCall, StepObject};
pub(crate) use endpoint::{Endpoint, Kind};
pub(crate) use facts::{ErrorFacts, RequestFacts, ResponseFacts, ToolCall, ToolResult};
pub(crate) use limits::Limits;
pub(crate) use provider::provider;
pub(crate) use request::RequestReader;
pub(crate) use response::{End, Head, ResponseReader};
pub(crate) use tail::BYTES as TAIL_BYTES;

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
