//! What the wire says about a call, in the words of nobody in particular.
//!
//! The contract between the reading of bytes and everything that uses it: plain values, no names
//! of attributes, no decision about what is recorded. Everything that was not on the wire is
//! absent, nothing is derived except where a field says so. Texts are cut to the limits and free
//! of base64 already.

mod assistants;
mod error;
mod request;
mod response;
mod tools;

pub(crate) use assistants::{
    AssistantObject, AssistantsEndpoint, AssistantsObject, MessageObject, RunObject, StepCall,
    StepObject,
};
pub(crate) use error::ErrorFacts;
pub(crate) use request::{PromptReference, RequestFacts};
pub(crate) use response::{ResponseFacts, StoredAnswer};
pub(crate) use tools::{ToolCall, ToolResult};
