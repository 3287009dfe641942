//! The identifiers in a request's path.
//!
//! Contract: axum's extractor with its refusals in OpenAI's shape; a path that is no text is
//! a URL nobody serves.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::{ApiError, unknown_url};

/// One identifier, or a tuple of them in the order of the route.
pub(super) struct Path<T>(pub(super) T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(identifiers)) => Ok(Self(identifiers)),
            Err(rejection) if rejection.status() == StatusCode::BAD_REQUEST => {
                let Ok(uri) = OriginalUri::from_request_parts(parts, state).await;
                Err(unknown_url(parts.method.clone(), uri).await)
            }
            // A route without the identifiers its handler asks for.
            Err(rejection) => Err(ApiError::new(
                rejection.status(),
                "server_error",
                rejection.body_text(),
            )),
        }
    }
}
