//! What the wire says about a call, in the words of nobody in particular.
//!
//! The contract between the reading of bytes and everything that uses it: plain values, no names
//! of attributes, no decision about what is recorded. Everything that was not on the wire is
//! absent, nothing is derived except where a field says so. Texts are cut to the limits and free
//! of base64 already.

use std::time::Duration;

use serde_json::{Map, Value};

use super::openai::assistants::Shown;
use crate::model::message::{Message, Part, ToolDefinition, Usage};

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

/// What an answer says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ResponseFacts {
    /// The provider's id of the answer.
    pub(crate) id: Option<String>,
    /// The model that answered.
    pub(crate) model: Option<String>,
    /// The status of a stored answer: `completed`, `queued`, `failed` …
    pub(crate) status: Option<String>,
    /// Why a stored answer is incomplete, in the provider's word.
    pub(crate) incomplete_reason: Option<String>,
    /// One a choice: the provider's word; derived where it has none; `error` where one was
    /// expected and never came.
    pub(crate) finish_reasons: Vec<String>,
    /// One a choice, with the finish reason in the convention's word.
    pub(crate) messages: Vec<Message>,
    pub(crate) usage: Option<Usage>,
    /// What the provider counts beyond that, under its own names.
    pub(crate) usage_details: Map<String, Value>,
    /// What the call cost in US dollars, where the vendor says so.
    pub(crate) cost: Option<f64>,
    /// The tier that served the request.
    pub(crate) service_tier: Option<String>,
    pub(crate) system_fingerprint: Option<String>,
    pub(crate) conversation: Option<String>,
    pub(crate) previous_response: Option<String>,
    pub(crate) background: Option<bool>,
    /// Tools that the caller has to run, of all choices.
    pub(crate) tool_calls: Vec<ToolCall>,
    /// Sources that the answer cites, in the provider's form.
    pub(crate) annotations: Vec<Value>,
    /// What went wrong; also inside an answer that the transport calls a success.
    pub(crate) error: Option<ErrorFacts>,
    /// What came out where there are no messages: a count of embeddings, addresses or markers
    /// of images and sounds, a transcript, the results of a moderation.
    pub(crate) output: Option<Value>,
    /// How many dimensions the embeddings have.
    pub(crate) dimensions: Option<u64>,
    /// Objects of the Assistants API, with the time after the request at which a stream showed them.
    pub(crate) shown: Vec<(Duration, Shown)>,
    /// Whether all that was to come has come: the whole of the body, or the end that the stream
    /// itself declared. `false` without an error is an answer that was cut.
    pub(crate) complete: bool,
}

/// A prompt that the provider keeps.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PromptReference {
    pub(crate) id: String,
    pub(crate) version: Option<String>,
    pub(crate) variables: Map<String, Value>,
}

/// A tool that the model asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ToolCall {
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    /// Structured wherever the model wrote valid JSON.
    pub(crate) arguments: Option<Value>,
}

/// What a tool answered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ToolResult {
    pub(crate) call_id: String,
    pub(crate) output: Value,
}

/// What went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorFacts {
    /// The provider's `type`.
    pub(crate) kind: Option<String>,
    /// The provider's `code`, also a numeric one.
    pub(crate) code: Option<String>,
    /// At most 1,000 characters, from a body that was understood.
    pub(crate) message: Option<String>,
    pub(crate) param: Option<String>,
    /// The request's id, where the body names it.
    pub(crate) request_id: Option<String>,
}

impl ErrorFacts {
    /// A name for the error that few errors share with it: its code, unless that is a mere number
    /// and there is a type. Absent: the status of the response has to do.
    pub(crate) fn name(&self) -> Option<&str> {
        let number = |code: &&str| code.bytes().all(|byte| byte.is_ascii_digit());
        let code = self.code.as_deref();
        code.filter(|code| !number(code))
            .or(self.kind.as_deref())
            .or(code)
    }
}
