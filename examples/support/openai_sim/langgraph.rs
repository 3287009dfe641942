//! `/langgraph`: a server whose paths are those of Assistants and whose objects are not.
//!
//! Contract: what `LangGraph` Platform and its kin answer, as far as a client that mistakes
//! them for OpenAI would notice: no `object`, no `id`, other names, other statuses, times as
//! text, lists without a page around them. Nothing is remembered but when a run began.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::error::ApiError;
use super::fields::Fields;
use super::lifecycle::{Lifecycle, Status};
use super::path::Path;
use super::state::{Simulator, now};
use super::stream::{Ending, mark_as_stream, play};
use super::tutor;

pub(super) fn routes() -> Router<Simulator> {
    let routes = Router::new()
        .route("/assistants", post(create_assistant))
        .route("/threads", post(create_thread))
        .route("/threads/{thread_id}", get(thread))
        .route("/threads/{thread_id}/state", get(state))
        .route("/threads/{thread_id}/runs", get(list).post(create))
        .route("/threads/{thread_id}/runs/wait", post(wait))
        .route("/threads/{thread_id}/runs/stream", post(stream))
        .route("/threads/{thread_id}/runs/{run_id}", get(retrieve));
    Router::new().nest("/langgraph", routes)
}

/// A run as this server keeps it.
#[derive(Clone, Debug)]
pub(super) struct GraphRun {
    run_id: String,
    thread_id: String,
    assistant_id: String,
    input: Value,
    lifecycle: Lifecycle,
    created: String,
}

impl GraphRun {
    fn read(simulator: &Simulator, thread_id: String, mut body: Fields) -> Result<Self, ApiError> {
        let assistant_id = body.text("assistant_id")?;
        Ok(Self {
            run_id: uuid(simulator),
            thread_id,
            assistant_id: body.required("assistant_id", assistant_id)?,
            input: body.any("input").unwrap_or_default(),
            lifecycle: Lifecycle::new(now(), simulator.pace()),
            created: written_now(),
        })
    }

    fn show(&self, status: Status) -> Value {
        let status = match status {
            Status::Completed => "success",
            Status::InProgress => "running",
            _ => "pending",
        };
        json!({
            "run_id": self.run_id, "thread_id": self.thread_id,
            "assistant_id": self.assistant_id, "status": status,
            "created_at": self.created, "updated_at": self.created, "metadata": {},
            "kwargs": {"input": self.input}, "multitask_strategy": "reject",
        })
    }

    /// What the graph holds when the run is over.
    fn values(&self) -> Value {
        let messages = self.input["messages"].as_array();
        let mut messages = messages.cloned().unwrap_or_default();
        let last = messages.last().map(|message| &message["content"]);
        let answer = tutor::answer(last.and_then(Value::as_str).unwrap_or_default());
        messages.push(json!({"type": "ai", "content": answer, "tool_calls": []}));
        json!({"messages": messages})
    }
}

async fn create_assistant(
    State(simulator): State<Simulator>,
    mut body: Fields,
) -> Result<Json<Value>, ApiError> {
    let graph = body.text("graph_id")?;
    let time = written_now();
    Ok(Json(json!({
        "assistant_id": uuid(&simulator), "graph_id": body.required("graph_id", graph)?,
        "name": body.text("name")?, "config": {}, "metadata": {}, "version": 1,
        "created_at": time, "updated_at": time,
    })))
}

async fn create_thread(State(simulator): State<Simulator>) -> Json<Value> {
    Json(thread_object(&uuid(&simulator), &Value::Null))
}

async fn thread(State(simulator): State<Simulator>, Path(thread_id): Path<String>) -> Json<Value> {
    let values = last(&simulator, &thread_id).map(|run| run.values());
    Json(thread_object(&thread_id, &json!(values)))
}

fn thread_object(id: &str, values: &Value) -> Value {
    let time = written_now();
    json!({
        "thread_id": id, "created_at": time, "updated_at": time, "metadata": {},
        "status": "idle", "config": {}, "values": values,
    })
}

async fn state(State(simulator): State<Simulator>, Path(thread_id): Path<String>) -> Json<Value> {
    let values = last(&simulator, &thread_id).map(|run| run.values());
    Json(json!({"values": values, "next": [], "checkpoint": {"thread_id": thread_id}}))
}

async fn create(
    State(simulator): State<Simulator>,
    Path(thread_id): Path<String>,
    body: Fields,
) -> Result<Json<Value>, ApiError> {
    let run = GraphRun::read(&simulator, thread_id, body)?;
    let object = run.show(Status::Queued);
    simulator.store().graph_runs.push(run);
    Ok(Json(object))
}

async fn wait(
    State(simulator): State<Simulator>,
    Path(thread_id): Path<String>,
    body: Fields,
) -> Result<Json<Value>, ApiError> {
    let run = GraphRun::read(&simulator, thread_id, body)?;
    tokio::time::sleep(simulator.pace().total()).await;
    let values = run.values();
    simulator.store().graph_runs.push(run);
    Ok(Json(values))
}

async fn stream(
    State(simulator): State<Simulator>,
    Path(thread_id): Path<String>,
    body: Fields,
) -> Result<Response, ApiError> {
    let run = GraphRun::read(&simulator, thread_id, body)?;
    let about = json!({"run_id": run.run_id, "attempt": 1});
    let frames = [
        format!("event: metadata\ndata: {about}\n\n"),
        format!("event: values\ndata: {}\n\n", run.input),
        format!("event: values\ndata: {}\n\n", run.values()),
        "event: end\ndata: null\n\n".to_owned(),
    ];
    simulator.store().graph_runs.push(run);
    let frames = frames.into_iter().map(Into::into).collect();
    let body = play(frames, simulator.pace().total() / 4, Ending::Regular);
    let mut response = body.into_response();
    mark_as_stream(&mut response);
    Ok(response)
}

async fn list(State(simulator): State<Simulator>, Path(thread_id): Path<String>) -> Json<Value> {
    let store = simulator.store();
    let runs = store.graph_runs.iter().rev();
    let runs = runs.filter(|run| run.thread_id == thread_id);
    Json(
        runs.map(|run| run.show(run.lifecycle.status(now())))
            .collect(),
    )
}

async fn retrieve(
    State(simulator): State<Simulator>,
    Path((thread_id, run_id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let store = simulator.store();
    let mut runs = store.graph_runs.iter();
    runs.find(|run| run.thread_id == thread_id && run.run_id == run_id)
        .map(|run| Json(run.show(run.lifecycle.status(now()))))
        .ok_or_else(|| ApiError::not_found("run", &run_id))
}

/// The thread's newest run.
fn last(simulator: &Simulator, thread_id: &str) -> Option<GraphRun> {
    let store = simulator.store();
    let mut runs = store.graph_runs.iter().rev();
    runs.find(|run| run.thread_id == thread_id).cloned()
}

fn uuid(simulator: &Simulator) -> String {
    let random = simulator.identifier("");
    let digits = random.trim_start_matches('_');
    let part = |range| digits.get(range).unwrap_or_default();
    [
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32),
    ]
    .join("-")
}

fn written_now() -> String {
    OffsetDateTime::now_utc()
        .format(&Rfc3339)
        .unwrap_or_default()
}
