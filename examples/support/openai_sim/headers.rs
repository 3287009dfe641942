//! What every request must carry and every response brings.
//!
//! Contract: any non-empty bearer token is a key, none is ever checked, stored or echoed.
//! Endpoint files never look at headers.

use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::error::ApiError;
use super::state::Simulator;

const AZURE_KEY: HeaderName = HeaderName::from_static("api-key");
const BETA: HeaderName = HeaderName::from_static("openai-beta");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const PROCESSING: HeaderName = HeaderName::from_static("openai-processing-ms");
const VERSION: HeaderName = HeaderName::from_static("openai-version");

/// 401 without a bearer token.
pub(super) async fn require_key(request: Request, next: Next) -> Result<Response, ApiError> {
    if has_bearer(request.headers()) {
        return Ok(next.run(request).await);
    }
    Err(ApiError::refused(
        StatusCode::UNAUTHORIZED,
        "You didn't provide an API key. You need to provide your API key in an Authorization \
         header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    ))
}

/// 401, as Azure has it, without an `api-key` or a bearer token.
pub(super) async fn require_azure_key(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let key = text(headers, &AZURE_KEY).is_some_and(|key| !key.trim().is_empty());
    if key || has_bearer(headers) {
        return next.run(request).await;
    }
    let body = json!({"error": {
        "code": "401",
        "message": "Access denied due to invalid subscription key or wrong API endpoint. Make \
                    sure to provide a valid key for an active subscription and use a correct \
                    regional API endpoint for your resource.",
    }});
    (StatusCode::UNAUTHORIZED, Json(body)).into_response()
}

/// 400 on Assistants paths without `OpenAI-Beta: assistants=v2`.
pub(super) async fn require_assistants_version(
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let asked = request
        .headers()
        .get_all(&BETA)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|feature| feature.trim() == "assistants=v2");
    if asked {
        return Ok(next.run(request).await);
    }
    Err(ApiError::invalid(
        "You must provide the 'OpenAI-Beta' header to access the Assistants API. Please try \
         again by setting the header 'OpenAI-Beta: assistants=v2'.",
    )
    .with_code("invalid_beta"))
}

/// Adds what OpenAI's front door adds to every response, refusals included.
pub(super) async fn label_response(
    State(simulator): State<Simulator>,
    request: Request,
    next: Next,
) -> Response {
    let begun = Instant::now();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(VERSION, HeaderValue::from_static("2020-10-01"));
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    headers.insert(PROCESSING, HeaderValue::from(milliseconds));
    if let Ok(identifier) = HeaderValue::from_str(&simulator.identifier("req")) {
        headers.insert(REQUEST_ID, identifier);
    }
    response
}

fn has_bearer(headers: &HeaderMap) -> bool {
    text(headers, &header::AUTHORIZATION)
        .and_then(|value| value.split_once(' '))
        .is_some_and(|(scheme, key)| {
            scheme.eq_ignore_ascii_case("bearer") && !key.trim().is_empty()
        })
}

fn text<'headers>(headers: &'headers HeaderMap, name: &HeaderName) -> Option<&'headers str> {
    headers.get(name)?.to_str().ok()
}
