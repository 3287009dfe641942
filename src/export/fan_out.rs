//! All destinations of a telemetry: what a finished span is handed to.
//!
//! Handing a span over costs one short lock a destination, and one allocation if there are several; it runs on
//! the thread that ends the span.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::oversize::SpanLimit;
use super::queue::{Item, Queue};
use super::queued_span::QueuedSpan;
use super::report::Report;

/// One of the destinations.
#[derive(Clone)]
pub(crate) struct Branch {
    pub(crate) queue: Arc<Queue>,
    /// Whether the destination wants to know of spans that start.
    pub(crate) wants_opened: bool,
    /// Whether it is the OTLP backend that the environment names, for the standard exporter too.
    pub(crate) is_standard: bool,
}

/// A span may take this part of a queue.
const PART_OF_QUEUE: usize = 4;

/// All destinations of one telemetry.
#[derive(Clone, Default)]
pub(crate) struct FanOut {
    branches: Arc<[Branch]>,
    limit: SpanLimit,
}

impl FanOut {
    /// `kept` is how many bytes of a text are kept until it is sent.
    pub(crate) fn new(branches: Vec<Branch>, kept: usize) -> Self {
        let smallest = branches
            .iter()
            .map(|branch| branch.queue.capacity_in_bytes());
        let limit = SpanLimit {
            text: kept,
            span: smallest.min().unwrap_or(usize::MAX) / PART_OF_QUEUE,
        };
        Self {
            branches: branches.into(),
            limit,
        }
    }

    /// Cuts texts that are too long to be queued; returns about how many bytes of memory the span holds.
    pub(crate) fn limit(&self, span: &mut SpanData) -> usize {
        self.limit.apply(span)
    }

    /// The destinations without the one that the environment names for the standard exporter too; `None` if
    /// there is none.
    pub(crate) fn without_standard(&self) -> Option<Self> {
        let is_standard = |branch: &&Branch| branch.is_standard;
        self.branches
            .iter()
            .any(|branch| is_standard(&branch))
            .then(|| {
                let others = self.branches.iter().filter(|branch| !is_standard(branch));
                Self {
                    branches: others.cloned().collect(),
                    limit: self.limit,
                }
            })
    }

    /// Gives a finished span of about `bytes` bytes to all destinations, which share it if they are several.
    pub(crate) fn push(&self, span: SpanData, bytes: usize) {
        match &*self.branches {
            [only] => only.queue.push(QueuedSpan::Owned(span), bytes),
            _ => self.push_shared(&Arc::new(span), bytes),
        }
    }

    /// Shares a finished span of about `bytes` bytes with all destinations.
    pub(crate) fn push_shared(&self, span: &Arc<SpanData>, bytes: usize) {
        for branch in self.branches.iter() {
            let span = QueuedSpan::Shared(Arc::clone(span));
            branch.queue.push(span, bytes);
        }
    }

    /// Whether a destination wants to know of spans that start.
    pub(crate) fn want_opened(&self) -> bool {
        self.branches.iter().any(|branch| branch.wants_opened)
    }

    /// Tells the destinations that want to know that a span has started.
    pub(crate) fn opened(&self, trace_id: TraceId, span_id: SpanId) {
        for branch in self.branches.iter().filter(|branch| branch.wants_opened) {
            branch.queue.notify(Item::Opened { trace_id, span_id });
        }
    }

    /// Gives all destinations the provider's resource.
    pub(crate) fn set_resource(&self, resource: &Resource) {
        for branch in self.branches.iter() {
            branch.queue.notify(Item::Resource(resource.clone()));
        }
    }

    pub(crate) fn report(&self) -> Report {
        let mut report = Report::default();
        report.destinations = self
            .branches
            .iter()
            .map(|branch| branch.queue.report())
            .collect();
        report
    }

    pub(crate) fn observe(&self, meter: &opentelemetry::metrics::Meter) {
        let queues = self
            .branches
            .iter()
            .map(|branch| Arc::clone(&branch.queue))
            .collect();
        super::metrics::observe(meter, queues);
    }

    /// Delivers what was made so far; returns whether all of it was settled by the deadline.
    pub(crate) fn flush(&self, deadline: Instant) -> bool {
        let asked: Vec<_> = self
            .branches
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
        self.branches
            .iter()
            .for_each(|branch| branch.queue.close(deadline));
        let late = self
            .branches
            .iter()
            .filter(|branch| !branch.queue.wait_finished(deadline));
        late.count() == 0
    }
}

impl fmt::Debug for FanOut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.branches.iter().map(|branch| branch.queue.name());
        formatter.debug_list().entries(names).finish()
    }
}
