//! Calls and objects of the Assistants API, as those need them who follow runs.

use std::time::Duration;

use serde_json::{Map, Value};

use super::error::ErrorFacts;
use super::tools::ToolCall;
use crate::model::message::{Message, Part, ToolDefinition, Usage};

/// A call of the Assistants API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AssistantsEndpoint {
    AssistantCreate,
    /// Assistants: listing, reading, changing, deleting.
    Assistant,
    ThreadCreate,
    /// A thread: reading, changing, deleting.
    Thread,
    MessageCreate,
    /// Messages of a thread: listing, reading, changing, deleting.
    Message,
    RunCreate,
    /// A thread and its first run at once.
    ThreadAndRun,
    RunList,
    RunRetrieve,
    RunModify,
    RunCancel,
    RunSubmitToolOutputs,
    RunSteps,
}

/// An object of the Assistants API, or news of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AssistantsObject {
    Assistant(AssistantObject),
    /// A thread, by its id.
    Thread(String),
    Message(MessageObject),
    Run(Box<RunObject>),
    Step(Box<StepObject>),
    /// The first piece of a message or step of this id has come on a stream.
    Begun(String),
    /// Whatever the path names is no more.
    Deleted,
    /// Something of the API in which there is nothing to see: a page with nothing on it.
    Nothing,
}

/// Who answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct AssistantObject {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
}

/// A message of a thread.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct MessageObject {
    pub(crate) id: Option<String>,
    pub(crate) thread_id: Option<String>,
    /// The run that wrote it.
    pub(crate) run_id: Option<String>,
    pub(crate) created_at: Option<Duration>,
    pub(crate) role: String,
    pub(crate) parts: Vec<Part>,
    /// Whether more of it may come.
    pub(crate) is_partial: bool,
}

impl MessageObject {
    pub(crate) fn message(&self) -> Message {
        Message::new(self.role.as_str(), self.parts.iter().cloned())
    }
}

/// A run as it was at some moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RunObject {
    pub(crate) id: String,
    pub(crate) thread_id: Option<String>,
    pub(crate) assistant_id: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) instructions: Option<String>,
    pub(crate) created_at: Option<Duration>,
    pub(crate) started_at: Option<Duration>,
    pub(crate) expires_at: Option<Duration>,
    /// Completed, failed or cancelled.
    pub(crate) ended_at: Option<Duration>,
    /// What the caller has to run before it goes on.
    pub(crate) required: Vec<ToolCall>,
    pub(crate) error: Option<ErrorFacts>,
    pub(crate) incomplete_reason: Option<String>,
    pub(crate) usage: Option<Usage>,
    pub(crate) tools: Vec<ToolDefinition>,
    pub(crate) parameters: Vec<(String, Value)>,
    pub(crate) metadata: Map<String, Value>,
}

impl RunObject {
    /// Whether it will never change again.
    pub(crate) fn is_over(&self) -> bool {
        self.status.as_deref().is_some_and(is_final)
    }
}

/// Whether a run of this status will never change again.
fn is_final(status: &str) -> bool {
    matches!(
        status,
        "completed" | "failed" | "incomplete" | "cancelled" | "expired"
    )
}

/// One step of a run as it was at some moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StepObject {
    pub(crate) id: String,
    pub(crate) run_id: Option<String>,
    pub(crate) thread_id: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) created_at: Option<Duration>,
    /// Completed, failed, cancelled or expired.
    pub(crate) ended_at: Option<Duration>,
    /// The message that it wrote.
    pub(crate) message_id: Option<String>,
    /// The tools that it used.
    pub(crate) calls: Vec<StepCall>,
    pub(crate) error: Option<ErrorFacts>,
    pub(crate) usage: Option<Usage>,
}

/// A tool that a step used.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StepCall {
    pub(crate) id: Option<String>,
    /// `function`, `code_interpreter`, `file_search` or what else the server has.
    pub(crate) kind: String,
    pub(crate) name: String,
    /// Of a function, the text that the model wrote.
    pub(crate) arguments: Option<Value>,
    /// Absent until it has come.
    pub(crate) result: Option<Value>,
}

impl StepCall {
    /// Whether the caller runs it, between two requests.
    pub(crate) fn is_function(&self) -> bool {
        self.kind == "function"
    }
}
