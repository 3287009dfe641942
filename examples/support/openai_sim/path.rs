//! The identifiers in a request's path.
//!
//! Contract: the identifiers of the route, in its order; what a prefix names, such as Azure's
//! project or deployment, is none of the handler's business. A path that is no text is a URL
//! nobody serves.

use axum::extract::{FromRequestParts, OriginalUri, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::error::{ApiError, unknown_url};

/// The names prefixes give to what they take from a path.
const OF_PREFIXES: [&str; 2] = ["deployment", "project"];

/// One identifier, or a tuple of them in the order of the route.
pub(super) struct Path<T>(pub(super) T);

/// As many identifiers as a handler asks for.
pub(super) trait Identifiers: Sized {
    fn take(identifiers: &mut dyn Iterator<Item = String>) -> Option<Self>;
}

impl Identifiers for String {
    fn take(identifiers: &mut dyn Iterator<Item = String>) -> Option<Self> {
        identifiers.next()
    }
}

impl Identifiers for (String, String) {
    fn take(identifiers: &mut dyn Iterator<Item = String>) -> Option<Self> {
        Some((identifiers.next()?, identifiers.next()?))
    }
}

impl Identifiers for (String, String, String) {
    fn take(identifiers: &mut dyn Iterator<Item = String>) -> Option<Self> {
        Some((
            identifiers.next()?,
            identifiers.next()?,
            identifiers.next()?,
        ))
    }
}

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: Identifiers,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Ok(parameters) = RawPathParams::from_request_parts(parts, state).await else {
            let Ok(uri) = OriginalUri::from_request_parts(parts, state).await;
            return Err(unknown_url(parts.method.clone(), uri).await);
        };
        let mut identifiers = parameters
            .iter()
            .filter(|(name, _)| !OF_PREFIXES.contains(name))
            .map(|(_, value)| value.to_owned());
        let taken = T::take(&mut identifiers).map(Self);
        taken.ok_or_else(|| {
            let message = "This route has fewer identifiers than its handler asks for.";
            ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", message)
        })
    }
}
