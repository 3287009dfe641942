//! Anthropic's Messages, whole and streamed.

use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::super::state::Simulator;
use super::{Reply, events};

pub(super) fn routes() -> Router<Simulator> {
    Router::new().route("/v1/messages", post(create))
}

async fn create(Json(request): Json<Value>) -> Response {
    let reply = Reply::to(&request["messages"]);
    let message = |content: Value, usage: Value| {
        json!({"id": "msg_1", "type": "message", "role": "assistant", "model": request["model"],
            "content": content, "stop_reason": null, "usage": usage})
    };
    if request["stream"] != true {
        let text = json!([{"type": "text", "text": reply.text}]);
        let usage = json!({"input_tokens": reply.input, "output_tokens": reply.output});
        let mut whole = message(text, usage);
        whole["stop_reason"] = json!("end_turn");
        return Json(whole).into_response();
    }
    let usage = json!({"input_tokens": reply.input, "output_tokens": 1});
    let begun = [
        (
            "message_start",
            json!({"message": message(json!([]), usage)}),
        ),
        (
            "content_block_start",
            json!({"index": 0, "content_block": {"type": "text", "text": ""}}),
        ),
    ];
    let deltas = reply.pieces().into_iter().map(|piece| {
        let delta = json!({"type": "text_delta", "text": piece});
        ("content_block_delta", json!({"index": 0, "delta": delta}))
    });
    let ended = [
        ("content_block_stop", json!({"index": 0})),
        (
            "message_delta",
            json!({"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": reply.output}}),
        ),
        ("message_stop", json!({})),
    ];
    events(begun.into_iter().chain(deltas).chain(ended).map(typed))
}

/// Each event says its type once more.
fn typed((name, mut data): (&'static str, Value)) -> (&'static str, Value) {
    data["type"] = json!(name);
    (name, data)
}
