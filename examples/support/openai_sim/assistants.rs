//! `/assistants`: create, list, retrieve, modify, delete.
//!
//! Contract: an assistant is a stored configuration, nothing is computed here. `tools` and
//! `response_format` are kept as they came, so that what OpenAI adds to them passes through.

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::compatible::Dialect;
use super::error::ApiError;
use super::fields::Fields;
use super::listing::{Listed, Page, PageQuery};
use super::path::Path;
use super::runs::{Incoming, Place, respond};
use super::state::{Simulator, Store, now};

pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/assistants", get(list).post(create))
        .route(
            "/assistants/{assistant_id}",
            get(retrieve).post(modify).delete(delete),
        )
}

/// An assistant, as on the wire.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Assistant {
    pub(super) id: String,
    object: &'static str,
    created_at: u64,
    name: Option<String>,
    description: Option<String>,
    pub(super) model: String,
    pub(super) instructions: Option<String>,
    pub(super) tools: Vec<Value>,
    tool_resources: Map<String, Value>,
    metadata: Map<String, Value>,
    pub(super) top_p: f64,
    pub(super) temperature: f64,
    pub(super) response_format: Value,
    /// A default for runs that the assistant itself does not show.
    #[serde(skip)]
    pub(super) reasoning_effort: Option<String>,
}

impl Listed for Assistant {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Assistant {
    /// Takes over what `body` names.
    fn configure(&mut self, mut body: Fields, dialect: Dialect) -> Result<(), ApiError> {
        replace(&mut self.model, body.text("model")?);
        replace_optional(&mut self.name, body.text("name")?);
        replace_optional(&mut self.description, body.text("description")?);
        replace_optional(&mut self.instructions, body.text("instructions")?);
        replace(&mut self.tools, read_tools(&mut body, dialect)?);
        replace(&mut self.tool_resources, body.object("tool_resources")?);
        replace(&mut self.metadata, body.object("metadata")?);
        replace(&mut self.top_p, body.number("top_p")?);
        replace(&mut self.temperature, body.number("temperature")?);
        replace(&mut self.response_format, body.any("response_format"));
        replace_optional(&mut self.reasoning_effort, body.text("reasoning_effort")?);
        body.finish()
    }
}

impl Store {
    /// The assistant `id` names.
    pub(super) fn assistant(&mut self, id: &str) -> Result<&mut Assistant, ApiError> {
        self.assistants
            .iter_mut()
            .find(|assistant| assistant.id == id)
            .ok_or_else(|| ApiError::not_found("assistant", id))
    }
}

/// Reads `tools`, for assistants and for the runs that override theirs. Other servers than
/// OpenAI's have tools of their own.
pub(super) fn read_tools(
    body: &mut Fields,
    dialect: Dialect,
) -> Result<Option<Vec<Value>>, ApiError> {
    let Some(tools) = body.nested_list("tools")? else {
        return Ok(None);
    };
    tools
        .into_iter()
        .map(|mut tool| {
            let kind = tool.text("type")?;
            let kind = tool.required("type", kind)?;
            let known = matches!(
                kind.as_str(),
                "code_interpreter" | "file_search" | "function"
            );
            if dialect == Dialect::OpenAi && !known {
                let param = tool.param("type");
                let supported = "'code_interpreter', 'file_search', and 'function'";
                return Err(ApiError::unsupported_value(&param, &kind, supported));
            }
            let mut values = tool.into_rest();
            values.insert("type".to_owned(), Value::String(kind));
            Ok(Value::Object(values))
        })
        .collect::<Result<_, _>>()
        .map(Some)
}

async fn create(
    State(simulator): State<Simulator>,
    dialect: Dialect,
    incoming: Incoming,
) -> Result<Response, ApiError> {
    let mut body = incoming.fields()?;
    let model = body.text("model")?;
    let mut assistant = Assistant {
        id: simulator.identifier("asst"),
        object: "assistant",
        created_at: now().as_secs(),
        name: None,
        description: None,
        model: body.required("model", model)?,
        instructions: None,
        tools: Vec::new(),
        tool_resources: Map::new(),
        metadata: Map::new(),
        top_p: 1.0,
        temperature: 1.0,
        response_format: json!("auto"),
        reasoning_effort: None,
    };
    assistant.configure(body, dialect)?;
    let failure = incoming.failure(Place::Assistant, &assistant.model);
    if let Some(refusal) = incoming.refusal(&simulator, failure, &assistant.model) {
        return Ok(refusal);
    }
    simulator.store().assistants.push(assistant.clone());
    Ok(respond(&simulator, assistant, failure).await)
}

async fn list(
    State(simulator): State<Simulator>,
    query: PageQuery,
) -> Result<Json<Page<Assistant>>, ApiError> {
    let assistants = simulator.store().assistants.clone();
    query.page(assistants).map(Json)
}

async fn retrieve(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
) -> Result<Json<Assistant>, ApiError> {
    Ok(Json(simulator.store().assistant(&id)?.clone()))
}

async fn modify(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    dialect: Dialect,
    body: Fields,
) -> Result<Json<Assistant>, ApiError> {
    let mut store = simulator.store();
    let assistant = store.assistant(&id)?;
    // A refused body changes nothing.
    let mut changed = assistant.clone();
    changed.configure(body, dialect)?;
    *assistant = changed.clone();
    Ok(Json(changed))
}

async fn delete(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let mut store = simulator.store();
    store.assistant(&id)?;
    store.assistants.retain(|assistant| assistant.id != id);
    Ok(Json(
        json!({"id": id, "object": "assistant.deleted", "deleted": true}),
    ))
}

fn replace<T>(current: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *current = new;
    }
}

fn replace_optional<T>(current: &mut Option<T>, new: Option<T>) {
    if new.is_some() {
        *current = new;
    }
}
