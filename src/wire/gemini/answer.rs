//! An answer, put together from chunks; a whole answer is one chunk.
//!
//! The contract: counts are replaced by those that know more, never added up; what identifies the answer is
//! the first word of the wire. The format has no end marker: it is over once every candidate that came says
//! why it ended, or the prompt was blocked.

use std::time::Duration;

use serde_json::Value;

use super::finish::{Ending, blocked_prompt};
use super::partial::PartialCall;
use super::parts;
use super::pieces::Pieces;
use crate::conventions::error_type::NO_ANSWER;
use crate::model::message::Message;
use crate::wire::dialect::{Activity, Assembler, StreamEnd};
use crate::wire::facts::{ErrorFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::framing::tail;
use crate::wire::limits::{Budget, Limits};
use crate::wire::{error, usage, verdict};

/// What a candidate costs beside its content.
const ENTRY_BYTES: usize = 512;

#[derive(Debug)]
pub(super) struct Answer {
    budget: Budget,
    candidates: Vec<Candidate>,
    id: Option<String>,
    model: Option<String>,
    usage: Option<Object>,
    /// Why there is no answer to the prompt.
    block: Option<String>,
    error: Option<ErrorFacts>,
}

#[derive(Debug, Default)]
struct Candidate {
    index: u64,
    pieces: Pieces,
    /// A call that is still being written.
    open_call: Option<PartialCall>,
    finish_reason: Option<String>,
    finish_message: Option<String>,
}

impl Candidate {
    fn part(&mut self, part: Value, budget: &mut Budget) -> Activity {
        match PartialCall::take(&mut self.open_call, part, budget) {
            Ok((activity, call)) => {
                if let Some(call) = call {
                    self.pieces.part(call, budget);
                }
                activity
            }
            Err(part) => match parts::any(part) {
                Some(part) => self.pieces.part(part, budget),
                None => Activity::Nothing,
            },
        }
    }
}

impl Answer {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            budget: limits.budget(),
            candidates: Vec::new(),
            id: None,
            model: None,
            usage: None,
            block: None,
            error: None,
        }
    }

    pub(super) fn chunk(&mut self, mut chunk: Object) -> Activity {
        if let Some(error) = error::of_object(&mut chunk) {
            self.error.get_or_insert(error);
        }
        self.id = self.id.take().or_else(|| chunk.id("responseId"));
        self.model = self.model.take().or_else(|| chunk.word("modelVersion"));
        usage::merge(&mut self.usage, chunk.object("usageMetadata"));
        if let Some(mut feedback) = chunk.object("promptFeedback")
            && let Some(reason) = feedback.word("blockReason")
        {
            let sentence = feedback.word("blockReasonMessage");
            let block = blocked_prompt(&reason, sentence.as_deref());
            self.block.get_or_insert(block);
        }
        let candidates = objects(chunk.list("candidates"));
        candidates
            .enumerate()
            .map(|(position, candidate)| self.candidate(position as u64, candidate))
            .max()
            .unwrap_or_default()
    }

    fn candidate(&mut self, position: u64, mut fields: Object) -> Activity {
        let index = fields.count("index").unwrap_or(position);
        let known = self.candidates.iter().position(|one| one.index == index);
        let place = known.or_else(|| {
            self.budget.affords(ENTRY_BYTES).then(|| {
                self.candidates.push(Candidate {
                    index,
                    ..Candidate::default()
                });
                self.candidates.len() - 1
            })
        });
        let Some(candidate) = place.and_then(|place| self.candidates.get_mut(place)) else {
            return Activity::Nothing;
        };
        let reason = fields.word("finishReason");
        let reason = reason.filter(|reason| reason != "FINISH_REASON_UNSPECIFIED");
        candidate.finish_reason = reason.or(candidate.finish_reason.take());
        let sentence = fields.word("finishMessage");
        candidate.finish_message = sentence.or(candidate.finish_message.take());
        let mut content = fields.object("content").unwrap_or_default();
        let parts = parts::list(&mut content).into_iter();
        parts
            .map(|part| candidate.part(part, &mut self.budget))
            .max()
            .unwrap_or_default()
    }

    /// Whether everything that came has ended.
    fn is_finished(&self) -> bool {
        let mut candidates = self.candidates.iter();
        self.error.is_some()
            || self.block.is_some()
            || !self.candidates.is_empty() && candidates.all(|one| one.finish_reason.is_some())
    }

    pub(super) fn finish(mut self, complete: bool) -> ResponseFacts {
        let mut facts = ResponseFacts {
            id: self.id,
            model: self.model,
            error: self.error,
            complete,
            ..ResponseFacts::default()
        };
        if let Some(counts) = self.usage {
            usage::read(counts, &mut facts);
        }
        let cut = !complete || facts.error.is_some();
        self.candidates.sort_by_key(|candidate| candidate.index);
        if let Some(block) = self.block {
            facts.warning = Some(block);
            if self.candidates.is_empty() {
                let word = Ending::Blocked.word();
                let message = Message::new("assistant", []).with_finish_reason(word);
                facts.messages.push(message);
                facts.finish_reasons.push(word.to_owned());
            }
        } else if self.candidates.is_empty() && cut {
            facts.finish_reasons.push("error".into());
        }
        let any = self
            .candidates
            .iter()
            .any(|candidate| candidate.finish_reason.is_some());
        let mut failure = None;
        for mut candidate in self.candidates {
            if let Some(call) = candidate.open_call.take() {
                candidate.pieces.part(call.finish(), &mut self.budget);
            }
            let ending = candidate.finish_reason.as_deref().map(Ending::of);
            let (parts, calls) = candidate.pieces.finish();
            let mut message = Message::new("assistant", parts);
            message.finish_reason = match ending {
                Some(Ending::Stop) if !calls.is_empty() => Some("tool_call".into()),
                Some(ending) => Some(ending.word().into()),
                None => cut.then(|| "error".into()),
            };
            facts.messages.push(message);
            facts.tool_calls.extend(calls);
            let sentence = candidate.finish_message.as_deref();
            if let (Some(ending), Some(reason)) = (ending, &candidate.finish_reason)
                && let Some(complaint) = ending.complaint(reason, sentence)
                && failure.is_none()
            {
                failure = Some((ending, reason.clone(), complaint));
            }
            let or_error = || (cut || any).then(|| "error".to_owned());
            let reason = candidate.finish_reason.or_else(or_error);
            facts.finish_reasons.extend(reason);
        }
        if let Some((ending, reason, complaint)) = failure.filter(|_| !cut) {
            judge(&mut facts, ending, &reason, &complaint);
        }
        if facts.messages.is_empty() && complete && facts.error.is_none() {
            let sentence = "the answer has no `candidates`";
            facts.error = Some(error::of_ours(NO_ANSWER, sentence));
        }
        facts
    }
}

/// Judges an answer that did not end well. What was blocked has been worked for, so it is no error.
fn judge(facts: &mut ResponseFacts, ending: Ending, reason: &str, complaint: &str) {
    let complaint = error::of_ours(NO_ANSWER, complaint);
    if ending == Ending::Blocked || verdict::has_content(facts) {
        facts.warning = facts.warning.take().or(complaint.message);
    } else {
        facts.error = Some(ErrorFacts {
            code: Some(reason.to_owned()),
            ..complaint
        });
    }
}

/// Adds why it ended to the only candidate of an answer of which the middle was not read.
pub(super) fn restore_finish_reason(fields: &mut Object, end: &[u8]) {
    if let Some(Value::Array(candidates)) = fields.get_mut("candidates")
        && let [Value::Object(candidate)] = candidates.as_mut_slice()
        && let Some(mut end) = tail::end_of(r#"{"candidates":[{"#, "finishReason", end)
        && let Some(Value::Object(mut last)) = end.list("candidates").into_iter().next()
        && let Some(reason) = last.value("finishReason")
    {
        candidate.entry("finishReason").or_insert(reason);
    }
}

impl Assembler for Answer {
    fn event(&mut self, _name: &str, event: Object, _at: Duration) -> Activity {
        self.chunk(event)
    }

    fn is_over(&self) -> bool {
        // The counts come with the reasons.
        self.is_finished() && self.usage.is_some()
    }

    fn end_of_event(&self, end: &[u8]) -> Option<ResponseFacts> {
        // The last element of an array.
        let end = end.trim_ascii_end();
        let end = end.strip_suffix(b"]").unwrap_or(end).trim_ascii_end();
        let mut fields = tail::members(end);
        if !fields.contains_key("usageMetadata") {
            return None;
        }
        fields.insert(
            "candidates".into(),
            Value::Array(vec![Value::Object(Object::new())]),
        );
        restore_finish_reason(&mut fields, end);
        let mut answer = Self::new(Limits::unbounded());
        answer.chunk(fields);
        let complete = answer.is_finished();
        Some(answer.finish(complete))
    }

    fn finish(self: Box<Self>, _end: StreamEnd) -> ResponseFacts {
        let complete = self.is_finished();
        (*self).finish(complete)
    }
}
