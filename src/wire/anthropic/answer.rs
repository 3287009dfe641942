//! A message that the model wrote → what the answer says.

use crate::model::message::{Message, Part};
use crate::wire::facts::{ErrorFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object};
use crate::wire::{content, error, usage};

use super::blocks;

/// Reads a whole answer.
pub(in crate::wire) fn whole(mut fields: Object, complete: bool) -> ResponseFacts {
    let error = error::of_object(&mut fields);
    message(fields, error, complete)
}

/// Reads a message, which may have been put together from a stream.
pub(super) fn message(
    mut fields: Object,
    error: Option<ErrorFacts>,
    complete: bool,
) -> ResponseFacts {
    let is_cut = !complete || error.is_some();
    let mut facts = ResponseFacts {
        id: fields.id("id"),
        model: fields.word("model"),
        error,
        complete,
        ..ResponseFacts::default()
    };
    if let Some(counts) = fields.object("usage") {
        usage::read(counts, &mut facts);
    }
    let content = fields.value("content").unwrap_or_default();
    let blocks = content.as_array().into_iter().flatten();
    facts.annotations = blocks.flat_map(blocks::citations).collect();
    let mut parts = blocks::all(content);
    let reason = fields.word("stop_reason");
    let details = fields.object("stop_details");
    let explanation = details.and_then(|mut details| details.word("explanation"));
    parts.extend(explanation.map(Part::refusal));
    facts.tool_calls = parts.iter().filter_map(content::call_of).collect();
    if !parts.is_empty() || reason.is_some() {
        let mut message = Message::new("assistant", parts);
        message.finish_reason = match &reason {
            Some(reason) => Some(of_the_conventions(reason).to_owned()),
            None => is_cut.then(|| "error".to_owned()),
        };
        facts.messages.push(message);
    }
    let or_error = || is_cut.then(|| "error".to_owned());
    facts.finish_reasons = reason.or_else(or_error).into_iter().collect();
    facts
}

/// A reason to stop in the word of the conventions, where they have one.
fn of_the_conventions(reason: &str) -> &str {
    match reason {
        "end_turn" | "stop_sequence" => "stop",
        "max_tokens" | "model_context_window_exceeded" => "length",
        "tool_use" => "tool_call",
        "refusal" | "guardrail_intervened" | "content_filtered" => "content_filter",
        reason => reason,
    }
}
