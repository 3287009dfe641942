//! What a request asks for.

use serde_json::{Map, Value};

use super::tools::ToolResult;
use crate::model::message::{Message, Part, ToolDefinition};

/// What a request asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RequestFacts {
    /// The model, or the deployment that the path names.
    pub(crate) model: Option<String>,
    /// Every parameter that was sent, by its name on the wire; members of `reasoning` and `text`
    /// as `reasoning_effort`, `verbosity` and so on. No content, and nothing that has no value.
    pub(crate) parameters: Vec<(String, Value)>,
    /// What was sent beside messages and input and quotes or instructs like them.
    pub(crate) content_parameters: Vec<(String, Value)>,
    /// How many choices were asked for, where there are any; `None` if that cannot be told.
    pub(crate) choices: Option<u64>,
    /// Whether the answer should be streamed.
    pub(crate) stream: bool,
    /// `stream_options.include_usage`.
    pub(crate) include_usage: Option<bool>,
    pub(crate) messages: Vec<Message>,
    /// Instructions given apart from the messages.
    pub(crate) system_instructions: Vec<Part>,
    pub(crate) tools: Vec<ToolDefinition>,
    /// The form of content that was asked for, in the words of the convention.
    pub(crate) output_type: Option<&'static str>,
    /// The name of the JSON schema that the answer has to follow.
    pub(crate) schema_name: Option<String>,
    /// The conversation that the call belongs to.
    pub(crate) conversation: Option<String>,
    /// The stored answer that the call continues.
    pub(crate) previous_response: Option<String>,
    /// The reusable prompt that the provider keeps.
    pub(crate) prompt: Option<PromptReference>,
    /// Whether the answer is made in the background.
    pub(crate) background: Option<bool>,
    pub(crate) service_tier: Option<String>,
    /// What the caller wants to be remembered with the call.
    pub(crate) metadata: Map<String, Value>,
    /// Forms in which embeddings were asked for.
    pub(crate) encoding_formats: Vec<String>,
    /// How many dimensions embeddings should have.
    pub(crate) dimensions: Option<u64>,
    /// What went in where there are no messages: texts to embed, the description of an image,
    /// the text to speak, what to moderate. Tokens are counts, files are markers.
    pub(crate) input: Option<Value>,
    /// Results of tools that an earlier answer asked for. Chat Completions repeats those of the
    /// whole conversation.
    pub(crate) tool_results: Vec<ToolResult>,
    /// The assistant that shall run.
    pub(crate) agent_id: Option<String>,
    /// What a new assistant is called.
    pub(crate) agent_name: Option<String>,
    /// Whether all of the body was read, if there was one.
    pub(crate) complete: bool,
}

/// A prompt that the provider keeps.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PromptReference {
    pub(crate) id: String,
    pub(crate) version: Option<String>,
    pub(crate) variables: Map<String, Value>,
}
