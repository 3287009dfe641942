//! `/threads/{thread_id}/runs/{run_id}/steps`: list, retrieve.
//!
//! Contract: a run that has finished took one step, the making of its message, and the steps'
//! usage sums to the run's. Steps of another kind are made in [`Step::of`].

use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Value, json};

use super::error::ApiError;
use super::listing::{Listed, Page, PageQuery};
use super::path::Path;
use super::run::{Run, Usage};
use super::state::{Simulator, now};

pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/threads/{thread_id}/runs/{run_id}/steps", get(list))
        .route(
            "/threads/{thread_id}/runs/{run_id}/steps/{step_id}",
            get(retrieve),
        )
}

/// A step, as on the wire.
#[derive(Debug, Serialize)]
struct Step {
    id: String,
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
    step_details: Value,
    usage: Option<Usage>,
}

impl Listed for Step {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Step {
    /// The steps `run` has taken by `now`, oldest first.
    fn of(run: &Run, now: Duration) -> Vec<Self> {
        if !run.is_finished(now) {
            return Vec::new();
        }
        vec![Self {
            id: run.answer.step_id.clone(),
            object: "thread.run.step",
            created_at: run.lifecycle.answering().as_secs(),
            run_id: run.id.clone(),
            assistant_id: run.assistant_id.clone(),
            thread_id: run.thread_id.clone(),
            r#type: "message_creation",
            status: "completed",
            cancelled_at: None,
            completed_at: Some(run.lifecycle.completed().as_secs()),
            // Unlike a run's, a step's stays when the step is over.
            expires_at: Some(run.lifecycle.expires().as_secs()),
            failed_at: None,
            last_error: None,
            step_details: json!({
                "type": "message_creation",
                "message_creation": {"message_id": run.answer.message_id},
            }),
            usage: Some(run.answer.usage.clone()),
        }]
    }
}

fn steps(simulator: &Simulator, thread_id: &str, run_id: &str) -> Result<Vec<Step>, ApiError> {
    let now = now();
    let mut store = simulator.store();
    Ok(Step::of(store.thread(thread_id, now)?.run(run_id)?, now))
}

async fn list(
    State(simulator): State<Simulator>,
    Path((thread_id, run_id)): Path<(String, String)>,
    query: PageQuery,
) -> Result<Json<Page<impl Listed>>, ApiError> {
    query
        .page(steps(&simulator, &thread_id, &run_id)?)
        .map(Json)
}

async fn retrieve(
    State(simulator): State<Simulator>,
    Path((thread_id, run_id, step_id)): Path<(String, String, String)>,
) -> Result<Json<impl Listed>, ApiError> {
    let steps = steps(&simulator, &thread_id, &run_id)?;
    let step = steps.into_iter().find(|step| step.id == step_id);
    step.map(Json)
        .ok_or_else(|| ApiError::not_found("run step", &step_id))
}
