//! The layer inside of a retry layer, which sees the attempts.
//!
//! A retry layer drops the responses that it does not accept, with status and headers. This layer looks at
//! them before that.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use reqwest::Response;
use tower_layer::Layer;
use tower_service::Service;

use super::call::Call;
use super::failure;
use super::request::TracedRequest;
use crate::recorder::Failure;

/// Layer that adds an event for every failed attempt to the span of its call.
///
/// Belongs *inside* of a retry layer, with a [`TraceLayer`](super::TraceLayer) outside of it; alone it does
/// nothing. Both have to run in the same task, so no `tower::buffer` may stand between them.
///
/// # Examples
///
/// ```
/// use tower::ServiceBuilder;
/// use tracing_genai::http::{AttemptLayer, TraceLayer};
///
/// # use std::future::{Ready, ready};
/// # #[derive(Clone)]
/// # struct Once;
/// # impl<P, E> tower::retry::Policy<reqwest::Request, P, E> for Once {
/// #     type Future = Ready<()>;
/// #     fn retry(&mut self, _: &mut reqwest::Request, _: &mut Result<P, E>) -> Option<Ready<()>> {
/// #         None
/// #     }
/// #     fn clone_request(&mut self, request: &reqwest::Request) -> Option<reqwest::Request> {
/// #         request.try_clone()
/// #     }
/// # }
/// # let policy = Once;
/// let service = ServiceBuilder::new()
///     .layer(TraceLayer::new())
///     .retry(policy) // a `tower::retry::Policy` of yours
///     .layer(AttemptLayer::new())
///     .service(reqwest::Client::new());
/// ```
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

/// Service that observes the attempts of a call; see [`AttemptLayer`].
#[derive(Clone, Debug)]
pub struct Attempt<S> {
    inner: S,
}

impl<S, R> Service<R> for Attempt<S>
where
    R: TracedRequest,
    S: Service<R, Response = Response>,
    S::Error: fmt::Display + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = AttemptFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let call = Call::current();
        // A request that is built anew is seen when that happens.
        if let Some(call) = call.as_ref().filter(|_| !R::IS_REBUILT) {
            call.sending();
        }
        AttemptFuture {
            inner: self.inner.call(request),
            call,
        }
    }
}

pin_project! {
    /// Future of the response to one attempt.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct AttemptFuture<F> {
        #[pin]
        inner: F,
        call: Option<Arc<Call>>,
    }
}

impl<F, E> Future for AttemptFuture<F>
where
    F: Future<Output = Result<Response, E>>,
    E: fmt::Display + 'static,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let result = ready!(this.inner.poll(context));
        if let Some(call) = this.call.take()
            && let Some(failure) = failure_of(&result)
        {
            call.attempt_failed(failure);
        }
        Poll::Ready(result)
    }
}

fn failure_of<E: fmt::Display + 'static>(result: &Result<Response, E>) -> Option<Failure> {
    match result {
        Ok(response) if response.status().is_success() => None,
        Ok(response) => Some(Failure {
            status: Some(response.status()),
            ..Failure::new(response.status().as_str(), "")
        }),
        Err(error) => Some(failure::of(error)),
    }
}
