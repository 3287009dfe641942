//! Amazon Bedrock's Converse, without its binary streams.

use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::super::state::Simulator;
use super::Reply;

pub(super) fn routes() -> Router<Simulator> {
    Router::new().route("/model/{model}/converse", post(converse))
}

async fn converse(Json(request): Json<Value>) -> Json<Value> {
    let reply = Reply::to(&request["messages"]);
    Json(json!({
        "output": {"message": {"role": "assistant", "content": [{"text": reply.text}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": reply.input, "outputTokens": reply.output,
            "totalTokens": reply.input + reply.output},
        "metrics": {"latencyMs": 1},
    }))
}
