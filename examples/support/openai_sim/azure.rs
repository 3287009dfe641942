//! Azure OpenAI's paths, and what its gateway adds.
//!
//! Contract: `/openai/deployments/{deployment}/…` wants an `api-version` and takes the
//! deployment's name for the model's; `/openai/v1/…` is like OpenAI's own paths. What Azure
//! changes in answers is in `vendors/azure.rs`.

use axum::Json;
use axum::extract::{OriginalUri, Request};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use percent_encoding::percent_decode_str;
use serde_json::json;

/// Under which all deployments lie.
pub(super) const DEPLOYMENT: &str = "/openai/deployments/{deployment}";

/// The deployment `path` names.
pub(super) fn deployment(path: &str) -> Option<String> {
    let rest = path.strip_prefix("/openai/deployments/")?;
    let name = rest.split('/').next()?;
    let name = percent_decode_str(name).decode_utf8().ok()?;
    (!name.is_empty()).then(|| name.into_owned())
}

/// Whether `path` is one of Azure's.
pub(super) fn is_path(path: &str) -> bool {
    path.starts_with("/openai/")
}

/// 404, as the gateway has it, for deployments without `api-version`.
pub(super) async fn require_version(
    OriginalUri(uri): OriginalUri,
    request: Request,
    next: Next,
) -> Response {
    let query = uri.query().unwrap_or_default();
    let mut names = url::form_urlencoded::parse(query.as_bytes());
    if names.any(|(name, value)| name == "api-version" && !value.is_empty()) {
        return next.run(request).await;
    }
    let body = json!({"error": {"code": "404", "message": "Resource not found"}});
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}

/// Adds the gateway's headers.
pub(super) async fn label_response(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let region = HeaderValue::from_static("Sweden Central");
    headers.insert("x-ms-region", region);
    let id = HeaderValue::from_static("1f7d0c9a-0000-4000-8000-5a1e00c0ffee");
    headers.insert("apim-request-id", id);
    response
}
