//! Gemini's `generateContent`, whole and as a stream of events.

use axum::extract::Path;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::super::state::Simulator;
use super::{Reply, events};

pub(super) fn routes() -> Router<Simulator> {
    Router::new().route("/v1beta/models/{call}", post(generate))
}

async fn generate(Path(call): Path<String>, Json(request): Json<Value>) -> Response {
    let (model, action) = call.split_once(':').unwrap_or((&call, ""));
    let reply = Reply::to(&request["contents"]);
    let answer = |text: &str, is_last: bool| {
        let mut answer = json!({"modelVersion": model, "responseId": "r-1", "candidates": [
            {"index": 0, "content": {"role": "model", "parts": [{"text": text}]}},
        ]});
        if is_last {
            answer["candidates"][0]["finishReason"] = json!("STOP");
            answer["usageMetadata"] = json!({"promptTokenCount": reply.input,
                "candidatesTokenCount": reply.output,
                "totalTokenCount": reply.input + reply.output});
        }
        answer
    };
    if action != "streamGenerateContent" {
        return Json(answer(&reply.text, true)).into_response();
    }
    let pieces = reply.pieces();
    let last = pieces.len().saturating_sub(1);
    let pieces = pieces.iter().enumerate();
    events(pieces.map(|(index, piece)| ("", answer(piece, index == last))))
}
