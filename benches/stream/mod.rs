//! The body of a streamed answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};

const DONE: &[u8] = b"data: [DONE]\n\n";

/// So many chunks, the last of them the terminal event.
pub struct Chunks {
    pub left: u32,
    /// The others, each of which says the same.
    pub chunk: &'static [u8],
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let chunk = match self.left {
            0 => return Poll::Ready(None),
            1 => DONE,
            _ => self.chunk,
        };
        self.left -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(chunk)))))
    }
}
