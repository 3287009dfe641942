//! The tower service that traces.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use reqwest::Response;
use tower_service::Service;

use super::call::Call;
use super::future::TraceFuture;
use super::options::TraceOptions;
use super::request::TracedRequest;
use super::response::Unanswered;

/// Service that records every call of the service inside as one span; see
/// [`TraceLayer`](super::TraceLayer).
#[derive(Clone, Debug)]
pub struct Trace<S> {
    inner: S,
    options: TraceOptions,
}

impl<S> Trace<S> {
    pub(super) fn new(inner: S, options: TraceOptions) -> Self {
        Self { inner, options }
    }
}

impl<S, R> Service<R> for Trace<S>
where
    R: TracedRequest,
    S: Service<R, Response = Response>,
    S::Error: fmt::Display + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = TraceFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let Some(call) = Call::begin(&self.options) else {
            return TraceFuture::new(self.inner.call(request), Unanswered::unrecorded());
        };
        let requested = Arc::clone(&call);
        let request = request.inspected(move |request| requested.request(request));
        let future = call.polled(|| self.inner.call(request));
        TraceFuture::new(future, Unanswered::new(call))
    }
}
