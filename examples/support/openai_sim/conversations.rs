//! `/conversations`: create, retrieve, update, delete, and their items.
//!
//! Contract: a conversation holds items and computes nothing; responses that name it add what
//! they took and gave. Items come newest first unless asked otherwise, as every list.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::fields::Fields;
use super::items;
use super::listing::{Page, PageQuery};
use super::path::Path;
use super::state::{Simulator, Store, now};

/// OpenAI's limit for one request.
const MAX_ITEMS: usize = 20;

pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/conversations", post(create))
        .route(
            "/conversations/{conversation_id}",
            get(retrieve).post(update).delete(delete),
        )
        .route(
            "/conversations/{conversation_id}/items",
            get(list).post(add),
        )
        .route(
            "/conversations/{conversation_id}/items/{item_id}",
            get(retrieve_item).delete(delete_item),
        )
}

pub(super) struct Conversation {
    id: String,
    created_at: u64,
    metadata: Map<String, Value>,
    pub(super) items: Vec<Value>,
}

impl Conversation {
    /// As on the wire.
    fn object(&self) -> Value {
        json!({
            "id": self.id,
            "object": "conversation",
            "created_at": self.created_at,
            "metadata": self.metadata,
        })
    }
}

impl Store {
    /// The conversation `id` names.
    pub(super) fn conversation(&mut self, id: &str) -> Result<&mut Conversation, ApiError> {
        self.conversations.get_mut(id).ok_or_else(|| {
            let message = format!("Conversation with id '{id}' not found.");
            ApiError::refused(StatusCode::NOT_FOUND, message)
        })
    }
}

fn read_items(simulator: &Simulator, body: &mut Fields) -> Result<Vec<Value>, ApiError> {
    let items = body.any("items").unwrap_or_else(|| json!([]));
    let items = items::read(simulator, "items", items)?;
    if items.len() > MAX_ITEMS {
        let message = format!("Invalid 'items': array too long. Expected at most {MAX_ITEMS}.");
        return Err(ApiError::invalid(message)
            .with_param("items")
            .with_code("array_above_max_length"));
    }
    Ok(items)
}

async fn create(
    State(simulator): State<Simulator>,
    mut body: Fields,
) -> Result<Json<Value>, ApiError> {
    let metadata = body.object("metadata")?.unwrap_or_default();
    let items = read_items(&simulator, &mut body)?;
    body.finish()?;
    let conversation = Conversation {
        id: simulator.identifier("conv"),
        created_at: now().as_secs(),
        metadata,
        items,
    };
    let object = conversation.object();
    let mut store = simulator.store();
    store
        .conversations
        .insert(conversation.id.clone(), conversation);
    Ok(Json(object))
}

async fn retrieve(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(Json(simulator.store().conversation(&id)?.object()))
}

async fn update(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    mut body: Fields,
) -> Result<Json<Value>, ApiError> {
    let metadata = body.object("metadata")?;
    let metadata = body.required("metadata", metadata)?;
    body.finish()?;
    let mut store = simulator.store();
    let conversation = store.conversation(&id)?;
    conversation.metadata = metadata;
    Ok(Json(conversation.object()))
}

async fn delete(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let mut store = simulator.store();
    store.conversation(&id)?;
    store.conversations.remove(&id);
    Ok(Json(
        json!({"id": id, "object": "conversation.deleted", "deleted": true}),
    ))
}

async fn list(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Json<Page<Value>>, ApiError> {
    let items = simulator.store().conversation(&id)?.items.clone();
    query.page(items).map(Json)
}

async fn add(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    mut body: Fields,
) -> Result<Json<Page<Value>>, ApiError> {
    let items = read_items(&simulator, &mut body)?;
    let mut store = simulator.store();
    store.conversation(&id)?.items.extend(items.iter().cloned());
    PageQuery::whole().page(items).map(Json)
}

async fn retrieve_item(
    State(simulator): State<Simulator>,
    Path((id, item_id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let mut store = simulator.store();
    let items = &store.conversation(&id)?.items;
    let item = items.iter().find(|item| item["id"] == item_id);
    item.cloned()
        .map(Json)
        .ok_or_else(|| ApiError::not_found("item", &item_id))
}

async fn delete_item(
    State(simulator): State<Simulator>,
    Path((id, item_id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let mut store = simulator.store();
    let conversation = store.conversation(&id)?;
    let before = conversation.items.len();
    conversation.items.retain(|item| item["id"] != item_id);
    if conversation.items.len() == before {
        return Err(ApiError::not_found("item", &item_id));
    }
    Ok(Json(conversation.object()))
}
