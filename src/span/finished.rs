//! A span that is made after the work it stands for.

use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::{Event, Span as _, SpanContext, SpanKind, Tracer as _};
use opentelemetry_sdk::trace::SdkTracer;

use super::attribute_set::AttributeSet;

/// Describes a span whose work is over. It becomes an OpenTelemetry span only: `tracing` cannot
/// backdate spans.
#[derive(Debug)]
pub(crate) struct FinishedSpan {
    pub(crate) kind: SpanKind,
    pub(crate) name: String,
    pub(crate) attributes: AttributeSet,
    pub(crate) events: Vec<Event>,
    /// Start and end; an end before the start counts as the start.
    pub(crate) times: (SystemTime, SystemTime),
}

impl FinishedSpan {
    /// Makes the span.
    pub(crate) fn record(self, tracer: &SdkTracer, parent: &Context) -> SpanContext {
        let (attributes, status) = self.attributes.into_parts();
        let (start, end) = self.times;
        let mut span = tracer
            .span_builder(self.name)
            .with_kind(self.kind)
            .with_start_time(start)
            .with_attributes(attributes)
            .start_with_context(tracer, parent);
        for event in self.events {
            span.add_event_with_timestamp(event.name, event.timestamp, event.attributes);
        }
        span.set_status(status);
        span.end_with_timestamp(end.max(start));
        span.span_context().clone()
    }
}
