//! Mistral's reading of documents; its chat is OpenAI's.

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::super::state::Simulator;

pub(super) fn routes() -> Router<Simulator> {
    Router::new().route("/v1/ocr", post(read))
}

/// Every document has the same page.
async fn read(Json(request): Json<Value>) -> Json<Value> {
    let page = json!({"index": 0, "markdown": "# Exercise 1\n\nSolve 3x + 11 = 14.", "images": []});
    let usage = json!({"pages_processed": 1, "doc_size_bytes": 2_048});
    Json(json!({"pages": [page], "model": request["model"], "usage_info": usage}))
}
