//! Cohere's second version of chat, whole and streamed.

use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::super::state::Simulator;
use super::{Reply, events};

pub(super) fn routes() -> Router<Simulator> {
    Router::new().route("/v2/chat", post(chat))
}

async fn chat(Json(request): Json<Value>) -> Response {
    let reply = Reply::to(&request["messages"]);
    let usage = json!({"tokens": {"input_tokens": reply.input, "output_tokens": reply.output}});
    if request["stream"] != true {
        let content = json!([{"type": "text", "text": reply.text}]);
        let message = json!({"role": "assistant", "content": content});
        return Json(
            json!({"id": "c-1", "message": message, "finish_reason": "COMPLETE", "usage": usage}),
        )
        .into_response();
    }
    let begun = [
        json!({"type": "message-start", "id": "c-1", "delta": {"message": {"role": "assistant"}}}),
        json!({"type": "content-start", "index": 0,
            "delta": {"message": {"content": {"type": "text", "text": ""}}}}),
    ];
    let deltas = reply.pieces().into_iter().map(|piece| {
        let content = json!({"message": {"content": {"text": piece}}});
        json!({"type": "content-delta", "index": 0, "delta": content})
    });
    let ended = [
        json!({"type": "content-end", "index": 0}),
        json!({"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": usage}}),
    ];
    let all = begun.into_iter().chain(deltas).chain(ended);
    events(all.map(|event| ("", event)))
}
