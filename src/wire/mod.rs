//! Bytes in, facts out.
//!
//! The contract: pure and lenient. Nothing here knows of spans, attributes, clocks, threads or
//! settings; a field of the wrong type is absent and no bytes whatsoever are an error or a panic;
//! bodies of any size are read as they pass, in bounded memory, and any split of the bytes gives
//! the same facts. What a call is: [`Endpoint`]. What was asked: [`RequestReader`]. What came
//! back: [`ResponseReader`], which finds out by itself whether that is JSON, a stream, text or
//! sound.

mod facts;
mod fields;
mod framing;
mod limits;
mod openai;

pub(crate) use facts::{ErrorFacts, RequestFacts, ResponseFacts, ToolCall, ToolResult};
pub(crate) use framing::tail::BYTES as TAIL_BYTES;
pub(crate) use limits::Limits;
pub(crate) use openai::assistants::{MessageObject, RunObject, Shown, StepCall, StepObject};
pub(crate) use openai::endpoint::{Endpoint, Kind};
pub(crate) use openai::provider::provider;
pub(crate) use openai::request::RequestReader;
pub(crate) use openai::response::{End, Head, ResponseReader};

#[cfg(test)]
mod tests;
