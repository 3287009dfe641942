//! Chat completions that were stored: list, retrieve, their messages, modify, delete.
//!
//! Contract: `store: true` stores a completion as it was answered, streams as the whole they add
//! up to; reading it again brings the usage again, as OpenAI does.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::super::error::ApiError;
use super::super::fields::Fields;
use super::super::listing::{Page, PageQuery};
use super::super::path::Path;
use super::super::state::{Simulator, Store};

pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .route(
            "/chat/completions/{completion_id}",
            get(retrieve).post(modify).delete(delete),
        )
        .route("/chat/completions/{completion_id}/messages", get(messages))
}

/// A completion with the messages it answers.
pub(in super::super) struct StoredCompletion {
    pub(super) object: Value,
    pub(super) messages: Vec<Value>,
}

impl StoredCompletion {
    fn id(&self) -> &str {
        self.object["id"].as_str().unwrap_or_default()
    }
}

impl Store {
    fn completion(&mut self, id: &str) -> Result<&mut StoredCompletion, ApiError> {
        let mut completions = self.completions.iter_mut();
        completions
            .find(|completion| completion.id() == id)
            .ok_or_else(|| {
                let message = format!("Chat completion with id '{id}' not found.");
                ApiError::refused(StatusCode::NOT_FOUND, message)
            })
    }
}

pub(super) async fn list(
    State(simulator): State<Simulator>,
    RawQuery(raw): RawQuery,
    query: PageQuery,
) -> Result<Json<Page<Value>>, ApiError> {
    let raw = raw.unwrap_or_default();
    let mut completions: Vec<Value> = simulator
        .store()
        .completions
        .iter()
        .map(|completion| completion.object.clone())
        .collect();
    for (name, value) in url::form_urlencoded::parse(raw.as_bytes()) {
        if name == "model" {
            completions.retain(|completion| completion["model"] == value.as_ref());
        } else if let Some(key) = name.strip_prefix("metadata[") {
            let key = key.trim_end_matches(']');
            completions.retain(|completion| completion["metadata"][key] == value.as_ref());
        }
    }
    query.page(completions).map(Json)
}

async fn retrieve(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let mut store = simulator.store();
    Ok(Json(store.completion(&id)?.object.clone()))
}

async fn messages(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Json<Page<Value>>, ApiError> {
    let messages = simulator.store().completion(&id)?.messages.clone();
    query.page(messages).map(Json)
}

async fn modify(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    mut body: Fields,
) -> Result<Json<Value>, ApiError> {
    let metadata = body.object("metadata")?;
    let metadata = body.required("metadata", metadata)?;
    body.finish()?;
    let mut store = simulator.store();
    let completion = store.completion(&id)?;
    completion.object["metadata"] = json!(metadata);
    Ok(Json(completion.object.clone()))
}

async fn delete(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let mut store = simulator.store();
    store.completion(&id)?;
    store.completions.retain(|completion| completion.id() != id);
    Ok(Json(
        json!({"id": id, "object": "chat.completion.deleted", "deleted": true}),
    ))
}
