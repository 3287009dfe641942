//! Other servers that speak Assistants, by the path they are found under.
//!
//! Contract: they answer as OpenAI does, but for what this table says; neither asks for the
//! `OpenAI-Beta` header, and both take tools of any type (`run/tools.rs`).
//!
//! | base path | server | what differs |
//! |---|---|---|
//! | `/api/projects/{project}` | Azure AI Foundry Agents (classic) | wants `api-version` in the query; a bearer token or `api-key`; the gateway's headers |
//! | `/api/v1` | Alibaba `DashScope` | times in milliseconds; `request_id` on every object; errors are flat |
//!
//! What only looks like Assistants is in `langgraph.rs`.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, OriginalUri, Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use serde_json::{Value, json};

use super::state::Simulator;
use super::{MAX_BODY_BYTES, azure, headers};

const FOUNDRY: &str = "/api/projects/{project}";
const DASHSCOPE: &str = "/api/v1";
/// What milliseconds have that seconds have not.
const MILLISECONDS: u64 = 377;

/// Whose server this pretends to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    OpenAi,
    Foundry,
    DashScope,
}

impl<S: Send + Sync> FromRequestParts<S> for Dialect {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let path = match parts.extensions.get::<OriginalUri>() {
            Some(OriginalUri(uri)) => uri.path(),
            None => parts.uri.path(),
        };
        Ok(if path.starts_with("/api/projects/") {
            Self::Foundry
        } else if path.starts_with("/api/v1/") {
            Self::DashScope
        } else {
            Self::OpenAi
        })
    }
}

impl Dialect {
    /// Gives `object` what this server does otherwise.
    pub(super) fn dress(self, object: &mut Value) {
        if self == Self::DashScope {
            lengthen(object);
        }
    }
}

/// The family of Assistants under the paths of other servers.
pub(super) fn routes(simulator: &Simulator, assistants: &Router<Simulator>) -> Router<Simulator> {
    let foundry = assistants
        .clone()
        .route_layer(from_fn(azure::require_version))
        .route_layer(from_fn(headers::require_azure_key))
        .route_layer(from_fn(azure::label_response));
    let dashscope = assistants
        .clone()
        .route_layer(from_fn(headers::require_key))
        .route_layer(from_fn_with_state(simulator.clone(), dashscope));
    Router::new()
        .nest(FOUNDRY, foundry)
        .nest(DASHSCOPE, dashscope)
}

/// Makes whole answers `DashScope`'s; streams are made so event by event.
async fn dashscope(State(simulator): State<Simulator>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "application/json") {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let content = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    let Ok(mut object) = serde_json::from_slice::<Value>(&content) else {
        return Response::from_parts(parts, Body::from(content));
    };
    if let Some(error) = object.get("error") {
        let code = error["code"].as_str().unwrap_or("InvalidParameter");
        object = json!({"code": code, "message": error["message"]});
    }
    Dialect::DashScope.dress(&mut object);
    object["request_id"] = json!(simulator.hyphenated("request"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(object.to_string()))
}

/// Writes all times in `value` in milliseconds.
fn lengthen(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field.as_u64() {
                    Some(seconds) if name.ends_with("_at") => {
                        *field = json!(seconds * 1000 + MILLISECONDS);
                    }
                    _ => lengthen(field),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(lengthen),
        _ => {}
    }
}
