//! A run: what the model is asked, what it answers, and how both look at a given time.
//!
//! Contract: the answer is decided when the run is made, from the thread as it is then, and
//! shows when the run's [`Lifecycle`] says so; usage is null until then. Endpoints and
//! request bodies are in `runs.rs`.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::lifecycle::{Lifecycle, Status};
use super::listing::Listed;
use super::messages::{Message, text_part};
use super::state::Simulator;
use super::threads::Thread;
use super::{model, tokens, tutor};

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
    pub(super) lifecycle: Lifecycle,
    configuration: Configuration,
    pub(super) answer: Answer,
}

/// What the model says, ready before anybody may see it.
pub(super) struct Answer {
    text: String,
    pub(super) message_id: String,
    pub(super) step_id: String,
    pub(super) usage: Usage,
    delivered: bool,
}

impl Run {
    /// Asks the model to answer `thread`.
    pub(super) fn new(
        simulator: &Simulator,
        thread: &Thread,
        assistant_id: String,
        configuration: Configuration,
        now: Duration,
    ) -> Self {
        let question = thread
            .messages
            .iter()
            .rev()
            .find(|message| message.role == "user");
        let text = tutor::answer(&question.map(Message::text).unwrap_or_default());
        let instructions = Some(configuration.instructions.clone()).filter(|text| !text.is_empty());
        let prompt: Vec<String> = instructions
            .into_iter()
            .chain(thread.messages.iter().map(Message::text))
            .collect();
        let cached = model::cached_tokens(simulator, &configuration.model, &prompt);
        Self {
            id: simulator.identifier("run"),
            assistant_id,
            thread_id: thread.object.id.clone(),
            lifecycle: Lifecycle::new(now, simulator.pace()),
            answer: Answer {
                message_id: simulator.identifier("msg"),
                step_id: simulator.identifier("step"),
                usage: Usage::new(
                    tokens::count_prompt(prompt.iter().map(String::as_str)),
                    cached,
                    tokens::count(&text),
                ),
                text,
                delivered: false,
            },
            configuration,
        }
    }

    pub(super) fn is_finished(&self, now: Duration) -> bool {
        self.lifecycle.status(now) == Status::Completed
    }

    /// The answer as a message, once, as soon as the run has finished.
    pub(super) fn deliver(&mut self, now: Duration) -> Option<Message> {
        if self.answer.delivered || !self.is_finished(now) {
            return None;
        }
        self.answer.delivered = true;
        Some(Message {
            id: self.answer.message_id.clone(),
            object: Message::OBJECT,
            created_at: self.lifecycle.answering().as_secs(),
            assistant_id: Some(self.assistant_id.clone()),
            thread_id: self.thread_id.clone(),
            run_id: Some(self.id.clone()),
            role: "assistant".to_owned(),
            content: vec![text_part(&self.answer.text)],
            attachments: Vec::new(),
            metadata: Map::new(),
        })
    }

    /// The run as a client that asks at `now` sees it.
    pub(super) fn at(&self, now: Duration) -> RunObject {
        self.with_status(self.lifecycle.status(now))
    }

    /// The run as the client that made it sees it, however fast the run is.
    pub(super) fn created(&self) -> RunObject {
        self.with_status(Status::Queued)
    }

    fn with_status(&self, status: Status) -> RunObject {
        let completed = status == Status::Completed;
        let lifecycle = &self.lifecycle;
        RunObject {
            id: self.id.clone(),
            object: "thread.run",
            created_at: lifecycle.created().as_secs(),
            assistant_id: self.assistant_id.clone(),
            thread_id: self.thread_id.clone(),
            status: status.as_str(),
            started_at: (status != Status::Queued).then(|| lifecycle.started().as_secs()),
            expires_at: (!completed).then(|| lifecycle.expires().as_secs()),
            cancelled_at: None,
            failed_at: None,
            completed_at: completed.then(|| lifecycle.completed().as_secs()),
            required_action: None,
            last_error: None,
            incomplete_details: None,
            configuration: self.configuration.clone(),
            usage: completed.then(|| self.answer.usage.clone()),
        }
    }
}

/// A run, as on the wire.
#[derive(Debug, Serialize)]
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

/// What a run or step used; the missing `s` in `prompt_token_details` is the wire's own.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    prompt_token_details: PromptTokenDetails,
    completion_tokens_details: CompletionTokensDetails,
}

#[derive(Clone, Debug, Serialize)]
struct PromptTokenDetails {
    cached_tokens: u64,
}

#[derive(Clone, Debug, Serialize)]
struct CompletionTokensDetails {
    reasoning_tokens: u64,
}

impl Usage {
    fn new(prompt: u64, cached: u64, completion: u64) -> Self {
        Self {
            prompt_tokens: prompt,
            completion_tokens: completion,
            total_tokens: prompt + completion,
            prompt_token_details: PromptTokenDetails {
                cached_tokens: cached,
            },
            completion_tokens_details: CompletionTokensDetails {
                reasoning_tokens: 0,
            },
        }
    }
}
