//! Text Generation Inference's own completion.

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::super::state::Simulator;
use super::Reply;

pub(super) fn routes() -> Router<Simulator> {
    Router::new().route("/generate", post(generate))
}

async fn generate(Json(request): Json<Value>) -> Json<Value> {
    let reply = Reply::to(&request["inputs"]);
    let details = json!({"finish_reason": "eos_token", "generated_tokens": reply.output,
        "prefill": [], "tokens": []});
    Json(json!({"generated_text": reply.text, "details": details}))
}
