//! Refusals in OpenAI's shape and words.
//!
//! Contract: every answer that is not 2xx is an [`ApiError`]; clients match on its fields, so
//! the wording is OpenAI's own wherever it is known.

use axum::Json;
use axum::extract::OriginalUri;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    kind: &'static str,
    message: String,
    param: Option<String>,
    code: Option<&'static str>,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            message: message.into(),
            param: None,
            code: None,
        }
    }

    /// 400: what was sent cannot be used.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, message)
    }

    /// 404: `noun` is what the identifier would have named.
    pub(super) fn not_found(noun: &str, id: &str) -> Self {
        Self::refused(
            StatusCode::NOT_FOUND,
            format!("No {noun} found with id '{id}'."),
        )
    }

    /// Any status that is the client's own doing.
    pub(super) fn refused(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, "invalid_request_error", message)
    }

    /// The parameter at fault, as a path such as `messages[0].role`.
    pub(super) fn with_param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    pub(super) fn with_code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// 400: `param` is none of the values it may have.
    pub(super) fn unsupported_value(param: &str, value: &str, supported: &str) -> Self {
        Self::invalid(format!(
            "Invalid value: '{value}'. Supported values are: {supported}."
        ))
        .with_param(param)
        .with_code("invalid_value")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({"error": {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }});
        (self.status, Json(body)).into_response()
    }
}

/// The answer to a path nobody serves.
pub(super) async fn unknown_url(method: Method, OriginalUri(uri): OriginalUri) -> ApiError {
    let path = uri.path();
    ApiError::refused(
        StatusCode::NOT_FOUND,
        format!("Invalid URL ({method} {path})"),
    )
}

/// The answer to a path that is served, but not with this method.
pub(super) async fn unknown_method(method: Method, OriginalUri(uri): OriginalUri) -> ApiError {
    let path = uri.path();
    let message = format!(
        "Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)"
    );
    ApiError::refused(StatusCode::METHOD_NOT_ALLOWED, message).with_code("method_not_supported")
}
