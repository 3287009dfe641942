//! The bodies of requests about runs, and the start of a run.
//!
//! Contract: a body is read whole and checked before anything is made, so a refused one leaves
//! no trace.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::super::assistants::{Assistant, read_tools};
use super::super::compatible::Dialect;
use super::super::error::ApiError;
use super::super::fields::Fields;
use super::super::messages::Draft;
use super::super::run::{Configuration, Run};
use super::super::state::Simulator;
use super::super::threads::Thread;

/// The body of a request for a run.
pub(super) struct RunRequest {
    pub(super) assistant_id: String,
    pub(super) stream: bool,
    model: Option<String>,
    instructions: Option<String>,
    additional_instructions: Option<String>,
    additional_messages: Vec<Draft>,
    tools: Option<Vec<Value>>,
    tool_resources: Map<String, Value>,
    metadata: Map<String, Value>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    reasoning_effort: Option<String>,
    max_completion_tokens: Option<u64>,
    max_prompt_tokens: Option<u64>,
    truncation_strategy: Map<String, Value>,
    response_format: Option<Value>,
    tool_choice: Option<Value>,
    parallel_tool_calls: Option<bool>,
}

impl RunRequest {
    pub(super) fn read(mut body: Fields, dialect: Dialect) -> Result<Self, ApiError> {
        let assistant_id = body.text("assistant_id")?;
        let mut truncation_strategy = body.object("truncation_strategy")?.unwrap_or_default();
        truncation_strategy
            .entry("type")
            .or_insert_with(|| json!("auto"));
        truncation_strategy
            .entry("last_messages")
            .or_insert(Value::Null);
        let request = Self {
            assistant_id: body.required("assistant_id", assistant_id)?,
            stream: body.flag("stream")?.unwrap_or_default(),
            model: body.text("model")?,
            instructions: body.text("instructions")?,
            additional_instructions: body.text("additional_instructions")?,
            additional_messages: Draft::read_list(&mut body, "additional_messages")?,
            tools: read_tools(&mut body, dialect)?,
            tool_resources: body.object("tool_resources")?.unwrap_or_default(),
            metadata: body.object("metadata")?.unwrap_or_default(),
            temperature: body.number("temperature")?,
            top_p: body.number("top_p")?,
            reasoning_effort: body.text("reasoning_effort")?,
            max_completion_tokens: body.whole_number("max_completion_tokens")?,
            max_prompt_tokens: body.whole_number("max_prompt_tokens")?,
            truncation_strategy,
            response_format: body.any("response_format"),
            tool_choice: body.any("tool_choice"),
            parallel_tool_calls: body.flag("parallel_tool_calls")?,
        };
        body.finish()?;
        Ok(request)
    }

    /// The model that will run, which `assistant` has a word in.
    pub(super) fn model<'a>(&'a self, assistant: &'a Assistant) -> &'a str {
        self.model.as_deref().unwrap_or(&assistant.model)
    }

    /// The run on `thread`, which has none that is active, with the messages that come with it.
    pub(super) fn start(
        self,
        simulator: &Simulator,
        assistant: Assistant,
        thread: &mut Thread,
        now: Duration,
    ) -> Run {
        let instructions = self.instructions.or(assistant.instructions);
        let instructions: Vec<String> = instructions
            .into_iter()
            .chain(self.additional_instructions)
            .collect();
        let configuration = Configuration {
            model: self.model.unwrap_or(assistant.model),
            instructions: instructions.join(" "),
            tools: self.tools.unwrap_or(assistant.tools),
            tool_resources: self.tool_resources,
            metadata: self.metadata,
            temperature: self.temperature.unwrap_or(assistant.temperature),
            top_p: self.top_p.unwrap_or(assistant.top_p),
            reasoning_effort: self.reasoning_effort.or(assistant.reasoning_effort),
            max_completion_tokens: self.max_completion_tokens,
            max_prompt_tokens: self.max_prompt_tokens,
            truncation_strategy: self.truncation_strategy,
            response_format: self.response_format.unwrap_or(assistant.response_format),
            tool_choice: self.tool_choice.unwrap_or_else(|| json!("auto")),
            parallel_tool_calls: self.parallel_tool_calls.unwrap_or(true),
        };
        thread.add(simulator, self.additional_messages);
        Run::new(simulator, thread, assistant.id, configuration, now)
    }
}

/// The body of a request that brings what functions returned.
pub(super) struct SubmitRequest {
    pub(super) stream: bool,
    outputs: Vec<(String, String)>,
}

impl SubmitRequest {
    pub(super) fn read(mut body: Fields) -> Result<Self, ApiError> {
        let stream = body.flag("stream")?.unwrap_or_default();
        let list = body.nested_list("tool_outputs")?;
        let list = body.required("tool_outputs", list)?;
        body.finish()?;
        let mut outputs = Vec::new();
        for mut output in list {
            let id = output.text("tool_call_id")?;
            let id = output.required("tool_call_id", id)?;
            let text = output.text("output")?.unwrap_or_default();
            output.finish()?;
            outputs.push((id, text));
        }
        Ok(Self { stream, outputs })
    }

    /// The outputs, if they are those of the calls in `awaited`.
    pub(super) fn outputs_for(self, awaited: &[String]) -> Result<Vec<(String, String)>, ApiError> {
        let brought: Vec<&String> = self.outputs.iter().map(|(id, _)| id).collect();
        let complete = awaited.iter().all(|id| brought.contains(&id));
        if complete && brought.len() == awaited.len() {
            return Ok(self.outputs);
        }
        let list = |ids: Vec<&String>| {
            let quoted: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
            quoted.join(", ")
        };
        let message = format!(
            "Expected tool outputs for call_ids [{}], got [{}]",
            list(awaited.iter().collect()),
            list(brought)
        );
        Err(ApiError::invalid(message))
    }
}
