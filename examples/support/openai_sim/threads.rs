//! `/threads`: create, retrieve, modify, delete; what a thread holds.
//!
//! Contract: messages and runs live inside their thread, so deleting it deletes them. Every
//! access goes through [`Store::thread`], which first lets finished runs deliver their
//! messages: nobody sees a completed run without its answer.

use std::time::Duration;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::fields::Fields;
use super::messages::{Draft, Message};
use super::path::Path;
use super::run::Run;
use super::state::{Simulator, Store, now};

pub(super) fn routes() -> Router<Simulator> {
    Router::new().route("/threads", post(create)).route(
        "/threads/{thread_id}",
        get(retrieve).post(modify).delete(delete),
    )
}

/// The part of a thread that is on the wire.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ThreadObject {
    pub(super) id: String,
    object: &'static str,
    created_at: u64,
    metadata: Map<String, Value>,
    tool_resources: Map<String, Value>,
}

/// A thread with all it holds, oldest first.
pub(super) struct Thread {
    pub(super) object: ThreadObject,
    pub(super) messages: Vec<Message>,
    pub(super) runs: Vec<Run>,
}

impl Thread {
    /// Reads the body of `POST /threads`, or the `thread` of `POST /threads/runs`.
    pub(super) fn read(simulator: &Simulator, mut body: Fields) -> Result<Self, ApiError> {
        let drafts = Draft::read_list(&mut body, "messages")?;
        let object = ThreadObject {
            id: simulator.identifier("thread"),
            object: "thread",
            created_at: now().as_secs(),
            metadata: body.object("metadata")?.unwrap_or_default(),
            tool_resources: body.object("tool_resources")?.unwrap_or_default(),
        };
        body.finish()?;
        let mut thread = Self {
            object,
            messages: Vec::new(),
            runs: Vec::new(),
        };
        thread.add(simulator, drafts);
        Ok(thread)
    }

    /// Puts messages at the end of the conversation.
    pub(super) fn add(&mut self, simulator: &Simulator, drafts: Vec<Draft>) {
        let created_at = now().as_secs();
        self.messages.extend(drafts.into_iter().map(|draft| {
            draft.into_message(simulator.identifier("msg"), &self.object.id, created_at)
        }));
    }

    /// The run that is not finished at `now`; there is never more than one.
    pub(super) fn active_run(&self, now: Duration) -> Option<&Run> {
        self.runs.last().filter(|run| !run.is_finished(now))
    }

    /// Puts the answers of runs that have finished by `now` where they belong.
    fn deliver(&mut self, now: Duration) {
        for run in &mut self.runs {
            self.messages.extend(run.deliver(now));
        }
    }
}

impl Store {
    /// The thread `id` names, as it is at `now`.
    pub(super) fn thread(&mut self, id: &str, now: Duration) -> Result<&mut Thread, ApiError> {
        let thread = self
            .threads
            .get_mut(id)
            .ok_or_else(|| ApiError::not_found("thread", id))?;
        thread.deliver(now);
        Ok(thread)
    }
}

async fn create(
    State(simulator): State<Simulator>,
    body: Fields,
) -> Result<Json<ThreadObject>, ApiError> {
    let thread = Thread::read(&simulator, body)?;
    let object = thread.object.clone();
    simulator.store().threads.insert(object.id.clone(), thread);
    Ok(Json(object))
}

async fn retrieve(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
) -> Result<Json<ThreadObject>, ApiError> {
    Ok(Json(simulator.store().thread(&id, now())?.object.clone()))
}

async fn modify(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    mut body: Fields,
) -> Result<Json<ThreadObject>, ApiError> {
    let metadata = body.object("metadata")?;
    let tool_resources = body.object("tool_resources")?;
    body.finish()?;
    let mut store = simulator.store();
    let object = &mut store.thread(&id, now())?.object;
    if let Some(metadata) = metadata {
        object.metadata = metadata;
    }
    if let Some(tool_resources) = tool_resources {
        object.tool_resources = tool_resources;
    }
    Ok(Json(object.clone()))
}

async fn delete(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    match simulator.store().threads.remove(&id) {
        Some(_) => Ok(Json(
            json!({"id": id, "object": "thread.deleted", "deleted": true}),
        )),
        None => Err(ApiError::not_found("thread", &id)),
    }
}
