//! `/threads/{thread_id}/messages`: create, list, retrieve, modify, delete.
//!
//! Contract: a message on the wire has no `status`; the recorded ones have none outside
//! streams, whatever the client libraries' types say. Messages come from clients as
//! [`Draft`]s, also with a new thread or run, and from runs as answers.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::fields::{Fields, wrong_type};
use super::listing::{Listed, Page, PageQuery};
use super::path::Path;
use super::state::{Simulator, now};

pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/threads/{thread_id}/messages", get(list).post(create))
        .route(
            "/threads/{thread_id}/messages/{message_id}",
            get(retrieve).post(modify).delete(delete),
        )
}

/// A message, as on the wire.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) object: &'static str,
    pub(super) created_at: u64,
    pub(super) assistant_id: Option<String>,
    pub(super) thread_id: String,
    pub(super) run_id: Option<String>,
    pub(super) role: String,
    pub(super) content: Vec<Value>,
    pub(super) attachments: Vec<Value>,
    pub(super) metadata: Map<String, Value>,
}

impl Listed for Message {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Message {
    pub(super) const OBJECT: &'static str = "thread.message";

    /// All text parts, a line each; pictures have none.
    pub(super) fn text(&self) -> String {
        let parts: Vec<&str> = self
            .content
            .iter()
            .filter_map(|part| part["text"]["value"].as_str())
            .collect();
        parts.join("\n")
    }
}

/// A text part, as on the wire.
pub(super) fn text_part(text: &str) -> Value {
    json!({"type": "text", "text": {"value": text, "annotations": []}})
}

/// A message as a client sends it.
pub(super) struct Draft {
    role: String,
    content: Vec<Value>,
    attachments: Vec<Value>,
    metadata: Map<String, Value>,
}

impl Draft {
    fn read(mut body: Fields) -> Result<Self, ApiError> {
        let role = body.text("role")?;
        let role = body.required("role", role)?;
        if !matches!(role.as_str(), "user" | "assistant") {
            let supported = "'user' and 'assistant'";
            return Err(ApiError::unsupported_value(
                &body.param("role"),
                &role,
                supported,
            ));
        }
        let content = read_content(&mut body)?;
        let attachments = body.nested_list("attachments")?.unwrap_or_default();
        let metadata = body.object("metadata")?.unwrap_or_default();
        body.finish()?;
        let attachments = attachments
            .into_iter()
            .map(|attachment| Value::Object(attachment.into_rest()));
        Ok(Self {
            role,
            content,
            attachments: attachments.collect(),
            metadata,
        })
    }

    /// The drafts in the list `name` of `body`; none if it is not there.
    pub(super) fn read_list(body: &mut Fields, name: &str) -> Result<Vec<Self>, ApiError> {
        let drafts = body.nested_list(name)?.unwrap_or_default();
        drafts.into_iter().map(Self::read).collect()
    }

    pub(super) fn into_message(self, id: String, thread_id: &str, created_at: u64) -> Message {
        Message {
            id,
            object: Message::OBJECT,
            created_at,
            assistant_id: None,
            thread_id: thread_id.to_owned(),
            run_id: None,
            role: self.role,
            content: self.content,
            attachments: self.attachments,
            metadata: self.metadata,
        }
    }
}

/// A string, or a list of parts of which text is the one that changes its shape.
fn read_content(body: &mut Fields) -> Result<Vec<Value>, ApiError> {
    let param = body.param("content");
    let content = body.any("content");
    let parts = match body.required("content", content)? {
        Value::String(text) => vec![json!({"type": "text", "text": text})],
        Value::Array(parts) => parts,
        other => {
            return Err(wrong_type(
                &param,
                "one of a string or array of objects",
                &other,
            ));
        }
    };
    if parts.is_empty() {
        return Err(ApiError::invalid("Message content must be non-empty.").with_param(param));
    }
    parts
        .into_iter()
        .enumerate()
        .map(|(index, part)| read_part(part, &format!("{param}[{index}]")))
        .collect()
}

fn read_part(part: Value, param: &str) -> Result<Value, ApiError> {
    match part["type"].as_str() {
        Some("text") => match &part["text"] {
            Value::String(text) if text.is_empty() => {
                Err(ApiError::invalid("Message content must be non-empty.").with_param(param))
            }
            Value::String(text) => Ok(text_part(text)),
            other => Err(wrong_type(&format!("{param}.text"), "a string", other)),
        },
        Some("image_url" | "image_file") => Ok(part),
        other => Err(ApiError::unsupported_value(
            &format!("{param}.type"),
            other.unwrap_or_default(),
            "'text', 'image_url', and 'image_file'",
        )),
    }
}

async fn create(
    State(simulator): State<Simulator>,
    Path(thread_id): Path<String>,
    body: Fields,
) -> Result<Json<Message>, ApiError> {
    let draft = Draft::read(body)?;
    let mut store = simulator.store();
    let now = now();
    let thread = store.thread(&thread_id, now)?;
    if let Some(run) = thread.active_run(now) {
        return Err(ApiError::invalid(format!(
            "Can't add messages to {thread_id} while a run {} is active.",
            run.id
        )));
    }
    let message = draft.into_message(simulator.identifier("msg"), &thread_id, now.as_secs());
    thread.messages.push(message.clone());
    Ok(Json(message))
}

async fn list(
    State(simulator): State<Simulator>,
    Path(thread_id): Path<String>,
    query: PageQuery,
) -> Result<Json<Page<Message>>, ApiError> {
    let mut messages = simulator
        .store()
        .thread(&thread_id, now())?
        .messages
        .clone();
    if let Some(run_id) = &query.run_id {
        messages.retain(|message| message.run_id.as_ref() == Some(run_id));
    }
    query.page(messages).map(Json)
}

async fn retrieve(
    State(simulator): State<Simulator>,
    Path((thread_id, message_id)): Path<(String, String)>,
) -> Result<Json<Message>, ApiError> {
    let mut store = simulator.store();
    let messages = &store.thread(&thread_id, now())?.messages;
    let message = messages.iter().find(|message| message.id == message_id);
    message
        .cloned()
        .map(Json)
        .ok_or_else(|| ApiError::not_found("message", &message_id))
}

async fn modify(
    State(simulator): State<Simulator>,
    Path((thread_id, message_id)): Path<(String, String)>,
    mut body: Fields,
) -> Result<Json<Message>, ApiError> {
    let metadata = body.object("metadata")?;
    body.finish()?;
    let mut store = simulator.store();
    let messages = &mut store.thread(&thread_id, now())?.messages;
    let message = messages.iter_mut().find(|message| message.id == message_id);
    let message = message.ok_or_else(|| ApiError::not_found("message", &message_id))?;
    if let Some(metadata) = metadata {
        message.metadata = metadata;
    }
    Ok(Json(message.clone()))
}

async fn delete(
    State(simulator): State<Simulator>,
    Path((thread_id, message_id)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let mut store = simulator.store();
    let messages = &mut store.thread(&thread_id, now())?.messages;
    let place = messages
        .iter()
        .position(|message| message.id == message_id)
        .ok_or_else(|| ApiError::not_found("message", &message_id))?;
    messages.remove(place);
    Ok(Json(
        json!({"id": message_id, "object": "thread.message.deleted", "deleted": true}),
    ))
}
