//! A chat answer, put together from chunks; a whole answer is one chunk.
//!
//! The contract: what counts is the last word of the wire (counts are replaced, never added up, and only by
//! what knows more) and the first for what identifies the answer; nothing is expected in any particular
//! chunk.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::choice::Choice;
use crate::wire::dialect::{Activity, Assembler, StreamEnd};
use crate::wire::error;
use crate::wire::facts::{ErrorFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::limits::{Budget, Limits};
use crate::wire::usage;

/// No server gives more choices.
const MOST_CHOICES: u64 = 128;

#[derive(Debug)]
pub(in crate::wire) struct Answer {
    budget: Budget,
    choices: Vec<Choice>,
    id: Option<String>,
    model: Option<String>,
    service_tier: Option<String>,
    system_fingerprint: Option<String>,
    usage: Option<Object>,
    vendor_usage: Option<Object>,
    error: Option<ErrorFacts>,
}

impl Answer {
    pub(in crate::wire) fn new(limits: Limits) -> Self {
        Self {
            budget: limits.budget(),
            choices: Vec::new(),
            id: None,
            model: None,
            service_tier: None,
            system_fingerprint: None,
            usage: None,
            vendor_usage: None,
            error: None,
        }
    }

    pub(in crate::wire) fn chunk(&mut self, mut chunk: Object) -> Activity {
        if let Some(error) = error::of_object(&mut chunk) {
            self.error.get_or_insert(error);
        }
        // Azure's first chunk has empty ones.
        self.id = self.id.take().or_else(|| chunk.id("id"));
        self.model = self.model.take().or_else(|| chunk.word("model"));
        self.service_tier = chunk.word("service_tier").or(self.service_tier.take());
        self.system_fingerprint = chunk
            .word("system_fingerprint")
            .or(self.system_fingerprint.take());
        usage::merge(&mut self.usage, chunk.object("usage"));
        let groq = chunk
            .object("x_groq")
            .and_then(|mut groq| groq.object("usage"));
        usage::merge(&mut self.vendor_usage, groq);

        let choices = objects(chunk.list("choices"));
        choices
            .enumerate()
            .map(|(position, choice)| self.choice(position as u64, choice))
            .max()
            .unwrap_or_default()
    }

    fn choice(&mut self, position: u64, mut fields: Object) -> Activity {
        if let Some(error) = error::of_object(&mut fields) {
            self.error.get_or_insert(error);
        }
        // Moonshot counts here.
        usage::merge(&mut self.vendor_usage, fields.object("usage"));
        let index = fields.count("index").unwrap_or(position);
        let known = self.choices.iter().position(|choice| choice.index == index);
        let choice = match known {
            Some(known) => self.choices.get_mut(known),
            None => Choice::new(index, &mut self.budget)
                .map(|choice| {
                    self.choices.push(choice);
                    self.choices.len() - 1
                })
                .and_then(|last| self.choices.get_mut(last)),
        };
        let Some(choice) = choice else {
            return Activity::Nothing;
        };
        choice.finish_reason = fields.word("finish_reason").or(choice.finish_reason.take());
        let mut activity = match fields.object("delta") {
            Some(delta) => choice.delta(delta, &mut self.budget),
            None => Activity::Nothing,
        };
        if let Some(text) = fields.word("text") {
            activity = activity.max(choice.text(&text, &mut self.budget));
        }
        // Beside a delta, or after one, it repeats what the deltas said.
        if let Some(message) = fields.object("message").filter(|_| choice.is_empty()) {
            activity = activity.max(choice.message(message, &mut self.budget));
        }
        activity
    }

    /// Whether every choice that was requested has a finish reason.
    fn is_finished(&self, expected: Option<u64>) -> bool {
        self.choices.len() as u64 >= expected.unwrap_or(1).max(1)
            && self
                .choices
                .iter()
                .all(|choice| choice.finish_reason.is_some())
    }

    pub(in crate::wire) fn finish(
        mut self,
        complete: bool,
        expected: Option<u64>,
    ) -> ResponseFacts {
        let mut facts = ResponseFacts {
            id: self.id,
            model: self.model,
            service_tier: self.service_tier,
            system_fingerprint: self.system_fingerprint,
            error: self.error,
            complete,
            ..ResponseFacts::default()
        };
        usage::merge(&mut self.vendor_usage, self.usage);
        if let Some(counts) = self.vendor_usage {
            usage::read(counts, &mut facts);
        }
        self.choices.sort_by_key(|choice| choice.index);
        let cut = !complete || facts.error.is_some();
        let any = self
            .choices
            .iter()
            .any(|choice| choice.finish_reason.is_some());
        let mut reasons: BTreeMap<u64, String> = BTreeMap::new();
        if cut && !self.choices.is_empty() {
            // Also for choices that never began.
            let expected = 0..expected.unwrap_or_default().min(MOST_CHOICES);
            reasons.extend(expected.map(|index| (index, "error".to_owned())));
        }
        for mut choice in self.choices {
            let reason = choice.finish_reason.take();
            let is_expected = cut || any;
            let or_error = || is_expected.then(|| "error".to_owned());
            if let Some(reason) = reason.clone().or_else(or_error) {
                reasons.insert(choice.index, reason);
            }
            let annotations: Vec<Value> = std::mem::take(&mut choice.annotations);
            facts.annotations.extend(annotations);
            let (mut message, calls) = choice.finish();
            message.finish_reason = match reason.as_deref() {
                Some("tool_calls" | "function_call") => Some("tool_call".into()),
                Some(reason) => Some(reason.into()),
                None => cut.then(|| "error".into()),
            };
            facts.messages.push(message);
            facts.tool_calls.extend(calls);
        }
        facts.finish_reasons = reasons.into_values().collect();
        if facts.messages.is_empty() && cut {
            facts.finish_reasons.push("error".into());
        }
        facts
    }
}

impl Assembler for Answer {
    fn event(&mut self, name: &str, mut event: Object, _at: Duration) -> Activity {
        let is_error = name == "error" || event.peek("type") == Some("error");
        if is_error && !event.contains_key("error") {
            event.insert("object".into(), "error".into());
        }
        self.chunk(event)
    }

    fn finish(self: Box<Self>, end: StreamEnd) -> ResponseFacts {
        // Some vendors never send an end marker.
        let complete = end.is_done || self.is_finished(end.choices) || self.error.is_some();
        (*self).finish(complete, end.choices)
    }
}
