//! Bytes in, facts out.
//!
//! The contract: pure and lenient. Nothing here knows of spans, attributes, clocks, threads or
//! settings; a field of the wrong type is absent and no bytes whatsoever are an error or a panic;
//! bodies of any size are read as they pass, in bounded memory, and any split of the bytes gives
//! the same facts. What a request is: [`recognise`], once for each call. What it asks for:
//! [`RequestReader`]. What came back: [`ResponseReader`], which finds out by itself whether that is
//! JSON, a stream, text or sound.
//!
//! Who needs whom, from below: `media`, `limits`, `fields` and `facts`; `framing`, which puts bytes together;
//! `content`, `error`, `parameters` and `usage`, which every dialect shares; `dialect`, what a dialect has to
//! provide, and `endpoint`, what it recognises; one folder for each dialect; `recognise` with their
//! list; and the readers.

mod anthropic;
mod bedrock;
mod cohere;
mod content;
mod dialect;
mod endpoint;
mod error;
mod evidence;
mod facts;
mod fields;
mod framing;
mod gemini;
mod halves;
mod inflate;
mod limits;
mod mcp;
mod media;
mod mistral;
mod ollama;
mod openai;
mod parameters;
mod provider;
mod recognise;
mod request;
mod response;
mod route;
mod stream;
mod tgi;
mod translated;
mod usage;
mod verdict;

pub(crate) use dialect::ResponseHead;
pub(crate) use endpoint::{Endpoint, RequestHead};
pub(crate) use facts::{
    AssistantObject, AssistantsEndpoint, AssistantsObject, ErrorFacts, McpMessage, McpSubject,
    MessageObject, RequestFacts, ResponseFacts, RunObject, StepCall, StepObject, StoredAnswer,
    ToolCall, ToolResult,
};
pub(crate) use framing::tail::BYTES as TAIL_BYTES;
pub(crate) use limits::Limits;
pub(crate) use media::Media;
pub(crate) use recognise::recognise;
pub(crate) use request::RequestReader;
pub(crate) use response::{BodyEnd, ResponseReader};

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
