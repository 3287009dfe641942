//! A body that is observed on its way.
//!
//! Contract: whoever reads it gets what is inside, frame by frame, with the same size hint, trailers and
//! errors, when it comes. The observer sees the end in one of three ways: no more frames, an error, or the
//! drop of the body, after which a second end may still be reported.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::failure;
use crate::recorder::End;

/// Who observes a body.
pub(super) trait Observer: Send + Sync + 'static {
    /// A part has passed; whether no other will follow, as far as that is known.
    fn part(&self, part: &Bytes, is_last: impl FnOnce() -> bool);

    /// The body has ended. Only the first end counts.
    fn end(&self, end: End);
}

pin_project! {
    pub(super) struct Tee<O: Observer> {
        #[pin]
        inner: reqwest::Body,
        observer: O,
    }

    impl<O: Observer> PinnedDrop for Tee<O> {
        fn drop(this: Pin<&mut Self>) {
            let was_complete = this.inner.is_end_stream();
            this.observer.end(End::Dropped { was_complete });
        }
    }
}

impl<O: Observer> Tee<O> {
    pub(super) fn new(inner: reqwest::Body, observer: O) -> Self {
        Self { inner, observer }
    }
}

impl<O: Observer> Body for Tee<O> {
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
                    this.observer.part(data, || this.inner.is_end_stream());
                }
            }
            Some(Err(error)) => this.observer.end(End::Failed(failure::of_transport(error))),
            None => this.observer.end(End::Complete),
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
