//! A step of a run, as it is planned and as it looks at a given time.
//!
//! Contract: a step begins and ends when its run's plan says so, but for one that waits for
//! outputs of functions, which ends when they come. Its usage is null until it is complete.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::lifecycle::Status;
use super::super::listing::Listed;
use super::super::messages::{Message, text_part};
use super::super::tokens;
use super::{Run, Usage, tools};

pub(super) struct Step {
    pub(super) id: String,
    pub(super) begun: Duration,
    /// When the model is done with it; a call of a function is not over then.
    pub(super) ended: Duration,
    /// When the outputs of its functions came.
    pub(super) answered: Option<Duration>,
    pub(super) fails: bool,
    pub(super) usage: Option<Usage>,
    pub(super) work: Work,
}

pub(super) enum Work {
    Message(Speech),
    /// Calls of tools, as on the wire.
    Calls(Vec<Value>),
    /// The details of a step of another type.
    Foreign(&'static str, Value),
}

/// What the model says.
pub(super) struct Speech {
    pub(super) message_id: String,
    /// The file of a picture that comes before the text.
    pub(super) image: Option<String>,
    pub(super) text: String,
    /// The part of the text that names a file.
    pub(super) citation: Option<String>,
    /// Why there is no more of it.
    pub(super) incomplete: Option<&'static str>,
}

impl Step {
    /// Whether it waits for the client.
    pub(super) fn asks(&self) -> bool {
        match &self.work {
            Work::Calls(calls) => calls.iter().any(|call| call["type"] == "function"),
            Work::Message(_) | Work::Foreign(..) => false,
        }
    }

    /// When it is over, if that is known.
    pub(super) fn over(&self) -> Option<Duration> {
        if self.asks() {
            self.answered
        } else {
            Some(self.ended)
        }
    }

    /// When the piece `index` of `count` is there.
    pub(super) fn time_of(&self, index: usize, count: usize) -> Duration {
        let part = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let count = u32::try_from(count).unwrap_or(u32::MAX).max(1);
        let length = self.ended.saturating_sub(self.begun);
        let passed = length.mul_f64(f64::from(part) / f64::from(count));
        self.begun.saturating_add(passed).min(self.ended)
    }

    /// What of `speech` was said by `time`.
    pub(super) fn said(&self, speech: &Speech, time: Duration) -> String {
        let pieces = speech.pieces();
        let count = pieces.len();
        let pieces = pieces.into_iter().enumerate();
        pieces
            .filter(|(index, _)| self.time_of(*index, count) <= time)
            .map(|(_, piece)| piece)
            .collect()
    }
}

impl Speech {
    /// The text as a stream brings it: word by word, a citation on its own.
    pub(super) fn pieces(&self) -> Vec<&str> {
        match &self.citation {
            Some(citation) => {
                let (before, after) = self.text.split_once(citation.as_str()).unwrap_or_default();
                let cited = &self.text[before.len()..before.len() + citation.len()];
                let mut pieces = tokens::pieces(before);
                pieces.push(cited);
                if !after.is_empty() {
                    pieces.push(after);
                }
                pieces
            }
            None => tokens::pieces(&self.text),
        }
    }

    /// The citation as an annotation of the text.
    pub(super) fn annotation(&self) -> Option<Value> {
        let citation = self.citation.as_ref()?;
        let start = self.text.split(citation.as_str()).next()?.chars().count();
        Some(json!({
            "type": "file_citation", "text": citation,
            "start_index": start, "end_index": start + citation.chars().count(),
            "file_citation": {"file_id": tools::FOUND_FILE},
        }))
    }

    /// The content of the message that says `text` of it.
    pub(super) fn content(&self, text: &str) -> Vec<Value> {
        let mut content = Vec::new();
        if let Some(file) = &self.image {
            content.push(json!({"type": "image_file", "image_file": {"file_id": file}}));
        }
        let mut part = text_part(text);
        let cited = self.citation.as_ref();
        if cited.is_some_and(|citation| text.contains(citation.as_str())) {
            part["text"]["annotations"] = self.annotation().into_iter().collect();
        }
        content.push(part);
        content
    }

    /// The message of `run` that says `text` of it.
    pub(super) fn message(&self, run: &Run, created: Duration, text: &str) -> Message {
        Message {
            id: self.message_id.clone(),
            object: Message::OBJECT,
            created_at: created.as_secs(),
            assistant_id: Some(run.assistant_id.clone()),
            thread_id: run.thread_id.clone(),
            run_id: Some(run.id.clone()),
            role: "assistant".to_owned(),
            content: self.content(text),
            attachments: Vec::new(),
            metadata: Map::new(),
        }
    }
}

/// A step, as on the wire.
#[derive(Clone, Debug, Serialize)]
pub(in super::super) struct StepObject {
    pub(in super::super) id: String,
    object: &'static str,
    created_at: u64,
    run_id: String,
    assistant_id: String,
    thread_id: String,
    r#type: &'static str,
    status: &'static str,
    cancelled_at: Option<u64>,
    completed_at: Option<u64>,
    expires_at: Option<u64>,
    failed_at: Option<u64>,
    last_error: Option<Value>,
    pub(in super::super) step_details: Value,
    usage: Option<Usage>,
}

impl Listed for StepObject {
    fn id(&self) -> &str {
        &self.id
    }
}

impl StepObject {
    /// `step` with `status`, which it reached at `time`.
    pub(super) fn new(run: &Run, step: &Step, status: Status, time: Duration) -> Self {
        let at = |wanted: Status| (status == wanted).then_some(time.as_secs());
        let completed = status == Status::Completed;
        let (kind, details) = match &step.work {
            Work::Message(speech) => {
                let made = json!({"message_id": speech.message_id});
                ("message_creation", json!({"message_creation": made}))
            }
            Work::Calls(calls) if completed || time >= step.ended => {
                ("tool_calls", json!({"tool_calls": calls}))
            }
            Work::Calls(calls) => {
                let calls: Vec<Value> = calls.iter().map(tools::unanswered).collect();
                ("tool_calls", json!({"tool_calls": calls}))
            }
            Work::Foreign(kind, details) => (*kind, json!({*kind: details})),
        };
        let mut step_details = details;
        step_details["type"] = json!(kind);
        Self {
            id: step.id.clone(),
            object: "thread.run.step",
            created_at: step.begun.as_secs(),
            run_id: run.id.clone(),
            assistant_id: run.assistant_id.clone(),
            thread_id: run.thread_id.clone(),
            r#type: kind,
            status: status.as_str(),
            cancelled_at: at(Status::Cancelled),
            completed_at: at(Status::Completed),
            // Unlike a run's, a step's stays when the step is over.
            expires_at: Some(run.expires.as_secs()),
            failed_at: at(Status::Failed),
            last_error: (status == Status::Failed)
                .then(|| run.last_error())
                .flatten(),
            step_details,
            usage: step.usage.clone().filter(|_| completed),
        }
    }
}
