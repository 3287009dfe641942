//! `/threads/{thread_id}/runs` and `/threads/runs`: create, list, retrieve.
//!
//! Contract: a request is read whole and checked before anything is made, so a refused one
//! leaves no trace. What a run then is and does is in `run.rs`. Streams, cancelling and tool
//! outputs are not served; the first is refused by name, the others are unknown URLs.

use std::time::Duration;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::assistants::{Assistant, read_tools};
use super::error::ApiError;
use super::fields::Fields;
use super::listing::{Page, PageQuery};
use super::messages::Draft;
use super::path::Path;
use super::run::{Configuration, Run, RunObject};
use super::state::{Simulator, now};
use super::threads::Thread;

pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/threads/runs", post(create_with_thread))
        .route("/threads/{thread_id}/runs", get(list).post(create))
        .route("/threads/{thread_id}/runs/{run_id}", get(retrieve))
}

impl Thread {
    /// The run `id` names.
    pub(super) fn run(&self, id: &str) -> Result<&Run, ApiError> {
        self.runs
            .iter()
            .find(|run| run.id == id)
            .ok_or_else(|| ApiError::not_found("run", id))
    }
}

/// The body of a request for a run.
struct RunRequest {
    assistant_id: String,
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
    fn read(mut body: Fields) -> Result<Self, ApiError> {
        if body.flag("stream")? == Some(true) {
            return Err(ApiError::unsupported_value("stream", "true", "'false'"));
        }
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
            model: body.text("model")?,
            instructions: body.text("instructions")?,
            additional_instructions: body.text("additional_instructions")?,
            additional_messages: Draft::read_list(&mut body, "additional_messages")?,
            tools: read_tools(&mut body)?,
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

    /// Makes the run on `thread`, which has none that is active.
    fn start(
        self,
        simulator: &Simulator,
        assistant: Assistant,
        thread: &mut Thread,
        now: Duration,
    ) -> RunObject {
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
        let run = Run::new(simulator, thread, assistant.id, configuration, now);
        let created = run.created();
        thread.runs.push(run);
        created
    }
}

async fn create(
    State(simulator): State<Simulator>,
    Path(thread_id): Path<String>,
    body: Fields,
) -> Result<Json<RunObject>, ApiError> {
    let request = RunRequest::read(body)?;
    let mut store = simulator.store();
    let assistant = store.assistant(&request.assistant_id)?.clone();
    let now = now();
    let thread = store.thread(&thread_id, now)?;
    if let Some(run) = thread.active_run(now) {
        return Err(ApiError::invalid(format!(
            "Thread {thread_id} already has an active run {}.",
            run.id
        )));
    }
    Ok(Json(request.start(&simulator, assistant, thread, now)))
}

async fn create_with_thread(
    State(simulator): State<Simulator>,
    mut body: Fields,
) -> Result<Json<RunObject>, ApiError> {
    let thread = body.nested("thread")?.unwrap_or_default();
    let mut thread = Thread::read(&simulator, thread)?;
    let request = RunRequest::read(body)?;
    let mut store = simulator.store();
    let assistant = store.assistant(&request.assistant_id)?.clone();
    let created = request.start(&simulator, assistant, &mut thread, now());
    store.threads.insert(thread.object.id.clone(), thread);
    Ok(Json(created))
}

async fn list(
    State(simulator): State<Simulator>,
    Path(thread_id): Path<String>,
    query: PageQuery,
) -> Result<Json<Page<RunObject>>, ApiError> {
    let mut store = simulator.store();
    let now = now();
    let runs = &store.thread(&thread_id, now)?.runs;
    query
        .page(runs.iter().map(|run| run.at(now)).collect())
        .map(Json)
}

async fn retrieve(
    State(simulator): State<Simulator>,
    Path((thread_id, run_id)): Path<(String, String)>,
) -> Result<Json<RunObject>, ApiError> {
    let mut store = simulator.store();
    let now = now();
    Ok(Json(store.thread(&thread_id, now)?.run(&run_id)?.at(now)))
}
