//! A run as the events of a stream, each with the time at which it happens.
//!
//! Contract: pure, in the recorded order, and of one phase: a stream ends with the run or with
//! calls that the client must answer, and goes on in the stream of the answer. Events that are
//! past never change, so a reader may ask again and again and take up where it was. Objects in
//! streams are those of the other endpoints; only messages have a `status` here alone.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::lifecycle::Status;
use super::super::tokens;
use super::step::{Speech, Step, StepObject, Work};
use super::{End, Fate, Phase, Run};

/// An event and its time.
#[derive(Clone, Debug)]
pub(in super::super) struct Timed {
    pub(in super::super) at: Duration,
    pub(in super::super) name: &'static str,
    /// Nothing for the last one, whose data is no JSON.
    pub(in super::super) data: Option<Value>,
}

impl Timed {
    pub(in super::super) fn new(at: Duration, name: &'static str, data: Value) -> Self {
        let data = Some(data);
        Self { at, name, data }
    }

    pub(in super::super) fn is_last(&self) -> bool {
        self.data.is_none()
    }
}

/// The events of the phase `index` of `run`.
pub(in super::super) fn of(run: &Run, index: usize) -> Vec<Timed> {
    let Some(phase) = run.phases.get(index) else {
        return Vec::new();
    };
    let mut writer = Writer {
        run,
        index,
        events: Vec::new(),
    };
    writer.phase(phase);
    let stopped = match run.cancelled {
        Some(cancelled) => Some((cancelled, Status::Cancelled)),
        None if run.status(run.expires) == Status::Expired => Some((run.expires, Status::Expired)),
        None => None,
    };
    if let Some((time, status)) = stopped {
        let over = writer.events.last().is_some_and(|last| last.at <= time);
        if !over {
            writer.stop(phase, time, status);
        }
    }
    writer.events
}

struct Writer<'run> {
    run: &'run Run,
    index: usize,
    events: Vec<Timed>,
}

impl Writer<'_> {
    fn write(&mut self, at: Duration, name: &'static str, data: Value) {
        self.events.push(Timed::new(at, name, data));
    }

    fn run(&mut self, at: Duration, name: &'static str, status: Status) {
        let run = json!(self.run.show(self.index, status));
        self.write(at, name, run);
    }

    fn step(&mut self, at: Duration, name: &'static str, step: &Step, status: Status) {
        let step = json!(StepObject::new(self.run, step, status, at));
        self.write(at, name, step);
    }

    fn done(&mut self, at: Duration) {
        self.events.push(Timed {
            at,
            name: "done",
            data: None,
        });
    }

    /// The phase as it goes if nobody stops it.
    fn phase(&mut self, phase: &Phase) {
        let begun = phase.begun;
        match self.index.checked_sub(1) {
            None => self.run(begun, "thread.run.created", Status::Queued),
            Some(before) => {
                let asked = self.run.phases.get(before);
                if let Some(step) = asked.and_then(|phase| phase.steps.last()) {
                    let name = "thread.run.step.completed";
                    self.step(begun, name, step, Status::Completed);
                }
            }
        }
        self.run(begun, "thread.run.queued", Status::Queued);
        let started = phase.started;
        self.run(started, "thread.run.in_progress", Status::InProgress);
        for step in &phase.steps {
            self.steps(step);
        }
        let at = phase.ended;
        match phase.end {
            End::Action => self.run(at, "thread.run.requires_action", Status::RequiresAction),
            End::Completed => self.run(at, "thread.run.completed", Status::Completed),
            End::Incomplete(_) => self.run(at, "thread.run.incomplete", Status::Incomplete),
            End::Failed { .. } if self.run.fate == Fate::StreamError => {
                let message = "The server had an error processing your request.";
                let error = json!({
                    "message": message, "type": "server_error", "param": null, "code": null,
                });
                self.write(at, "error", error);
            }
            End::Failed { .. } => self.run(at, "thread.run.failed", Status::Failed),
        }
        self.done(at);
    }

    fn steps(&mut self, step: &Step) {
        let (begun, ended) = (step.begun, step.ended);
        let mut object = json!(StepObject::new(self.run, step, Status::InProgress, begun));
        if let Work::Calls(_) = step.work {
            object["step_details"]["tool_calls"] = json!([]);
        }
        self.write(begun, "thread.run.step.created", object.clone());
        self.write(begun, "thread.run.step.in_progress", object);
        let mut unheard = false;
        match &step.work {
            Work::Calls(calls) => self.calls(step, calls),
            Work::Message(speech) => {
                self.message(step, speech);
                unheard = step.fails && self.run.fate == Fate::StreamError;
            }
            Work::Foreign(..) => {}
        }
        // Where an error ends the stream nothing is said of the step.
        if unheard || step.asks() {
            return;
        }
        let (name, status) = if step.fails {
            ("thread.run.step.failed", Status::Failed)
        } else {
            ("thread.run.step.completed", Status::Completed)
        };
        self.step(ended, name, step, status);
    }

    fn calls(&mut self, step: &Step, calls: &[Value]) {
        let deltas: Vec<Value> = calls
            .iter()
            .enumerate()
            .flat_map(|(index, call)| call_deltas(index, call))
            .collect();
        let count = deltas.len();
        for (index, call) in deltas.into_iter().enumerate() {
            let details = json!({"type": "tool_calls", "tool_calls": [call]});
            let delta = json!({
                "id": step.id, "object": "thread.run.step.delta",
                "delta": {"step_details": details},
            });
            let at = step.time_of(index, count);
            self.write(at, "thread.run.step.delta", delta);
        }
    }

    fn message(&mut self, step: &Step, speech: &Speech) {
        let begun = message(self.run, step, speech, MessageState::Begun);
        self.write(step.begun, "thread.message.created", begun.clone());
        self.write(step.begun, "thread.message.in_progress", begun);
        let mut delta = |at: Duration, part: Value| {
            let delta = json!({
                "id": speech.message_id, "object": "thread.message.delta",
                "delta": {"content": [part]},
            });
            self.events
                .push(Timed::new(at, "thread.message.delta", delta));
        };
        let mut place = 0;
        if let Some(file) = &speech.image {
            let image = json!({"file_id": file});
            let part = json!({"index": place, "type": "image_file", "image_file": image});
            delta(step.begun, part);
            place += 1;
        }
        let pieces = speech.pieces();
        let count = pieces.len();
        for (index, piece) in pieces.into_iter().enumerate() {
            let mut text = json!({"value": piece});
            if index == 0 {
                text["annotations"] = json!([]);
            }
            if speech.citation.as_deref() == Some(piece) {
                let mut annotation = speech.annotation().unwrap_or_default();
                annotation["index"] = json!(0);
                text["annotations"] = json!([annotation]);
            }
            let part = json!({"index": place, "type": "text", "text": text});
            delta(step.time_of(index, count), part);
        }
        if self.run.fate == Fate::StreamError {
            return;
        }
        let (name, state) = match speech.incomplete {
            Some(reason) => (
                "thread.message.incomplete",
                MessageState::Incomplete(reason, step.ended),
            ),
            None => ("thread.message.completed", MessageState::Completed),
        };
        let ended = message(self.run, step, speech, state);
        self.write(step.ended, name, ended);
    }

    /// What happens instead of everything after `time`, when the run was stopped.
    fn stop(&mut self, phase: &Phase, time: Duration, status: Status) {
        self.events.retain(|event| event.at <= time);
        let (end, step_name, run_name, reason) = match status {
            Status::Expired => (
                time,
                "thread.run.step.expired",
                "thread.run.expired",
                "run_expired",
            ),
            _ => {
                self.run(time, "thread.run.cancelling", Status::Cancelling);
                let end = time.saturating_add(self.run.stopping());
                let step = "thread.run.step.cancelled";
                (end, step, "thread.run.cancelled", "run_cancelled")
            }
        };
        let is_open = |step: &&Step| step.begun <= time && step.ended > time;
        if let Some(step) = phase.steps.iter().find(is_open) {
            if let Work::Message(speech) = &step.work {
                let state = MessageState::Incomplete(reason, time);
                let cut = message(self.run, step, speech, state);
                self.write(end, "thread.message.incomplete", cut);
            }
            self.step(end, step_name, step, status);
        }
        self.run(end, run_name, status);
        self.done(end);
    }
}

enum MessageState {
    Begun,
    Completed,
    /// Why, and when.
    Incomplete(&'static str, Duration),
}

/// The message of `step` as streams show it.
fn message(run: &Run, step: &Step, speech: &Speech, state: MessageState) -> Value {
    let (status, until) = match state {
        MessageState::Begun => ("in_progress", None),
        MessageState::Completed => ("completed", Some(step.ended)),
        MessageState::Incomplete(_, at) => ("incomplete", Some(at)),
    };
    let said = until.map(|until| step.said(speech, until));
    let message = speech.message(run, step.begun, said.as_deref().unwrap_or_default());
    let mut message = json!(message);
    if said.is_none() {
        message["content"] = json!([]);
    }
    let seconds = until.map(|until| until.as_secs());
    let (completed, incomplete) = match state {
        MessageState::Incomplete(..) => (None, seconds),
        _ => (seconds, None),
    };
    message["status"] = json!(status);
    message["completed_at"] = json!(completed);
    message["incomplete_at"] = json!(incomplete);
    message["incomplete_details"] = match state {
        MessageState::Incomplete(reason, _) => json!({"reason": reason}),
        _ => Value::Null,
    };
    message
}

/// What a stream brings of `call`: its heading, then its input or arguments in pieces, then
/// what came of it.
fn call_deltas(index: usize, call: &Value) -> Vec<Value> {
    let kind = call["type"].as_str().unwrap_or_default();
    let body = &call[kind];
    let piece = |body: Value| json!({"index": index, "type": kind, kind: body});
    let mut deltas = Vec::new();
    let heading = match kind {
        "code_interpreter" => {
            let input = body["input"].as_str().unwrap_or_default();
            let pieces = tokens::fragments(input).into_iter();
            deltas.extend(pieces.map(|input| piece(json!({"input": input}))));
            let outputs = body["outputs"].as_array().into_iter().flatten();
            deltas.extend(outputs.enumerate().map(|(place, output)| {
                let mut output = output.clone();
                output["index"] = json!(place);
                piece(json!({"outputs": [output]}))
            }));
            json!({"input": "", "outputs": []})
        }
        "function" => {
            let arguments = body["arguments"].as_str().unwrap_or_default();
            let pieces = tokens::fragments(arguments).into_iter();
            deltas.extend(pieces.map(|arguments| piece(json!({"arguments": arguments}))));
            json!({"name": body["name"], "arguments": "", "output": null})
        }
        "file_search" => json!({}),
        _ => body.clone(),
    };
    let mut first = piece(heading);
    first["id"] = call["id"].clone();
    deltas.insert(0, first);
    deltas
}
