//! The future that waits for an answer.
//!
//! A future that is dropped before the answer has come ends its call: a caller who gives up is seen.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use reqwest::Response;

use super::call::Call;
use super::tee::Tee;
use crate::recorder::{End, Failure};

/// What is known of an error of the service inside.
pub(crate) type Describe = fn(&(dyn Any + 'static)) -> Option<Failure>;

pin_project! {
    /// The answer of a traced call; the answer itself if nothing is recorded.
    #[must_use = "futures do nothing unless polled"]
    pub struct TraceFuture<F> {
        #[pin]
        inner: F,
        call: Option<(Arc<Call>, Describe)>,
    }

    impl<F> PinnedDrop for TraceFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Some((call, _)) = this.call.take() {
                call.end(End::CancelledBeforeAnswer);
            }
        }
    }
}

impl<F> TraceFuture<F> {
    pub(crate) fn new(inner: F, call: Option<(Arc<Call>, Describe)>) -> Self {
        Self { inner, call }
    }
}

impl<F, E> Future for TraceFuture<F>
where
    F: Future<Output = Result<Response, E>>,
    E: 'static,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some((call, describe)) = this.call else {
            return this.inner.poll(context);
        };
        let answer = ready!(call.polled(|| this.inner.poll(context)));
        let (call, describe) = (Arc::clone(call), *describe);
        *this.call = None;
        Poll::Ready(match answer {
            Ok(response) => Ok(tee(response, call)),
            Err(error) => {
                let failure =
                    describe(&error).unwrap_or_else(|| Failure::new("_OTHER", "the call failed"));
                call.end(End::Failed(failure));
                Err(error)
            }
        })
    }
}

/// The same response with its body shared.
pub(crate) fn tee(response: Response, call: Arc<Call>) -> Response {
    call.answered(response.status(), response.headers());
    let url = response.url().clone();
    let (mut parts, body) = http::Response::<reqwest::Body>::from(response).into_parts();
    // The address is kept in an extension that only a builder of responses can make.
    let with_url = reqwest::ResponseBuilderExt::url(http::Response::builder(), url).body(());
    if let Ok(with_url) = with_url {
        parts.extensions.extend(with_url.into_parts().0.extensions);
    }
    let body = reqwest::Body::wrap(Tee::new(body, call));
    Response::from(http::Response::from_parts(parts, body))
}
