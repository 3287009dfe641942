//! `/threads/{thread_id}/runs` and `/threads/runs`: create, list, retrieve, modify, cancel, and
//! take what functions returned; whole or as a stream.
//!
//! Contract: what a run is and does is in `run.rs`; here requests find it. Nothing is locked
//! while a response is on its way.

mod incoming;
mod request;
mod stream;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use super::compatible::Dialect;
use super::error::ApiError;
use super::failures::Failure;
use super::fields::Fields;
use super::lifecycle::Status;
use super::listing::{Page, PageQuery};
use super::path::Path;
use super::run::{Run, RunObject};
use super::state::{Simulator, now};
use super::threads::{Thread, ThreadObject};
pub(super) use incoming::{Incoming, Place, respond};
use request::{RunRequest, SubmitRequest};
use stream::Told;

pub(super) fn routes() -> Router<Simulator> {
    const RUN: &str = "/threads/{thread_id}/runs/{run_id}";
    Router::new()
        .route("/threads/runs", post(create_with_thread))
        .route("/threads/{thread_id}/runs", get(list).post(create))
        .route(RUN, get(retrieve).post(modify))
        .route(&format!("{RUN}/cancel"), post(cancel))
        .route(&format!("{RUN}/submit_tool_outputs"), post(submit))
}

impl Thread {
    /// The run `id` names.
    pub(super) fn run(&self, id: &str) -> Result<&Run, ApiError> {
        self.runs
            .iter()
            .find(|run| run.id == id)
            .ok_or_else(|| ApiError::not_found("run", id))
    }

    pub(super) fn run_mut(&mut self, id: &str) -> Result<&mut Run, ApiError> {
        self.runs
            .iter_mut()
            .find(|run| run.id == id)
            .ok_or_else(|| ApiError::not_found("run", id))
    }
}

/// What a request has made of a run.
struct Outcome {
    run: RunObject,
    told: Told,
}

impl Outcome {
    fn of(run: &Run, dialect: Dialect, failure: Option<Failure>) -> Self {
        Self {
            run: run.queued(),
            told: Told {
                thread_id: run.thread_id.clone(),
                run_id: run.id.clone(),
                phase: run.last_phase(),
                made: None,
                dialect,
                failure,
            },
        }
    }

    fn with_thread(mut self, thread: ThreadObject) -> Self {
        self.told.made = Some(thread);
        self
    }

    async fn answer(self, simulator: &Simulator, streamed: bool) -> Response {
        if streamed {
            return stream::response(simulator, self.told);
        }
        respond(simulator, self.run, self.told.failure).await
    }
}

async fn create(
    State(simulator): State<Simulator>,
    Path(thread_id): Path<String>,
    dialect: Dialect,
    incoming: Incoming,
) -> Result<Response, ApiError> {
    let request = RunRequest::read(incoming.fields()?, dialect)?;
    let streamed = request.stream;
    let outcome = {
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
        let model = request.model(&assistant).to_owned();
        let failure = incoming.failure(Place::Create, &model);
        if let Some(refusal) = incoming.refusal(&simulator, failure, &model) {
            return Ok(refusal);
        }
        let run = request.start(&simulator, assistant, thread, now);
        let outcome = Outcome::of(&run, dialect, failure);
        thread.runs.push(run);
        outcome
    };
    Ok(outcome.answer(&simulator, streamed).await)
}

async fn create_with_thread(
    State(simulator): State<Simulator>,
    dialect: Dialect,
    incoming: Incoming,
) -> Result<Response, ApiError> {
    let mut body = incoming.fields()?;
    let thread = body.nested("thread")?.unwrap_or_default();
    let mut thread = Thread::read(&simulator, thread)?;
    let request = RunRequest::read(body, dialect)?;
    let streamed = request.stream;
    let outcome = {
        let mut store = simulator.store();
        let assistant = store.assistant(&request.assistant_id)?.clone();
        let model = request.model(&assistant).to_owned();
        let failure = incoming.failure(Place::Create, &model);
        if let Some(refusal) = incoming.refusal(&simulator, failure, &model) {
            return Ok(refusal);
        }
        let run = request.start(&simulator, assistant, &mut thread, now());
        let outcome = Outcome::of(&run, dialect, failure).with_thread(thread.object.clone());
        thread.runs.push(run);
        store.threads.insert(thread.object.id.clone(), thread);
        outcome
    };
    Ok(outcome.answer(&simulator, streamed).await)
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
    incoming: Incoming,
) -> Result<Response, ApiError> {
    let (object, failure) = {
        let mut store = simulator.store();
        let now = now();
        let run = store.thread(&thread_id, now)?.run(&run_id)?;
        let model = run.configuration.model.clone();
        let failure = incoming.failure(Place::Poll, &model);
        if let Some(refusal) = incoming.refusal(&simulator, failure, &model) {
            return Ok(refusal);
        }
        (run.at(now), failure)
    };
    Ok(respond(&simulator, object, failure).await)
}

async fn modify(
    State(simulator): State<Simulator>,
    Path((thread_id, run_id)): Path<(String, String)>,
    mut body: Fields,
) -> Result<Json<RunObject>, ApiError> {
    let metadata = body.object("metadata")?;
    body.finish()?;
    let mut store = simulator.store();
    let now = now();
    let run = store.thread(&thread_id, now)?.run_mut(&run_id)?;
    if let Some(metadata) = metadata {
        run.configuration.metadata = metadata;
    }
    Ok(Json(run.at(now)))
}

async fn cancel(
    State(simulator): State<Simulator>,
    Path((thread_id, run_id)): Path<(String, String)>,
    incoming: Incoming,
) -> Result<Response, ApiError> {
    let mut store = simulator.store();
    let now = now();
    let run = store.thread(&thread_id, now)?.run_mut(&run_id)?;
    let model = run.configuration.model.clone();
    let failure = incoming.failure(Place::Cancel, &model);
    if let Some(refusal) = incoming.refusal(&simulator, failure, &model) {
        return Ok(refusal);
    }
    run.cancel(now).map_err(|status| {
        let status = status.as_str();
        ApiError::invalid(format!("Cannot cancel run with status '{status}'."))
    })?;
    Ok(Json(run.cancelling()).into_response())
}

async fn submit(
    State(simulator): State<Simulator>,
    Path((thread_id, run_id)): Path<(String, String)>,
    dialect: Dialect,
    incoming: Incoming,
) -> Result<Response, ApiError> {
    let request = SubmitRequest::read(incoming.fields()?)?;
    let streamed = request.stream;
    let outcome = {
        let mut store = simulator.store();
        let now = now();
        let run = store.thread(&thread_id, now)?.run_mut(&run_id)?;
        let model = run.configuration.model.clone();
        let failure = incoming.failure(Place::Submit, &model);
        if let Some(refusal) = incoming.refusal(&simulator, failure, &model) {
            return Ok(refusal);
        }
        let awaited = run.awaited(now).map_err(refuse_outputs)?;
        let outputs = request.outputs_for(&awaited)?;
        run.submit(&simulator, &outputs, now);
        Outcome::of(run, dialect, failure)
    };
    Ok(outcome.answer(&simulator, streamed).await)
}

fn refuse_outputs(status: Status) -> ApiError {
    let status = status.as_str();
    ApiError::invalid(format!(
        "Runs in status \"{status}\" do not accept tool outputs."
    ))
}
