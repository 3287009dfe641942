//! What a request asks for.

use serde_json::{Map, Value};

use super::mcp::McpSubject;
use super::tools::ToolResult;
use crate::model::message::{Message, Part, ToolDefinition};
use crate::wire::media::Media;

/// What a request asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RequestFacts {
    /// The model, or the deployment that the path names.
    pub(crate) model: Option<String>,
    /// Every parameter that was sent, by its name on the wire; members of `reasoning` and `text`
    /// as `reasoning_effort`, `verbosity` and so on. No content, and nothing that has no value.
    pub(crate) parameters: Vec<(String, Value)>,
    /// Other parameters whose values are content: they quote or instruct as messages do.
    pub(crate) content_parameters: Vec<(String, Value)>,
    /// How many choices were requested, where the API has choices; `None` if that is not known.
    pub(crate) choices: Option<u64>,
    /// Whether the answer should be streamed.
    pub(crate) stream: bool,
    pub(crate) messages: Vec<Message>,
    /// Instructions given apart from the messages.
    pub(crate) system_instructions: Vec<Part>,
    pub(crate) tools: Vec<ToolDefinition>,
    /// The type of content that was requested, in the convention's word.
    pub(crate) output_type: Option<&'static str>,
    /// The name of the JSON schema that the answer must follow.
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
    /// Metadata that the caller attached to the call.
    pub(crate) metadata: Map<String, Value>,
    /// Formats in which embeddings were requested.
    pub(crate) encoding_formats: Vec<String>,
    /// What went in where there are no messages: texts to embed, the description of an image,
    /// the text to speak, what to moderate. Tokens are counts, files are markers.
    pub(crate) input: Option<Value>,
    /// Results of tools that an earlier answer called. Chat Completions repeats those of the whole
    /// conversation.
    pub(crate) tool_results: Vec<ToolResult>,
    /// The assistant that is to run.
    pub(crate) agent_id: Option<String>,
    /// The name of a new assistant.
    pub(crate) agent_name: Option<String>,
    /// What the new assistant is for.
    pub(crate) agent_description: Option<String>,
    /// Of a message of the Model Context Protocol: what it is about.
    pub(crate) mcp: McpSubject,
    /// Inline bytes that the markers above stand for, if somebody wants them.
    pub(crate) media: Media,
    /// Whether the whole body was read, if there was one.
    pub(crate) complete: bool,
}

/// A prompt that the provider keeps.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PromptReference {
    pub(crate) id: String,
    pub(crate) version: Option<String>,
    pub(crate) variables: Map<String, Value>,
}
