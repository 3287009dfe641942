//! Tells the call around of every attempt that fails.
//!
//! A retry layer drops what it tries again, with status and headers. This layer stands inside of it
//! and looks at each answer before that.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use reqwest::Response;
use tower_layer::Layer;
use tower_service::Service;

use super::call::Call;
use super::future::Describe;
use super::request::RequestFactory;
use crate::recorder::Failure;

/// Adds an event for each failed attempt to the span of its call.
///
/// Belongs *inside* the retry layer, with [`TraceLayer`](super::TraceLayer) outside of it; alone it
/// does nothing.
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "a layer does nothing until it is given to a service"]
pub struct AttemptLayer;

impl AttemptLayer {
    /// The layer.
    pub fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for AttemptLayer {
    type Service = Attempt<S>;

    fn layer(&self, inner: S) -> Attempt<S> {
        Attempt { inner }
    }
}

/// One attempt; see [`AttemptLayer`].
#[derive(Clone, Debug)]
pub struct Attempt<S> {
    inner: S,
}

impl<S, F> Service<F> for Attempt<S>
where
    F: RequestFactory,
    S: Service<F, Response = Response>,
    S::Error: 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = AttemptFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, factory: F) -> Self::Future {
        AttemptFuture {
            inner: self.inner.call(factory),
            call: Call::current().map(|call| (call, F::describe as Describe)),
        }
    }
}

pin_project! {
    /// The answer to one attempt.
    #[must_use = "futures do nothing unless polled"]
    pub struct AttemptFuture<F> {
        #[pin]
        inner: F,
        call: Option<(Arc<Call>, Describe)>,
    }
}

impl<F, E> Future for AttemptFuture<F>
where
    F: Future<Output = Result<Response, E>>,
    E: 'static,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let answer = ready!(this.inner.poll(context));
        if let Some((call, describe)) = this.call.take() {
            let failure = match &answer {
                Ok(response) if response.status().is_success() => None,
                Ok(response) => Some(Failure {
                    status: Some(response.status()),
                    ..Failure::new(response.status().as_str(), "")
                }),
                Err(error) => Some(
                    describe(error).unwrap_or_else(|| Failure::new("_OTHER", "the attempt failed")),
                ),
            };
            if let Some(failure) = failure {
                call.attempt_failed(failure);
            }
        }
        Poll::Ready(answer)
    }
}
