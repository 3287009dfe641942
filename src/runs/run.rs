//! One run of an assistant, put together from everything that requests happen to show of it.
//!
//! Contract: a state machine without clocks. The same objects seen in any order, and however often, give
//! the same run. A final status stays final, whatever a slower poll shows afterwards. Content is kept up to
//! a bound; over it, a marker stands for the content.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::threads::{Beginning, Moment};
use super::usage::sum;
use super::weight::{of_parts, of_value};
use crate::model::message::{Message, Part};
use crate::wire::{ErrorFacts, MessageObject, RunObject, StepObject, ToolResult};

/// How many changes and failures of a run are reported.
const EVENTS: usize = 8;
/// How many steps, messages and tools of a run are kept.
const PIECES: usize = 256;
/// How much content of a run is kept, in bytes.
const CONTENT: usize = 1 << 20;
/// How many polls in a row may fail.
const FAILURES: u32 = 5;

/// A run as far as it was seen.
#[derive(Debug)]
pub(super) struct Run<C> {
    /// Who created it.
    pub(super) creator: C,
    /// When it was asked for, and when it was first seen.
    pub(super) began: SystemTime,
    pub(super) first_seen: SystemTime,
    /// As it was last seen.
    pub(super) object: RunObject,
    pub(super) agent: Option<String>,
    pub(super) agent_description: Option<String>,
    /// What its request added to the instructions.
    pub(super) instructions: Vec<Part>,
    /// The messages that it began with, and whether there were no others.
    pub(super) input: Vec<Arc<Message>>,
    pub(super) is_input_whole: bool,
    /// When it began on its thread.
    pub(super) moment: Moment,
    pub(super) events: Vec<Event>,
    pub(super) polls: u64,
    pub(super) steps: Vec<Step>,
    pub(super) written: Vec<MessageObject>,
    pub(super) waiting: Vec<Waiting>,
    /// When it was first seen with a final status.
    pub(super) ended: Option<SystemTime>,
    pub(super) last_seen: SystemTime,
    /// Whether it was cancelled by way of the traced client.
    pub(super) is_cancelled_here: bool,
    /// The error with which a stream of it ended.
    pub(super) stream_error: Option<ErrorFacts>,
    /// The server no longer knows it, or does not answer.
    pub(super) is_lost: bool,
    failures: u32,
    content: usize,
    /// When the first piece of each message or step came on a stream.
    first_pieces: Vec<(String, SystemTime)>,
}

/// Something that happened between creation and end.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Event {
    Status {
        at: SystemTime,
        from: String,
        to: String,
    },
    PollFailed {
        at: SystemTime,
        kind: String,
    },
}

/// A step as far as it was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    pub(super) object: StepObject,
    /// When its beginning and its end came on a stream.
    pub(super) begun: Option<SystemTime>,
    pub(super) done: Option<SystemTime>,
}

/// A function that the caller has to run.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) id: Option<String>,
    pub(super) name: String,
    pub(super) arguments: Option<Value>,
    pub(super) asked: SystemTime,
    pub(super) answered: Option<SystemTime>,
    pub(super) result: Option<Value>,
}

/// A function whose result was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunFunction<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) description: Option<&'a str>,
    pub(crate) arguments: Option<&'a Value>,
    pub(crate) result: Option<&'a Value>,
    /// When the run was first seen to wait for it.
    pub(crate) asked: SystemTime,
}

impl<C> Run<C> {
    pub(super) fn new(
        creator: C,
        began: SystemTime,
        first_seen: SystemTime,
        object: RunObject,
    ) -> Self {
        let mut run = Self {
            creator,
            began,
            first_seen,
            object: RunObject::default(),
            agent: None,
            agent_description: None,
            instructions: Vec::new(),
            input: Vec::new(),
            is_input_whole: false,
            moment: Moment::default(),
            events: Vec::new(),
            polls: 0,
            steps: Vec::new(),
            written: Vec::new(),
            waiting: Vec::new(),
            ended: None,
            last_seen: first_seen,
            is_cancelled_here: false,
            stream_error: None,
            is_lost: false,
            failures: 0,
            content: 0,
            first_pieces: Vec::new(),
        };
        run.see(object, first_seen);
        run
    }

    pub(super) fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    pub(super) fn status(&self) -> &str {
        self.object.status.as_deref().unwrap_or("unknown")
    }

    /// The run was seen.
    pub(super) fn see(&mut self, object: RunObject, at: SystemTime) {
        self.failures = 0;
        self.last_seen = self.last_seen.max(at);
        if self.is_over() {
            return;
        }
        if object.is_over() {
            self.ended = Some(at);
        }
        let from = self.object.status.clone();
        if let (Some(from), Some(to)) = (from, object.status.clone())
            && from != to
        {
            self.note(Event::Status { at, from, to });
        }
        for call in &object.required {
            let known = |waiting: &Waiting| waiting.id == call.id;
            if !self.waiting.iter().any(known) && self.waiting.len() < PIECES {
                let arguments = call.arguments.clone();
                self.waiting.push(Waiting {
                    id: call.id.clone(),
                    name: call.name.clone(),
                    arguments: arguments.map(|text| kept(&mut self.content, Value::String(text))),
                    asked: at,
                    answered: None,
                    result: None,
                });
            }
        }
        // Some servers later leave out what they said at first.
        let before = std::mem::replace(&mut self.object, object);
        let now = &mut self.object;
        now.status = now.status.take().or(before.status);
        now.model = now.model.take().or(before.model);
        now.assistant_id = now.assistant_id.take().or(before.assistant_id);
        now.thread_id = now.thread_id.take().or(before.thread_id);
        now.instructions = now.instructions.take().or(before.instructions);
        now.created_at = before.created_at.or(now.created_at);
        now.started_at = before.started_at.or(now.started_at);
        now.expires_at = now.expires_at.or(before.expires_at);
        if now.tools.is_empty() {
            now.tools = before.tools;
        }
    }

    /// Name and description of the function that was asked for under this id.
    pub(super) fn function(&self, call_id: &str) -> Option<(&str, Option<&str>)> {
        let mut waiting = self.waiting.iter();
        let asked = waiting.find(|waiting| waiting.id.as_deref() == Some(call_id))?;
        let mut tools = self.object.tools.iter();
        let offered = tools.find(|tool| tool.name == asked.name);
        let description = offered.and_then(|tool| tool.description.as_deref());
        Some((&asked.name, description))
    }

    /// The functions whose results were sent.
    pub(super) fn answered_functions(&self) -> Vec<RunFunction<'_>> {
        let answered = self.waiting.iter().filter(|one| one.answered.is_some());
        let functions = answered.map(|one| {
            let mut tools = self.object.tools.iter();
            let offered = tools.find(|tool| tool.name == one.name);
            RunFunction {
                id: one.id.as_deref(),
                name: &one.name,
                description: offered.and_then(|tool| tool.description.as_deref()),
                arguments: one.arguments.as_ref(),
                result: one.result.as_ref(),
                asked: one.asked,
            }
        });
        functions.collect()
    }

    /// The caller has run functions.
    pub(super) fn submitted(&mut self, results: &[ToolResult], at: SystemTime) {
        for result in results {
            let asked = self
                .waiting
                .iter_mut()
                .find(|waiting| waiting.id.as_deref() == Some(result.call_id.as_str()));
            if let Some(waiting) = asked.filter(|waiting| waiting.answered.is_none()) {
                waiting.answered = Some(at.max(waiting.asked));
                waiting.result = Some(kept(&mut self.content, result.output.clone()));
            }
        }
    }

    /// A step was seen; `streamed` says whether on a stream, whose times are those of the events.
    pub(super) fn see_step(&mut self, object: StepObject, at: SystemTime, streamed: bool) {
        let is_done = object.status.as_deref() != Some("in_progress");
        let known = self
            .steps
            .iter()
            .position(|step| step.object.id == object.id);
        let index = match known {
            Some(index) => index,
            None if self.steps.len() < PIECES => {
                self.steps.push(Step::default());
                self.steps.len() - 1
            }
            None => return,
        };
        let Some(step) = self.steps.get_mut(index) else {
            return;
        };
        if streamed && !is_done {
            step.begun.get_or_insert(at);
        }
        if streamed && is_done {
            step.done.get_or_insert(at);
        }
        // An object that is older than the known one says less.
        let was_done = known.is_some() && step.object.status.as_deref() != Some("in_progress");
        if !was_done || is_done && object.usage.is_some() {
            let mut object = object;
            for call in &mut object.calls {
                let known = step
                    .object
                    .calls
                    .iter_mut()
                    .find(|known| known.id == call.id);
                if let Some(known) = known {
                    call.result = call.result.take().or(known.result.take());
                }
            }
            let values = |object: &StepObject| {
                let calls = object.calls.iter();
                let values = calls.flat_map(|call| [&call.arguments, &call.result]);
                values.flatten().map(of_value).sum::<usize>()
            };
            self.content = self.content.saturating_sub(values(&step.object));
            for call in &mut object.calls {
                for value in [&mut call.arguments, &mut call.result] {
                    *value = value.take().map(|value| kept(&mut self.content, value));
                }
            }
            step.object = object;
        }
    }

    /// The first piece of a message or step came on a stream.
    pub(super) fn see_first_piece(&mut self, id: String, at: SystemTime) {
        let is_known = self.first_pieces.iter().any(|(known, _)| *known == id);
        if !is_known && self.first_pieces.len() < PIECES {
            self.first_pieces.push((id, at));
        }
    }

    /// When the first piece of a step came.
    pub(super) fn first_piece(&self, step: &StepObject) -> Option<SystemTime> {
        let ids = [Some(step.id.as_str()), step.message_id.as_deref()];
        let of_step = self
            .first_pieces
            .iter()
            .filter(|(id, _)| ids.contains(&Some(id)));
        of_step.map(|(_, at)| *at).min()
    }

    /// When the first piece of anything came.
    pub(super) fn first_of_all(&self) -> Option<SystemTime> {
        self.first_pieces.iter().map(|(_, at)| *at).min()
    }

    /// A message that the run has written was seen.
    pub(super) fn see_message(&mut self, mut message: MessageObject) {
        let known = self.written.iter().position(|known| known.id == message.id);
        if known.is_none() && self.written.len() >= PIECES {
            return;
        }
        let before = known.and_then(|index| self.written.get(index));
        if before.is_some_and(|before| message.is_partial && !before.is_partial) {
            return;
        }
        let before = before.map_or(0, |before| of_parts(&before.parts));
        self.content = self.content.saturating_sub(before);
        let bytes = of_parts(&message.parts);
        if self.content + bytes > CONTENT {
            message.parts = vec![Part::text(format!("<{bytes} bytes are not kept>"))];
        }
        self.content += of_parts(&message.parts);
        match known.and_then(|index| self.written.get_mut(index)) {
            Some(known) => *known = message,
            None => self.written.push(message),
        }
    }

    /// What was on its thread when it began.
    pub(super) fn begins_with(&mut self, begun: Beginning) {
        let bytes = begun
            .messages
            .iter()
            .map(|message| of_parts(&message.parts));
        self.content += bytes.sum::<usize>();
        self.input = begun.messages;
        self.is_input_whole = begun.is_whole;
        self.moment = begun.moment;
    }

    /// About how many bytes of content it keeps.
    pub(super) fn content(&self) -> usize {
        self.content
    }

    /// A poll has failed.
    pub(super) fn see_failure(&mut self, at: SystemTime, kind: String, is_gone: bool) {
        if self.is_over() {
            return;
        }
        self.failures += 1;
        self.is_lost = is_gone || self.failures >= FAILURES;
        self.note(Event::PollFailed { at, kind });
    }

    fn note(&mut self, event: Event) {
        if self.events.len() < EVENTS {
            self.events.push(event);
        }
    }

    /// Whether nothing more can be expected to come.
    pub(super) fn is_complete(&self) -> bool {
        let has_written = |step: &Step| {
            let id = &step.object.message_id;
            id.is_none()
                || self
                    .written
                    .iter()
                    .any(|message| message.id == *id && !message.is_partial)
        };
        self.is_over()
            && self.object.usage.is_some()
            && !self.steps.is_empty()
            && self.steps.iter().all(has_written)
            && sum(self.steps.iter().filter_map(|step| step.object.usage)) == self.object.usage
    }

    /// A time of the server by the caller's clock: as exact as the server's seconds, and never outside the
    /// time in which the caller saw the run.
    pub(super) fn local(&self, time: Duration) -> Option<SystemTime> {
        let created = self.object.created_at?;
        let local = if time >= created {
            self.first_seen.checked_add(time - created)
        } else {
            self.first_seen.checked_sub(created - time)
        };
        let end = self.ended.unwrap_or(self.last_seen);
        Some(local?.clamp(self.began, end.max(self.began)))
    }
}

/// The value, or a marker if there is no room for it.
fn kept(content: &mut usize, value: Value) -> Value {
    let bytes = of_value(&value);
    let value = if *content + bytes > CONTENT {
        Value::String(format!("<{bytes} bytes are not kept>"))
    } else {
        value
    };
    *content += of_value(&value);
    value
}
