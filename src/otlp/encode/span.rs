//! A span, its events and its links.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;

use super::attributes::attributes;
use super::backward::Backward;

/// In `flags`: whether the parent (or what is linked) is remote is known.
const HAS_IS_REMOTE: u32 = 0x100;
/// In `flags`: it is.
const IS_REMOTE: u32 = 0x200;

/// The fields of a `Span`.
pub(super) fn span(out: &mut Backward, span: &SpanData) {
    out.fixed32(16, flags(&span.span_context, span.parent_span_is_remote));
    out.message(15, |out| status(out, &span.status));
    out.number(14, span.links.dropped_count);
    for one in span.links.iter().rev() {
        out.message(13, |out| link(out, one));
    }
    out.number(12, span.events.dropped_count);
    for one in span.events.iter().rev() {
        out.message(11, |out| event(out, one));
    }
    out.number(10, span.dropped_attributes_count);
    attributes(out, 9, span.attributes.iter());
    time(out, 8, span.end_time);
    time(out, 7, span.start_time);
    out.number(6, kind(&span.span_kind));
    out.text(5, &span.name);
    if span.parent_span_id != SpanId::INVALID {
        out.bytes(4, &span.parent_span_id.to_bytes());
    }
    context(out, &span.span_context);
}

/// The first three fields of a span and of a link.
fn context(out: &mut Backward, context: &SpanContext) {
    out.text(3, &context.trace_state().header());
    out.bytes(2, &context.span_id().to_bytes());
    out.bytes(1, &context.trace_id().to_bytes());
}

fn flags(context: &SpanContext, is_remote: bool) -> u32 {
    let remote = if is_remote { IS_REMOTE } else { 0 };
    u32::from(context.trace_flags().to_u8()) | HAS_IS_REMOTE | remote
}

fn status(out: &mut Backward, status: &Status) {
    match status {
        Status::Unset => {}
        Status::Ok => out.number(3, 1),
        Status::Error { description } => {
            out.number(3, 2);
            out.text(2, description);
        }
    }
}

fn kind(kind: &SpanKind) -> u32 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

fn event(out: &mut Backward, event: &Event) {
    out.number(4, event.dropped_attributes_count);
    attributes(out, 3, event.attributes.iter());
    out.text(2, &event.name);
    time(out, 1, event.timestamp);
}

fn link(out: &mut Backward, link: &Link) {
    let remote = link.span_context.is_remote();
    out.fixed32(6, flags(&link.span_context, remote));
    out.number(5, link.dropped_attributes_count);
    attributes(out, 4, link.attributes.iter());
    context(out, &link.span_context);
}

/// Nanoseconds since 1970, unless that is zero.
fn time(out: &mut Backward, field: u32, time: SystemTime) {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanoseconds = since.as_nanos() as u64;
    if nanoseconds != 0 {
        out.fixed64(field, nanoseconds);
    }
}
