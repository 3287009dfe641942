//! From the wait for a response to a response whose body is observed.

use std::fmt;
use std::sync::Arc;

use reqwest::{Body, Response};

use super::call::Call;
use super::failure;
use super::tee::Tee;
use crate::recorder::End;

/// A call that waits for its response. Dropped before, it ends as cancelled: the caller has given up.
#[derive(Debug)]
pub(super) struct Unanswered(Option<Arc<Call>>);

impl Unanswered {
    pub(super) fn new(call: Arc<Call>) -> Self {
        Self(Some(call))
    }

    /// A call that nobody records.
    pub(super) fn unrecorded() -> Self {
        Self(None)
    }

    pub(super) fn call(&self) -> Option<&Arc<Call>> {
        self.0.as_ref()
    }

    /// Records what has come of the wait; the body goes on being observed.
    pub(super) fn answered<E: fmt::Display + 'static>(
        &mut self,
        result: Result<Response, E>,
    ) -> Result<Response, E> {
        let Some(call) = self.0.take() else {
            return result;
        };
        match result {
            Ok(response) => Ok(observed(response, call)),
            Err(error) => {
                call.end(End::Failed(failure::of(&error)));
                Err(error)
            }
        }
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        if let Some(call) = self.0.take() {
            call.end(End::CancelledBeforeAnswer);
        }
    }
}

/// The same response with an observed body.
///
/// reqwest wraps the error of a body that it did not make itself, so the sources of such an error begin
/// with two more `reqwest::Error`s; those below are untouched.
fn observed(response: Response, call: Arc<Call>) -> Response {
    call.answered(response.status(), response.headers());
    let url = response.url().clone();
    let (mut parts, body) = http::Response::<Body>::from(response).into_parts();
    // The address is kept in an extension that only a builder of responses can make.
    let with_url = reqwest::ResponseBuilderExt::url(http::Response::builder(), url).body(());
    if let Ok(with_url) = with_url {
        parts.extensions.extend(with_url.into_parts().0.extensions);
    }
    let body = Body::wrap(Tee::new(body, call));
    Response::from(http::Response::from_parts(parts, body))
}
