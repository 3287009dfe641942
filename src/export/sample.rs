//! What the tests of this room put into queues.

use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::queue::{InFlight, Queue};
use super::queued_span::QueuedSpan;

/// A span that says nothing.
pub(crate) fn span() -> QueuedSpan {
    QueuedSpan::Owned(SpanData {
        span_context: SpanContext::empty_context(),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: "work".into(),
        start_time: SystemTime::UNIX_EPOCH,
        end_time: SystemTime::UNIX_EPOCH,
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    })
}

/// So many spans that were taken from the queue, of 100 bytes each.
pub(crate) fn in_flight(queue: &Arc<Queue>, spans: usize) -> InFlight {
    (0..spans).for_each(|_| queue.push(span(), 100));
    queue.request_flush();
    queue.take(None, None).in_flight
}
