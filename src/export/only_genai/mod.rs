//! Stands before a destination that gets only traces with a GenAI span.
//!
//! Contract: [`sieve`] decides, here its decisions become items for the destination, and the books
//! are kept. A span that waits is `pending`, with its memory counted in the queue; one that is left out
//! was not made. A flush and a shutdown decide whatever waits.

#[cfg(test)]
mod tests;
mod trace_buffer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanId;
use opentelemetry_sdk::trace::SpanData;

use self::trace_buffer::{Bounds, Ended, Given, Parent, Sieve, Sifted};
use super::queue::{Item, Limits, Queue, Ticket};
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

/// A destination behind the sieve.
pub(crate) struct OnlyGenAi<C> {
    inner: C,
    sieve: Sieve<Arc<SpanData>>,
    queue: Arc<Queue>,
    /// For the spans that wait.
    held: Option<Ticket>,
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
            sieve: Sieve::new(bounds),
            queue,
            held: None,
        }
    }
}

impl<C: Consumer> OnlyGenAi<C> {
    /// Settles what is decided, and hands on what is given.
    fn pass_on(&mut self, mut items: Vec<Item>, sifted: Sifted<Arc<SpanData>>) {
        items.extend(sifted.given.into_iter().map(item));
        self.queue.found_lost(DropReason::Undecided, sifted.lost);
        let given = items.iter().filter(|item| matches!(item, Item::Ended(_)));
        let given = given.count() as u64;
        let ticket = self.held.as_mut().map(|held| {
            held.split(sifted.left_out).left_out();
            held.split(given)
        });
        self.held.take_if(|held| held.spans() == 0);
        // Also with nothing to give: it may have asked to be woken.
        if let Some(ticket) = ticket {
            self.inner.consume(items, ticket);
        }
    }
}

impl<C: Consumer> Consumer for OnlyGenAi<C> {
    fn consume(&mut self, items: Vec<Item>, ticket: Ticket) {
        match &mut self.held {
            Some(held) => held.merge(ticket),
            None => self.held = Some(ticket),
        }
        let now = Instant::now();
        let mut sifted = Sifted::default();
        let mut given = Vec::new();
        for one in items {
            match one {
                Item::Opened { trace_id, span_id } => {
                    self.sieve.opened(trace_id, span_id, now, &mut sifted);
                }
                Item::Ended(span) => self.sieve.ended(ended(span), now, &mut sifted),
                Item::Resource(_) => {
                    given.extend(sifted.given.drain(..).map(item));
                    given.push(one);
                }
            }
        }
        self.sieve.sweep(now, &mut sifted);
        self.pass_on(given, sifted);
    }

    fn flush(&mut self) {
        let mut sifted = Sifted::default();
        self.sieve.decide(Instant::now(), &mut sifted);
        self.pass_on(Vec::new(), sifted);
        self.inner.flush();
    }

    fn close(&mut self, deadline: Instant) {
        self.inner.close(deadline);
    }

    fn wake_at(&self) -> Option<Instant> {
        let both = [self.sieve.next_due(), self.inner.wake_at()];
        both.into_iter().flatten().min()
    }

    fn finish(self) {
        self.inner.finish();
    }
}

fn ended(span: Arc<SpanData>) -> Ended<Arc<SpanData>> {
    Ended {
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

fn item(given: Given<Arc<SpanData>>) -> Item {
    match given {
        Given::Opened { trace_id, span_id } => Item::Opened { trace_id, span_id },
        Given::Ended { span, parent: None } => Item::Ended(span),
        Given::Ended {
            mut span,
            parent: Some(parent),
        } => {
            hand_over(Arc::make_mut(&mut span), parent);
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
