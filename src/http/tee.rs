//! The tee: passes an answer's body on and shares what passes.
//!
//! Contract: what the caller reads is what the server sent, frame by frame, with the same size hint,
//! the same trailers and the same errors, when it comes. The end is seen in one of four ways, whichever
//! comes first: no more frames, a frame that is known to be the last, an error, or the drop of the
//! body. The last one may still be a good end, because clients stop reading at a stream's terminal
//! event; the recorder, which reads the events, decides that.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::call::Call;
use crate::recorder::{End, Failure};

pin_project! {
    /// A body that is shared with a call.
    pub(crate) struct Tee {
        #[pin]
        inner: reqwest::Body,
        call: Arc<Call>,
        was_complete: bool,
    }

    impl PinnedDrop for Tee {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let was_complete = *this.was_complete || this.inner.is_end_stream();
            this.call.end(End::Dropped { was_complete });
        }
    }
}

impl Tee {
    pub(crate) fn new(inner: reqwest::Body, call: Arc<Call>) -> Self {
        Self {
            inner,
            call,
            was_complete: false,
        }
    }
}

impl Body for Tee {
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
                    this.call.chunk(data);
                }
                *this.was_complete = this.inner.is_end_stream();
            }
            Some(Err(error)) => this.call.end(End::Failed(Failure::of_transport(error))),
            None => this.call.end(End::Complete),
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
