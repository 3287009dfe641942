//! `/threads/{thread_id}/runs/{run_id}/steps`: list, retrieve.
//!
//! Contract: what steps are and how they look is in `run/step.rs`. What file search found is
//! shown to those who ask for it with `include[]`.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use super::error::ApiError;
use super::listing::{Listed, PageQuery};
use super::path::Path;
use super::run::{StepObject, without_content};
use super::runs::{Incoming, Place, respond};
use super::state::{Simulator, now};

/// What `include[]` may name.
const CONTENT: &str = "step_details.tool_calls[*].file_search.results[*].content";

pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/threads/{thread_id}/runs/{run_id}/steps", get(list))
        .route(
            "/threads/{thread_id}/runs/{run_id}/steps/{step_id}",
            get(retrieve),
        )
}

/// The steps of a run, as a client that asks with `query` sees them.
fn steps(
    simulator: &Simulator,
    thread_id: &str,
    run_id: &str,
    query: Option<String>,
) -> Result<Vec<StepObject>, ApiError> {
    let query = query.unwrap_or_default();
    let mut parameters = url::form_urlencoded::parse(query.as_bytes());
    let included = parameters
        .any(|(name, value)| matches!(name.as_ref(), "include[]" | "include") && value == CONTENT);
    let now = now();
    let mut store = simulator.store();
    let mut steps = store.thread(thread_id, now)?.run(run_id)?.steps(now);
    if !included {
        let calls = steps
            .iter_mut()
            .filter_map(|step| step.step_details.get_mut("tool_calls"))
            .filter_map(Value::as_array_mut);
        calls.flatten().for_each(without_content);
    }
    Ok(steps)
}

async fn list(
    State(simulator): State<Simulator>,
    Path((thread_id, run_id)): Path<(String, String)>,
    RawQuery(raw): RawQuery,
    query: PageQuery,
    incoming: Incoming,
) -> Result<Response, ApiError> {
    let page = query.page(steps(&simulator, &thread_id, &run_id, raw)?)?;
    let model = {
        let mut store = simulator.store();
        let run = store.thread(&thread_id, now())?.run(&run_id)?;
        run.configuration.model.clone()
    };
    let failure = incoming.failure(Place::Steps, &model);
    if let Some(refusal) = incoming.refusal(&simulator, failure, &model) {
        return Ok(refusal);
    }
    Ok(respond(&simulator, page, failure).await)
}

async fn retrieve(
    State(simulator): State<Simulator>,
    Path((thread_id, run_id, step_id)): Path<(String, String, String)>,
    RawQuery(raw): RawQuery,
) -> Result<Json<StepObject>, ApiError> {
    let steps = steps(&simulator, &thread_id, &run_id, raw)?;
    let step = steps.into_iter().find(|step| step.id() == step_id);
    step.map(Json)
        .ok_or_else(|| ApiError::not_found("run step", &step_id))
}
