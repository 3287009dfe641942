//! What the model asks tools for, and what they answer.

use serde_json::Value;

/// A tool that the model asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ToolCall {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    /// The text that the model wrote.
    pub(crate) arguments: Option<String>,
}

/// What a tool answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ToolResult {
    /// The id of the call, or the tool's name where calls have no ids.
    pub(crate) call_id: String,
    pub(crate) output: Value,
}
