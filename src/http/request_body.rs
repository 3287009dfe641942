//! The body of a request: shared if it is in memory, else observed as it is sent.
//!
//! Contract: the server receives what it would receive without tracing: the same bytes, as early, with the
//! same size hint and so the same `content-length`. Nothing is read twice.

use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::Body as _;
use reqwest::{Body, Request};

use super::tee::{Observer, Tee};

/// Whether the request has a body that is not in memory but made as it is sent.
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

/// Lets `observer` see the body as it is sent.
pub(super) fn observe(request: &mut Request, observer: impl Observer) {
    let body = request.body_mut();
    if let Some(inner) = body.take() {
        *body = Some(Body::wrap(Tee::new(inner, observer)));
    }
}
