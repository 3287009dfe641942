//! The answer of a call, while it is read.

use std::sync::{Arc, Weak};
use std::time::Instant;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

use super::Call;
use crate::http::tee::Observer;
use crate::recorder::{End, OpenStream};

impl Call {
    /// The response has begun.
    pub(in crate::http) fn answered(self: &Arc<Self>, status: StatusCode, headers: &HeaderMap) {
        let mut state = self.lock();
        state.last_failure = None;
        if state.ended || !state.is_recorded {
            return;
        }
        state.release_request();
        state.shares_bodies &= has_whole_body(status);
        let content_type = headers.get(CONTENT_TYPE);
        if state.shares_bodies && content_type.is_some_and(is_stream) {
            let trace = state.own.trace_id();
            state.open_in = Some(trace);
            let stream: Weak<Self> = Arc::downgrade(self);
            self.recorder().opened(trace, &self.account, stream);
        }
        self.recorder().answered(&self.account, status, headers);
    }

    /// A part of the response has come.
    fn received(&self, part: &Bytes) {
        let mut state = self.lock();
        if state.ended || !state.shares_bodies {
            return;
        }
        let reserve = |bytes| self.account.reserve(bytes);
        if let Some((parts, waiting)) = state.response.push(part, Instant::now(), reserve) {
            self.recorder().chunks(&self.account, parts, waiting);
        }
    }
}

/// A response's body.
impl Observer for Arc<Call> {
    fn part(&self, part: &Bytes, _is_last: impl FnOnce() -> bool) {
        self.received(part);
    }

    fn end(&self, end: End) {
        Call::end(self, end);
    }
}

impl OpenStream for Call {
    fn hand_over(&self) {
        let mut state = self.lock();
        if state.ended {
            return;
        }
        let reserve = |bytes| self.account.reserve(bytes);
        if let Some((parts, waiting)) = state.response.hand_over(reserve) {
            self.recorder().chunks(&self.account, parts, waiting);
        }
    }
}

/// Whether a response with this content type is a stream of events.
fn is_stream(content_type: &HeaderValue) -> bool {
    let content_type = content_type.as_bytes();
    content_type.starts_with(b"text/event-stream")
        || content_type.starts_with(b"application/vnd.amazon.eventstream")
}

/// Whether a response with this status has a body that can be read by itself: a switch to another protocol and
/// a redirect have none, and a range is a piece of one.
fn has_whole_body(status: StatusCode) -> bool {
    !(status.is_informational() || status.is_redirection() || status == StatusCode::PARTIAL_CONTENT)
}
