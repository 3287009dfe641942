//! What the HTTP room hands over about a call, from its first request to its end.
//!
//! Contract: plain data. Bodies are shared parts, never copies, and what counts their bytes travels with
//! them. Whoever observes calls uses these types; the recorder knows nothing of who that is.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use reqwest::header::HeaderValue;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::account::{RequestBody, Waiting};
use super::call_end::End;
use super::call_head::CallHead;
use super::caller::Caller;

/// A call that is under way. When the telemetry ends, what is open then ends too, so that its span is exported
/// instead of lost; the caller's own future goes on as if nothing had happened.
pub(crate) trait OpenCall: Send + Sync {
    /// Ends its span: nothing more of it will be recorded.
    fn give_up(&self);
}

/// Parts of a body, and when each of them came.
pub(crate) type Parts = VecDeque<(Bytes, Instant)>;

/// What was not handed over yet when a body ended.
#[derive(Debug, Default)]
pub(crate) struct Rest {
    pub(crate) parts: Parts,
    /// Whether parts are missing before these.
    pub(crate) is_tail: bool,
}

/// The first request of a call.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) head: Arc<CallHead>,
    pub(crate) content_type: Option<HeaderValue>,
    /// `None` if the body is a stream, is not read, or had to be given up.
    pub(crate) body: Option<RequestBody>,
    /// When the call began.
    pub(crate) began: Instant,
    pub(crate) at: SystemTime,
    /// Who makes the call.
    pub(crate) caller: Caller,
    /// Whether housekeeping of the Assistants API is recorded like every other call.
    pub(crate) wants_housekeeping: bool,
    /// The context of the call's own span.
    pub(crate) own: SpanContext,
}

/// The end of a call.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Still open, so that it can be filled. Disabled for a call that is recorded afterwards.
    pub(crate) span: Span,
    /// Whether the call is the span's end.
    pub(crate) ends_span: bool,
    pub(crate) end: End,
    pub(crate) at: SystemTime,
    /// How often the request was sent again.
    pub(crate) resends: u32,
    /// What is left of the answer; `None` if it is not read, or if even that was too much.
    pub(crate) rest: Option<(Rest, Waiting)>,
    /// Whether content was given up, because too much was waiting.
    pub(crate) has_lost_content: bool,
}

impl Ended {
    /// Ends the span when the call has ended, not when the recorder comes to it, and not when tracing-opentelemetry
    /// would: at the last time that it was left.
    pub(crate) fn end_span(&self) {
        if self.ends_span {
            self.span.context().span().end_with_timestamp(self.at);
        }
    }
}
