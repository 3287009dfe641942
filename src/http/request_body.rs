//! The body of a request: shared as it is if it is in memory, else as it passes.
//!
//! Contract: what the server receives is what the client would have sent without it: the same bytes, when
//! they come, the same size hint, so the same `content-length`, and nothing is read twice. The end of a
//! body that passes is seen when it has no more frames, or is dropped.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use pin_project_lite::pin_project;
use reqwest::{Body, Request};

use super::call::{Attempt, Call};

/// Whether a request has a body that is no bytes in memory, but made as it is sent.
pub(super) fn is_stream(request: &Request) -> bool {
    request.body().is_some_and(|body| body.as_bytes().is_none())
}

/// The body as bytes that are shared, not copied; `None` if there is none, or it is a stream.
pub(super) fn share(request: &mut Request) -> Option<Bytes> {
    let body = request.body_mut();
    body.as_ref()?.as_bytes()?;
    let bytes = body.take().and_then(into_bytes)?;
    *body = Some(Body::from(bytes.clone()));
    Some(bytes)
}

/// A body that is in memory gives its bytes at the first poll.
fn into_bytes(body: Body) -> Option<Bytes> {
    let mut body = std::pin::pin!(body);
    let mut context = Context::from_waker(Waker::noop());
    match body.as_mut().poll_frame(&mut context) {
        Poll::Ready(Some(Ok(frame))) => frame.into_data().ok(),
        // An empty body has no frame.
        _ => Some(Bytes::new()),
    }
}

/// Shares a stream with the call as it passes.
pub(super) fn tee(request: &mut Request, call: &Arc<Call>, attempt: Attempt) {
    let body = request.body_mut();
    if let Some(inner) = body.take() {
        *body = Some(Body::wrap(Tee {
            inner,
            call: Arc::clone(call),
            attempt,
        }));
    }
}

pin_project! {
    struct Tee {
        #[pin]
        inner: Body,
        call: Arc<Call>,
        attempt: Attempt,
    }

    impl PinnedDrop for Tee {
        fn drop(this: Pin<&mut Self>) {
            this.call.sent_all(this.attempt);
        }
    }
}

impl http_body::Body for Tee {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let mut this = self.project();
        let frame = ready!(this.inner.as_mut().poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    this.call.sent(*this.attempt, data);
                }
                // Who knows that the last frame was the last does not ask again.
                if this.inner.is_end_stream() {
                    this.call.sent_all(*this.attempt);
                }
            }
            Some(Err(_)) | None => this.call.sent_all(*this.attempt),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
