//! A run: what it was asked to be, where it stands at a given time, and how it looks then.
//!
//! Contract: everything is decided when the run is made, or when outputs of functions come
//! (`run/plan.rs`); this file only reads the plan. Usage is null until the run has ended, and
//! is the sum of its steps'. A run is a sequence of phases: each begins in the queue, does
//! steps, and ends with the run or with calls that the client must answer.

mod events;
mod fate;
mod plan;
mod step;
mod tools;
mod usage;

use std::collections::VecDeque;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::lifecycle::{Pace, Status};
use super::listing::Listed;
use super::messages::Message;

pub(super) use events::{Timed, of as events_of};
pub(super) use fate::Fate;
pub(super) use step::StepObject;
use step::{Step, Work};
pub(super) use tools::without_content;
use usage::Usage;

/// A run that is cancelled is given no more time than this to stop.
const MAX_CANCELLING: Duration = Duration::from_millis(200);

/// What a run was asked to be: its request over its assistant.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Configuration {
    pub(super) model: String,
    pub(super) instructions: String,
    pub(super) tools: Vec<Value>,
    pub(super) tool_resources: Map<String, Value>,
    pub(super) metadata: Map<String, Value>,
    pub(super) temperature: f64,
    pub(super) top_p: f64,
    pub(super) reasoning_effort: Option<String>,
    pub(super) max_completion_tokens: Option<u64>,
    pub(super) max_prompt_tokens: Option<u64>,
    pub(super) truncation_strategy: Map<String, Value>,
    pub(super) response_format: Value,
    pub(super) tool_choice: Value,
    pub(super) parallel_tool_calls: bool,
}

/// A run as the server keeps it.
pub(super) struct Run {
    pub(super) id: String,
    pub(super) assistant_id: String,
    pub(super) thread_id: String,
    pub(super) fate: Fate,
    pub(super) configuration: Configuration,
    created: Duration,
    expires: Duration,
    pace: Pace,
    phases: Vec<Phase>,
    /// When its client asked for its end.
    cancelled: Option<Duration>,
    /// Whether its message is in the thread.
    delivered: bool,
    /// What the user said last.
    question: String,
    /// What the model has read and written so far.
    prompt: Vec<String>,
    /// Calls of functions that have still to be asked for, one round after the other.
    rounds: VecDeque<Vec<Value>>,
}

/// From the queue to the run's end, or to calls that the client must answer.
struct Phase {
    begun: Duration,
    started: Duration,
    ended: Duration,
    steps: Vec<Step>,
    end: End,
}

enum End {
    Action,
    Completed,
    Failed {
        code: &'static str,
        message: &'static str,
    },
    Incomplete(&'static str),
}

impl End {
    fn status(&self) -> Status {
        match self {
            Self::Action => Status::RequiresAction,
            Self::Completed => Status::Completed,
            Self::Failed { .. } => Status::Failed,
            Self::Incomplete(_) => Status::Incomplete,
        }
    }
}

impl Run {
    fn phase(&self) -> Option<&Phase> {
        self.phases.last()
    }

    /// Which phase is the last so far.
    pub(super) fn last_phase(&self) -> usize {
        self.phases.len().saturating_sub(1)
    }

    /// How long it takes to stop once it is to be cancelled.
    fn stopping(&self) -> Duration {
        self.pace.queued().min(MAX_CANCELLING)
    }

    pub(super) fn status(&self, now: Duration) -> Status {
        if let Some(cancelled) = self.cancelled {
            let over = now >= cancelled.saturating_add(self.stopping());
            return if over {
                Status::Cancelled
            } else {
                Status::Cancelling
            };
        }
        let Some(phase) = self.phase() else {
            return Status::Queued;
        };
        let end = phase.end.status();
        let in_time = end.is_terminal() && phase.ended <= self.expires;
        if now >= self.expires && !in_time {
            Status::Expired
        } else if now >= phase.ended {
            end
        } else if now >= phase.started {
            Status::InProgress
        } else {
            Status::Queued
        }
    }

    pub(super) fn is_finished(&self, now: Duration) -> bool {
        self.status(now).is_terminal()
    }

    /// Until when anything happened that a client at `now` may see.
    fn horizon(&self, now: Duration) -> Duration {
        let end = match self.status(now) {
            Status::Cancelling | Status::Cancelled => self.cancelled.unwrap_or(now),
            Status::Expired => self.expires,
            _ => now,
        };
        now.min(end)
    }

    /// Asks for the run's end; the status it has, if that does not allow it.
    pub(super) fn cancel(&mut self, now: Duration) -> Result<(), Status> {
        match self.status(now) {
            Status::Queued | Status::InProgress | Status::RequiresAction => {
                self.cancelled = Some(now);
                Ok(())
            }
            status => Err(status),
        }
    }

    /// The calls the client has to answer at `now`; the status, if there are none.
    pub(super) fn awaited(&self, now: Duration) -> Result<Vec<String>, Status> {
        match self.status(now) {
            Status::RequiresAction => Ok(self
                .asked(self.last_phase())
                .filter_map(|call| call["id"].as_str().map(str::to_owned))
                .collect()),
            status => Err(status),
        }
    }

    /// The calls of functions with which the phase `index` ended.
    fn asked(&self, index: usize) -> impl Iterator<Item = &Value> {
        let step = self.phases.get(index).and_then(|phase| phase.steps.last());
        let calls = match step.map(|step| &step.work) {
            Some(Work::Calls(calls)) => calls.as_slice(),
            _ => &[],
        };
        calls.iter().filter(|call| call["type"] == "function")
    }

    /// The answer as a message, once: when it is whole, or when the run ended in its midst.
    pub(super) fn deliver(&mut self, now: Duration) -> Option<Message> {
        if self.delivered || !self.is_finished(now) {
            return None;
        }
        self.delivered = true;
        let horizon = self.horizon(now);
        let steps = self.phases.iter().flat_map(|phase| &phase.steps);
        steps.filter(|step| step.begun <= horizon).find_map(|step| {
            let Work::Message(speech) = &step.work else {
                return None;
            };
            let said = step.said(speech, horizon);
            (!said.is_empty()).then(|| speech.message(self, step.begun, &said))
        })
    }

    /// The steps as a client that asks at `now` sees them, oldest first.
    pub(super) fn steps(&self, now: Duration) -> Vec<StepObject> {
        let horizon = self.horizon(now);
        let run = self.status(now);
        let steps = self.phases.iter().flat_map(|phase| &phase.steps);
        steps
            .filter(|step| step.begun <= horizon)
            .map(|step| match step.over() {
                Some(over) if over <= horizon => {
                    let status = if step.fails {
                        Status::Failed
                    } else {
                        Status::Completed
                    };
                    StepObject::new(self, step, status, over)
                }
                _ => {
                    let status = match run {
                        Status::Cancelled | Status::Failed | Status::Expired => run,
                        _ => Status::InProgress,
                    };
                    StepObject::new(self, step, status, horizon)
                }
            })
            .collect()
    }

    /// The run as a client that asks at `now` sees it.
    pub(super) fn at(&self, now: Duration) -> RunObject {
        self.show(self.last_phase(), self.status(now))
    }

    /// The run as the client sees it that made it or brought outputs, however fast it is.
    pub(super) fn queued(&self) -> RunObject {
        self.show(self.last_phase(), Status::Queued)
    }

    /// The run as the client sees it that asked for its end.
    pub(super) fn cancelling(&self) -> RunObject {
        self.show(self.last_phase(), Status::Cancelling)
    }

    fn last_error(&self) -> Option<Value> {
        match self.phase()?.end {
            End::Failed { code, message } => Some(json!({"code": code, "message": message})),
            _ => None,
        }
    }

    /// What all steps used that were complete when the run ended as `status`.
    fn usage(&self, status: Status) -> Option<Usage> {
        if !status.is_terminal() {
            return None;
        }
        let horizon = match status {
            Status::Cancelled => self.cancelled.unwrap_or_default(),
            Status::Expired => self.expires,
            _ => Duration::MAX,
        };
        let steps = self.phases.iter().flat_map(|phase| &phase.steps);
        let complete =
            steps.filter(|step| !step.fails && step.over().is_some_and(|over| over <= horizon));
        let usages: Vec<&Usage> = complete.filter_map(|step| step.usage.as_ref()).collect();
        if status == Status::Expired && usages.is_empty() {
            return None;
        }
        Some(Usage::sum(usages))
    }

    /// The run in its phase `index`, with `status`.
    fn show(&self, index: usize, status: Status) -> RunObject {
        let phase = self.phases.get(index);
        let ended = match status {
            Status::Cancelled => self
                .cancelled
                .unwrap_or_default()
                .saturating_add(self.stopping()),
            Status::Expired => self.expires,
            _ => phase.map(|phase| phase.ended).unwrap_or_default(),
        };
        let at = |wanted: Status| (status == wanted).then_some(ended.as_secs());
        let started = self.phases.first().map(|phase| phase.started);
        let begun = match status {
            Status::Queued => index > 0,
            Status::Cancelling | Status::Cancelled => self.cancelled >= started,
            _ => true,
        };
        let calls: Vec<Value> = self
            .asked(index)
            .map(|call| {
                let function = &call["function"];
                json!({"id": call["id"], "type": "function", "function": {
                    "name": function["name"], "arguments": function["arguments"],
                }})
            })
            .collect();
        let incomplete = phase.and_then(|phase| match phase.end {
            End::Incomplete(reason) => Some(json!({"reason": reason})),
            _ => None,
        });
        RunObject {
            id: self.id.clone(),
            object: "thread.run",
            created_at: self.created.as_secs(),
            assistant_id: self.assistant_id.clone(),
            thread_id: self.thread_id.clone(),
            status: status.as_str(),
            started_at: started.filter(|_| begun).map(|started| started.as_secs()),
            expires_at: (!status.is_terminal() || status == Status::Expired)
                .then_some(self.expires.as_secs()),
            cancelled_at: at(Status::Cancelled),
            failed_at: at(Status::Failed),
            completed_at: at(Status::Completed).or(at(Status::Incomplete)),
            required_action: (status == Status::RequiresAction).then(|| {
                json!({"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": calls}})
            }),
            last_error: (status == Status::Failed)
                .then(|| self.last_error())
                .flatten(),
            incomplete_details: incomplete.filter(|_| status == Status::Incomplete),
            configuration: self.configuration.clone(),
            usage: self.usage(status),
        }
    }
}

/// A run, as on the wire.
#[derive(Clone, Debug, Serialize)]
pub(super) struct RunObject {
    id: String,
    object: &'static str,
    created_at: u64,
    assistant_id: String,
    thread_id: String,
    status: &'static str,
    started_at: Option<u64>,
    expires_at: Option<u64>,
    cancelled_at: Option<u64>,
    failed_at: Option<u64>,
    completed_at: Option<u64>,
    required_action: Option<Value>,
    last_error: Option<Value>,
    incomplete_details: Option<Value>,
    #[serde(flatten)]
    configuration: Configuration,
    usage: Option<Usage>,
}

impl Listed for RunObject {
    fn id(&self) -> &str {
        &self.id
    }
}
