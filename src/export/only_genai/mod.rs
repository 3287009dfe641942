//! A filter in front of a destination that gets only traces with a GenAI span.
//!
//! Contract: the [`trace_buffer`] decides; here its decisions become items for the destination, and every
//! span is counted. A span that waits is `pending`, with its memory counted in the queue; one that is left
//! out was not made. A flush and a shutdown decide whatever waits.

#[cfg(test)]
mod tests;
mod trace_buffer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;

use self::trace_buffer::{Bounds, Decisions, EndedSpan, Parent, Released, TraceBuffer};
use super::queue::{InFlight, Item, Items, Limits, Queue};
use super::queued_span::QueuedSpan;
use super::report::DropReason;
use super::span_size;
use super::worker::Consumer;
use crate::backends;
use crate::conventions as names;
use crate::conventions::observation;

/// The part of the queue that may wait here: what is to be delivered needs the rest.
const PART: usize = 4;
const HOLD: Duration = Duration::from_secs(600);
const GRACE: Duration = Duration::from_secs(1);
const TRACES: usize = 16_384;
const SPANS: usize = 65_536;

/// A destination behind the filter.
pub(crate) struct OnlyGenAi<C> {
    inner: C,
    buffer: TraceBuffer<QueuedSpan>,
    queue: Arc<Queue>,
    /// For the spans that wait.
    waiting: Option<InFlight>,
}

impl<C> OnlyGenAi<C> {
    pub(crate) fn new(inner: C, queue: Arc<Queue>, limits: Limits) -> Self {
        let bounds = Bounds {
            spans: limits.spans / PART,
            bytes: limits.bytes / PART,
            hold: HOLD,
            grace: GRACE,
            traces: TRACES,
            open: SPANS,
            links: SPANS,
        };
        Self {
            inner,
            buffer: TraceBuffer::new(bounds),
            queue,
            waiting: None,
        }
    }
}

impl<C: Consumer> OnlyGenAi<C> {
    /// Settles what is decided, and hands on what is released.
    fn pass_on(&mut self, mut items: Vec<Item>, decisions: Decisions<QueuedSpan>) {
        items.extend(decisions.released.into_iter().map(item));
        self.queue.found_lost(DropReason::Undecided, decisions.lost);
        let released = items.iter().filter(|item| matches!(item, Item::Ended(_)));
        let released = released.count() as u64;
        let in_flight = self.waiting.as_mut().map(|waiting| {
            waiting.split(decisions.left_out).left_out();
            waiting.split(released)
        });
        self.waiting.take_if(|waiting| waiting.spans() == 0);
        // Also without items: the destination may have asked to be woken.
        if let Some(in_flight) = in_flight {
            self.inner.consume(items.into(), in_flight);
        }
    }
}

impl<C: Consumer> Consumer for OnlyGenAi<C> {
    fn consume(&mut self, items: Items, in_flight: InFlight) {
        match &mut self.waiting {
            Some(waiting) => waiting.merge(in_flight),
            None => self.waiting = Some(in_flight),
        }
        let now = Instant::now();
        let mut decisions = Decisions::default();
        let mut released = Vec::new();
        for one in items {
            match one {
                Item::Opened { trace_id, span_id } => {
                    self.buffer.opened(trace_id, span_id, now, &mut decisions);
                }
                Item::Ended(span) => self.buffer.ended(ended(span), now, &mut decisions),
                Item::Resource(_) => {
                    released.extend(decisions.released.drain(..).map(item));
                    released.push(one);
                }
            }
        }
        self.buffer.sweep(now, &mut decisions);
        self.pass_on(released, decisions);
    }

    fn flush(&mut self) {
        let mut decisions = Decisions::default();
        self.buffer.decide(Instant::now(), &mut decisions);
        self.pass_on(Vec::new(), decisions);
        self.inner.flush();
    }

    fn close(&mut self, deadline: Instant) {
        self.inner.close(deadline);
    }

    fn wake_at(&self) -> Option<Instant> {
        let both = [self.buffer.next_due(), self.inner.wake_at()];
        both.into_iter().flatten().min()
    }

    fn finish(self) {
        self.inner.finish();
    }
}

fn ended(span: QueuedSpan) -> EndedSpan<QueuedSpan> {
    EndedSpan {
        trace_id: span.span_context.trace_id(),
        span_id: span.span_context.span_id(),
        parent: Parent {
            span_id: span.parent_span_id,
            is_remote: span.parent_span_is_remote,
        },
        is_genai: is_genai(&span),
        bytes: span_size::of(&span),
        span,
    }
}

/// Whether a span is about a model, or is an observation, whoever made it.
fn is_genai(span: &SpanData) -> bool {
    span.attributes.iter().any(|attribute| {
        let key = attribute.key.as_str();
        matches!(key, names::OPERATION_NAME | observation::TYPE) || backends::is_observation(key)
    })
}

fn item(released: Released<QueuedSpan>) -> Item {
    match released {
        Released::Opened { trace_id, span_id } => Item::Opened { trace_id, span_id },
        Released::Ended { span, parent: None } => Item::Ended(span),
        Released::Ended {
            mut span,
            parent: Some(parent),
        } => {
            hand_over(span.make_mut(), parent);
            Item::Ended(span)
        }
    }
}

/// Gives a span another parent. Without one in this process it is where its trace begins here.
fn hand_over(span: &mut SpanData, parent: Parent) {
    span.parent_span_id = parent.span_id;
    span.parent_span_is_remote = parent.is_remote;
    if parent.is_remote || parent.span_id == SpanId::INVALID {
        let is_root = |one: &KeyValue| one.key.as_str() == observation::APP_ROOT;
        span.attributes.retain(|one| !is_root(one));
        span.attributes
            .push(KeyValue::new(observation::APP_ROOT, true));
    }
}
