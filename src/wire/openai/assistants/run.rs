//! Runs and their steps.
//!
//! The contract: a count that is not there is not made up. A run has no usage before it has ended,
//! and the counts of its steps add up to it.

use std::time::Duration;

use serde_json::{Map, Value};

use super::call::{StepCall, calls, required};
use super::time;
use crate::model::message::{ToolDefinition, Usage};
use crate::wire::facts::{ErrorFacts, ResponseFacts, ToolCall};
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::openai::error;
use crate::wire::openai::{request, usage};

/// What a run was told beside instructions and tools.
const PARAMETERS: [&str; 5] = [
    "temperature",
    "top_p",
    "max_prompt_tokens",
    "max_completion_tokens",
    "reasoning_effort",
];

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

pub(super) fn run(mut fields: Object) -> Option<RunObject> {
    let mut counts = ResponseFacts::default();
    if let Some(usage) = fields.object("usage") {
        usage::read(usage, &mut counts);
    }
    let waiting = fields
        .object("required_action")
        .and_then(|mut action| action.object("submit_tool_outputs"))
        .map(|mut outputs| outputs.list("tool_calls"))
        .unwrap_or_default();
    Some(RunObject {
        id: fields.id("id")?,
        thread_id: fields.id("thread_id"),
        assistant_id: fields.id("assistant_id"),
        status: fields.word("status"),
        model: fields.word("model"),
        instructions: fields.word("instructions"),
        created_at: time(&mut fields, "created_at"),
        started_at: time(&mut fields, "started_at"),
        expires_at: time(&mut fields, "expires_at"),
        ended_at: ended_at(&mut fields),
        required: objects(waiting).filter_map(required).collect(),
        error: fields.object("last_error").map(error::of_fields),
        incomplete_reason: fields
            .object("incomplete_details")
            .and_then(|mut details| details.word("reason")),
        usage: counts.usage,
        tools: request::tools(fields.list("tools")),
        parameters: parameters(&mut fields),
        metadata: fields.object("metadata").unwrap_or_default(),
    })
}

/// What a run was told, also in the request that makes it or its assistant.
pub(super) fn parameters(fields: &mut Object) -> Vec<(String, Value)> {
    PARAMETERS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), fields.value(name)?)))
        .collect()
}

pub(super) fn step(mut fields: Object) -> Option<StepObject> {
    let mut counts = ResponseFacts::default();
    if let Some(usage) = fields.object("usage") {
        usage::read(usage, &mut counts);
    }
    let mut details = fields.object("step_details").unwrap_or_default();
    Some(StepObject {
        id: fields.id("id")?,
        run_id: fields.id("run_id"),
        thread_id: fields.id("thread_id"),
        status: fields.word("status"),
        created_at: time(&mut fields, "created_at"),
        ended_at: ended_at(&mut fields),
        message_id: details
            .object("message_creation")
            .and_then(|mut message| message.id("message_id")),
        calls: calls(details.list("tool_calls")),
        error: fields.object("last_error").map(error::of_fields),
        usage: counts.usage,
    })
}

/// Some write when it expired in place of when it would.
fn ended_at(fields: &mut Object) -> Option<Duration> {
    let has_expired = fields.peek("status") == Some("expired");
    let expired = time(fields, "expired_at").filter(|_| has_expired);
    ["completed_at", "failed_at", "cancelled_at"]
        .into_iter()
        .filter_map(|key| time(fields, key))
        .next()
        .or(expired)
}
