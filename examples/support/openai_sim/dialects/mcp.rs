//! A server of tools by streamable HTTP: one tool, which solves equations.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::super::state::Simulator;
use super::{Reply, events};

pub(super) fn routes() -> Router<Simulator> {
    Router::new().route("/mcp", post(message))
}

async fn message(Json(request): Json<Value>) -> Response {
    let answer = |result: Value| json!({"jsonrpc": "2.0", "id": request["id"], "result": result});
    match request["method"].as_str() {
        Some("initialize") => {
            let result = json!({"protocolVersion": request["params"]["protocolVersion"],
                "capabilities": {"tools": {}}, "serverInfo": {"name": "tutor", "version": "1"}});
            ([("mcp-session-id", "session-1")], Json(answer(result))).into_response()
        }
        Some("tools/call") => {
            let reply = Reply::to(&request["params"]["arguments"]);
            let result =
                json!({"content": [{"type": "text", "text": reply.text}], "isError": false});
            let progress = json!({"jsonrpc": "2.0", "method": "notifications/progress",
                "params": {"progressToken": 1, "progress": 1}});
            events([("message", progress), ("message", answer(result))])
        }
        Some(name) if name.starts_with("notifications/") => StatusCode::ACCEPTED.into_response(),
        _ => {
            let error = json!({"code": -32601, "message": "Method not found"});
            Json(json!({"jsonrpc": "2.0", "id": request["id"], "error": error})).into_response()
        }
    }
}
