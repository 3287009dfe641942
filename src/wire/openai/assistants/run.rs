//! Runs and their steps.
//!
//! The contract: a count that is not there is not made up. A run has no usage before it has ended,
//! and the counts of its steps add up to it.

use std::time::Duration;

use serde_json::Value;

use super::call::{calls, required};
use super::time::time;
use crate::text::secret_fields::without_secrets;
use crate::wire::facts::{ResponseFacts, RunObject, StepObject};
use crate::wire::fields::{Fields, Object, into_object, objects};
use crate::wire::openai::tools;
use crate::wire::{error, usage};

/// Parameters of a run beside instructions and tools.
const PARAMETERS: [&str; 5] = [
    "temperature",
    "top_p",
    "max_prompt_tokens",
    "max_completion_tokens",
    "reasoning_effort",
];

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
        tools: tools::definitions(fields.list("tools")),
        parameters: parameters(&mut fields),
        metadata: fields
            .object("metadata")
            .and_then(|metadata| into_object(without_secrets(Value::Object(metadata))))
            .unwrap_or_default(),
    })
}

/// The parameters of a run, or of a request that creates it or its assistant.
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
