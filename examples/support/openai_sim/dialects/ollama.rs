//! Ollama's own chat, as lines or whole.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::super::state::Simulator;
use super::Reply;

pub(super) fn routes() -> Router<Simulator> {
    Router::new().route("/api/chat", post(chat))
}

async fn chat(Json(request): Json<Value>) -> Response {
    let reply = Reply::to(&request["messages"]);
    let answer = |text: &str| {
        json!({"model": request["model"], "created_at": "2026-11-20T10:00:00Z",
            "message": {"role": "assistant", "content": text}, "done": false})
    };
    let ended = |mut answer: Value| {
        answer["done"] = json!(true);
        answer["done_reason"] = json!("stop");
        answer["prompt_eval_count"] = json!(reply.input);
        answer["eval_count"] = json!(reply.output);
        answer
    };
    if request["stream"] == false {
        return Json(ended(answer(&reply.text))).into_response();
    }
    let pieces = reply.pieces().into_iter().map(answer);
    let lines = pieces.chain([ended(answer(""))]);
    let body: String = lines.map(|line| format!("{line}\n")).collect();
    ([(CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}
