//! `/responses`: create (whole, streamed, in the background), retrieve, delete, cancel, input
//! items, compact, input tokens.
//!
//! Contract: the answer is decided when the response is created. A background response only
//! shows it later, as its [`Lifecycle`] says; a stream is made of the finished response, so
//! that it can be resumed at any event. A response belongs to its conversation from its
//! creation on.

mod events;
mod request;
mod response;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::error::ApiError;
use super::failures;
use super::fields::Fields;
use super::items;
use super::lifecycle::Lifecycle;
use super::listing::{Page, PageQuery};
use super::model;
use super::path::Path;
use super::state::{Simulator, Store, now};
use super::stream::{Answer, Streamed};
use request::ResponseRequest;
pub(super) use response::StoredResponse;

pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/responses", post(create))
        .route("/responses/compact", post(compact))
        .route("/responses/input_tokens", post(input_tokens))
        .route("/responses/{response_id}", get(retrieve).delete(delete))
        .route("/responses/{response_id}/cancel", post(cancel))
        .route("/responses/{response_id}/input_items", get(input_items))
}

impl Store {
    fn response(&mut self, id: &str) -> Result<&mut StoredResponse, ApiError> {
        self.responses.get_mut(id).ok_or_else(|| {
            let message = format!("Response with id '{id}' not found.");
            ApiError::refused(StatusCode::NOT_FOUND, message).with_param("id")
        })
    }

    /// The items before those a request brings.
    fn context(
        &mut self,
        previous: Option<&str>,
        conversation: Option<&str>,
    ) -> Result<Vec<Value>, ApiError> {
        if let Some(id) = previous {
            let found = self.responses.get(id).ok_or_else(|| {
                ApiError::invalid(format!("Previous response with id '{id}' not found."))
                    .with_param("previous_response_id")
                    .with_code("previous_response_not_found")
            })?;
            return Ok(found.context.clone());
        }
        match conversation {
            Some(id) => Ok(self.conversation(id)?.items.clone()),
            None => Ok(Vec::new()),
        }
    }
}

async fn create(State(simulator): State<Simulator>, body: Fields) -> Result<Answer, ApiError> {
    let request = ResponseRequest::read(&simulator, body)?;
    let previous = request.previous.as_deref();
    let conversation = request.conversation.as_deref();
    let context = simulator.store().context(previous, conversation)?;
    let prompt = request.prompt(&context);
    let (replies, usage) = model::answer(&simulator, &prompt, 1);
    let mut response = StoredResponse::new(&simulator, &request, context, &replies, usage);
    // A stream fails on its way, and fails as a whole only for those who come later.
    let streamed = request.stream.then(|| streamed(&response, None));
    if failures::fails_late(&prompt.model) {
        failures::fail(&mut response.object);
    }
    let answer = match streamed {
        Some(stream) => Answer::Streamed(stream),
        None => Answer::Whole(response.created()),
    };
    let mut store = simulator.store();
    if let Some(id) = conversation {
        let conversation = store.conversation(id)?;
        conversation.items.extend(response.input.iter().cloned());
        conversation.items.extend(response.output().iter().cloned());
    }
    if request.store {
        store.responses.insert(response.id(), response);
    }
    Ok(answer)
}

/// The events of `response` behind number `after`.
fn streamed(response: &StoredResponse, after: Option<u64>) -> Streamed {
    Streamed {
        events: events::of(&response.object, response.lifecycle.is_some(), after),
        usage: response.object["usage"].clone(),
    }
}

async fn retrieve(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Answer, ApiError> {
    let mut store = simulator.store();
    let response = store.response(&id)?;
    let query = query.unwrap_or_default();
    let mut stream = false;
    let mut after = None;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "stream" => stream = value == "true",
            "starting_after" => after = value.parse().ok(),
            _ => {}
        }
    }
    if stream {
        return Ok(Answer::Streamed(streamed(response, after)));
    }
    Ok(Answer::Whole(response.at(now())))
}

async fn delete(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let mut store = simulator.store();
    store.response(&id)?;
    store.responses.remove(&id);
    Ok(Json(
        json!({"id": id, "object": "response", "deleted": true}),
    ))
}

async fn cancel(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let mut store = simulator.store();
    store.response(&id)?.cancel(now()).map(Json)
}

async fn input_items(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Json<Page<Value>>, ApiError> {
    let items = simulator.store().response(&id)?.input.clone();
    query.page(items).map(Json)
}

async fn compact(
    State(simulator): State<Simulator>,
    body: Fields,
) -> Result<Json<Value>, ApiError> {
    let request = ResponseRequest::read(&simulator, body)?;
    let previous = request.previous.as_deref();
    let mut context = simulator.store().context(previous, None)?;
    let (_, mut usage) = model::answer(&simulator, &request.prompt(&context), 1);
    context.extend(request.input);
    let compaction = items::compaction(&simulator, &context);
    let hidden = compaction["encrypted_content"].as_str();
    usage.output = super::tokens::count(hidden.unwrap_or_default());
    usage.reasoning = 0;
    let mut output = context;
    output.retain(|item| item["role"] == "user");
    output.push(compaction);
    Ok(Json(json!({
        "id": simulator.identifier("resp"),
        "object": "response.compaction",
        "created_at": now().as_secs(),
        "output": output,
        "usage": usage.responses(),
    })))
}

async fn input_tokens(
    State(simulator): State<Simulator>,
    body: Fields,
) -> Result<Json<Value>, ApiError> {
    let request = ResponseRequest::read(&simulator, body)?;
    let previous = request.previous.as_deref();
    let conversation = request.conversation.as_deref();
    let context = simulator.store().context(previous, conversation)?;
    let tokens = request.prompt(&context).tokens();
    Ok(Json(
        json!({"object": "response.input_tokens", "input_tokens": tokens}),
    ))
}

/// A lifecycle for what happens in the background.
fn lifecycle(simulator: &Simulator, background: bool) -> Option<Lifecycle> {
    background.then(|| Lifecycle::new(now(), simulator.pace()))
}
