//! What the wire says about a call, in terms that belong to no provider.
//!
//! The contract between the code that reads bytes and the code that uses what was read: plain values,
//! no attribute names, no decision about what is recorded. What was not on the wire is absent, and
//! nothing is derived unless a field says so. Texts are already truncated to the limits and free of
//! base64.

mod assistants;
mod error;
mod mcp;
mod request;
mod response;
mod tools;

pub(crate) use assistants::{
    AssistantObject, AssistantsEndpoint, AssistantsObject, MessageObject, RunObject, StepCall,
    StepObject,
};
pub(crate) use error::ErrorFacts;
pub(crate) use mcp::{McpMessage, McpSubject};
pub(crate) use request::{PromptReference, RequestFacts};
pub(crate) use response::{ResponseFacts, StoredAnswer};
pub(crate) use tools::{ToolCall, ToolResult};
