//! All destinations of a telemetry: what a finished span is handed to.
//!
//! Handing a span over costs one short lock a destination and allocates nothing; it runs on the
//! thread that ends the span.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::queue::{Item, Queue};
use super::report::Report;
use super::span_size;

/// One of the destinations.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) queue: Arc<Queue>,
    /// Whether the destination wants to know of spans that start.
    pub(crate) wants_opened: bool,
}

/// All destinations of one telemetry.
#[derive(Clone, Debug, Default)]
pub(crate) struct FanOut(Arc<[Branch]>);

impl FanOut {
    pub(crate) fn new(branches: Vec<Branch>) -> Self {
        Self(branches.into())
    }

    /// Shares a finished span with all destinations.
    pub(crate) fn push(&self, span: Arc<SpanData>) {
        let bytes = span_size::of(&span);
        for branch in self.0.iter() {
            branch.queue.push(Arc::clone(&span), bytes);
        }
    }

    /// Whether a destination wants to know of spans that start.
    pub(crate) fn want_opened(&self) -> bool {
        self.0.iter().any(|branch| branch.wants_opened)
    }

    /// Tells the destinations that want to know that a span has started.
    pub(crate) fn opened(&self, trace_id: TraceId, span_id: SpanId) {
        for branch in self.0.iter().filter(|branch| branch.wants_opened) {
            branch.queue.notify(Item::Opened { trace_id, span_id });
        }
    }

    /// Gives all destinations the provider's resource.
    pub(crate) fn set_resource(&self, resource: &Resource) {
        for branch in self.0.iter() {
            branch.queue.notify(Item::Resource(resource.clone()));
        }
    }

    pub(crate) fn report(&self) -> Report {
        let mut report = Report::default();
        report.destinations = self.0.iter().map(|branch| branch.queue.report()).collect();
        report
    }

    pub(crate) fn observe(&self, meter: &opentelemetry::metrics::Meter) {
        let queues = self
            .0
            .iter()
            .map(|branch| Arc::clone(&branch.queue))
            .collect();
        super::metrics::observe(meter, queues);
    }

    /// Delivers what was made so far; returns whether all of it was settled by the deadline.
    pub(crate) fn flush(&self, deadline: Instant) -> bool {
        let asked: Vec<_> = self
            .0
            .iter()
            .map(|branch| (branch, branch.queue.request_flush()))
            .collect();
        // Every queue is waited for, also after one has missed the deadline.
        let late = asked
            .iter()
            .filter(|(branch, to)| !branch.queue.wait_flushed(*to, deadline));
        late.count() == 0
    }

    /// Delivers what was made so far and ends the destinations' threads.
    pub(crate) fn shutdown(&self, deadline: Instant) -> bool {
        self.0
            .iter()
            .for_each(|branch| branch.queue.close(deadline));
        let late = self
            .0
            .iter()
            .filter(|branch| !branch.queue.wait_finished(deadline));
        late.count() == 0
    }
}
