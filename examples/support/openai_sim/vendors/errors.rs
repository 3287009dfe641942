//! Errors in the shapes of other servers.
//!
//! Contract: pure; the same message and code as OpenAI's, elsewhere and as something else.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::super::stream::{Event, Streamed};
use super::{Vendor, chunks};

/// Reshapes `{"error": {…}}`.
pub(super) fn whole(vendor: Vendor, status: StatusCode, body: &mut Value) {
    let error = body["error"].clone();
    let (message, code) = (&error["message"], &error["code"]);
    let number = status.as_u16();
    *body = match vendor {
        Vendor::Azure if status == StatusCode::BAD_REQUEST => json!({"error": {
            "message": "The response was filtered due to the prompt triggering Azure OpenAI's \
                        content management policy.",
            "type": null, "param": "prompt", "code": "content_filter", "status": number,
            "innererror": {
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": {"hate": {"filtered": true, "severity": "high"}},
            },
        }}),
        Vendor::Azure => json!({"error": {"code": number.to_string(), "message": message}}),
        Vendor::Gemini => json!([{"error": {
            "code": number, "message": message, "status": google_status(number),
        }}]),
        Vendor::Llamacpp => {
            json!({"error": {"code": number, "message": message, "type": error["type"]}})
        }
        Vendor::Mistral => json!({
            "object": "error", "message": message, "type": error["type"], "param": null,
            "code": "3051", "raw_status_code": number,
        }),
        Vendor::Openrouter => json!({
            "error": {"code": number, "message": message, "metadata": {"provider_name": "OpenAI"}},
            "user_id": "user_sim",
        }),
        Vendor::Vllm => json!({
            "object": "error", "message": message, "type": "BadRequestError", "param": null,
            "code": number,
        }),
        Vendor::Xai => json!({"code": code.as_str().unwrap_or("error"), "error": message}),
        _ => return,
    };
}

fn google_status(status: u16) -> &'static str {
    match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    }
}

/// Reshapes the error that ends a stream.
pub(super) fn late(vendor: Vendor, stream: &mut Streamed) {
    let template = chunks::chunk(stream, &json!({"role": "assistant", "content": ""}));
    let Some(Event::Data(last)) = stream.events.last_mut() else {
        return;
    };
    let message = last["error"]["message"].clone();
    if message.is_null() {
        return;
    }
    match vendor {
        Vendor::Openrouter => {
            *last = template;
            last["error"] = json!({"code": 502, "message": message});
            last["choices"][0]["finish_reason"] = json!("error");
        }
        Vendor::Vllm => {
            *last = json!({
                "object": "error", "message": message, "type": "InternalServerError",
                "param": null, "code": 500,
            });
        }
        other => whole(other, StatusCode::INTERNAL_SERVER_ERROR, last),
    }
}
