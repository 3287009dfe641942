//! What the recorder has measured, so that nothing is measured twice.
//!
//! Contract: used on the recorder's thread only. A span that the recorder makes is measured from its
//! attributes and remembered by its id until the processor hands it over like any other; a span that is not
//! remembered is measured then. An answer that is made in the background is measured when its span is
//! completed.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanContext, SpanId};
use opentelemetry_sdk::trace::SpanData;

use super::Metrics;
use super::instruments::Calls;
use super::spans::Operation;
use crate::conventions as names;
use crate::span::{AttributeSet, FinishedSpan, SpanParent};

/// So many spans are remembered until they have been handed over, which some never are: a provider may
/// not have the processor.
const OWN: usize = 1 << 16;

/// Content is not measured, so it is not kept either.
const CONTENT: [&str; 6] = [
    names::INPUT_MESSAGES,
    names::OUTPUT_MESSAGES,
    names::SYSTEM_INSTRUCTIONS,
    names::TOOL_DEFINITIONS,
    names::observation::INPUT,
    names::observation::OUTPUT,
];

/// Names a deferred span.
type DeferredId = i64;

type Times = (SystemTime, SystemTime);

/// What was measured, and what is going to be.
#[derive(Debug)]
pub(crate) struct Ledger {
    metrics: Metrics,
    own: HashSet<SpanId>,
    deferred: HashMap<DeferredId, (AttributeSet, Times, Vec<Duration>)>,
}

impl Ledger {
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self {
            metrics,
            own: HashSet::new(),
            deferred: HashMap::new(),
        }
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.metrics.are_wanted()
    }

    fn measure(&self, operation: Operation<'_>, (start, end): Times, gaps: &[Duration]) {
        let duration = end.duration_since(start).unwrap_or_default();
        for instruments in self.metrics.instruments.iter() {
            instruments.record(operation, duration, gaps);
        }
    }

    /// A span of the recorder's own will be handed over.
    fn remember(&mut self, span: &SpanContext) {
        if !span.is_sampled() {
            return;
        }
        if self.own.len() >= OWN {
            self.own.clear();
        }
        self.own.insert(span.span_id());
    }

    /// A call has ended whose span has these attributes.
    pub(crate) fn call(
        &mut self,
        span: &SpanContext,
        sets: &[&AttributeSet],
        times: Times,
        gaps: &[Duration],
    ) {
        if self.is_wanted() {
            self.measure(Operation::Sets(sets), times, gaps);
            self.remember(span);
        }
    }

    /// A call has ended whose span is deferred, because its answer is still being made.
    pub(crate) fn defer(
        &mut self,
        span: DeferredId,
        sets: &[&AttributeSet],
        times: Times,
        gaps: Vec<Duration>,
    ) {
        if self.is_wanted() {
            let mut kept = AttributeSet::new();
            for set in sets {
                kept.extend((*set).clone());
            }
            kept.retain(|key| !CONTENT.contains(&key));
            self.deferred.insert(span, (kept, times, gaps));
        }
    }

    /// What a deferred span was completed with, and when it has ended, if that was seen.
    pub(crate) fn complete(
        &mut self,
        span: DeferredId,
        set: &AttributeSet,
        end: Option<SystemTime>,
    ) {
        if let Some((before, (start, ended), gaps)) = self.deferred.remove(&span) {
            let end = end.unwrap_or(ended).max(ended);
            self.measure(Operation::Sets(&[&before, set]), (start, end), &gaps);
        }
    }

    /// Makes a span of work that is over.
    pub(crate) fn finished(&mut self, span: FinishedSpan, parent: &SpanParent) {
        if self.is_wanted() {
            self.measure(Operation::Sets(&[&span.attributes]), span.times, &[]);
        }
        let span = span.record(&parent.tracer, &parent.context);
        if self.is_wanted() {
            self.remember(&span);
        }
    }

    /// A run has ended whose span has these attributes, after this many calls of its model and of tools.
    pub(crate) fn run(
        &mut self,
        span: &SpanContext,
        sets: &[&AttributeSet],
        times: Times,
        (inference, tools): (usize, usize),
    ) {
        if !self.is_wanted() {
            return;
        }
        self.call(span, sets, times, &[]);
        let calls = Calls {
            inference: inference as u64,
            tools: tools as u64,
        };
        for instruments in self.metrics.instruments.iter() {
            instruments.record_calls(Operation::Sets(sets), calls);
        }
    }

    /// A span with an operation has ended, whoever made it.
    pub(crate) fn ended(&mut self, span: &SpanData) {
        if !self.own.remove(&span.span_context.span_id()) {
            self.measure(Operation::Span(span), (span.start_time, span.end_time), &[]);
        }
    }
}
