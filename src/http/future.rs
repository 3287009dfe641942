//! The future that waits for an answer.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use reqwest::Response;

use super::response::Unanswered;

pin_project! {
    /// Future of the response to a traced call.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct TraceFuture<F> {
        #[pin]
        inner: F,
        call: Unanswered,
    }
}

impl<F> TraceFuture<F> {
    pub(super) fn new(inner: F, call: Unanswered) -> Self {
        Self { inner, call }
    }
}

impl<F, E> Future for TraceFuture<F>
where
    F: Future<Output = Result<Response, E>>,
    E: fmt::Display + 'static,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let result = match this.call.call() {
            Some(call) => ready!(call.polled(|| this.inner.poll(context))),
            None => return this.inner.poll(context),
        };
        Poll::Ready(this.call.answered(result))
    }
}
