//! In place of the ledger where the crate is built without metrics: nothing is measured.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::SpanContext;
use opentelemetry_sdk::trace::SpanData;

use super::Metrics;
use crate::span::{AttributeSet, FinishedSpan, SpanParent};

/// Names a deferred span.
type DeferredId = i64;

type Times = (SystemTime, SystemTime);

/// Measures nothing.
#[derive(Debug)]
pub(crate) struct Ledger;

impl Ledger {
    pub(crate) fn new(_: Metrics) -> Self {
        Self
    }

    pub(crate) fn is_wanted(&self) -> bool {
        false
    }

    pub(crate) fn call(&mut self, _: &SpanContext, _: &[&AttributeSet], _: Times, _: &[Duration]) {}

    pub(crate) fn defer(&mut self, _: DeferredId, _: &[&AttributeSet], _: Times, _: Vec<Duration>) {
    }

    pub(crate) fn complete(&mut self, _: DeferredId, _: &AttributeSet, _: Option<SystemTime>) {}

    /// Makes a span of work that is over.
    pub(crate) fn finished(&mut self, span: FinishedSpan, parent: &SpanParent) {
        span.record(&parent.tracer, &parent.context);
    }

    pub(crate) fn run(
        &mut self,
        _: &SpanContext,
        _: &[&AttributeSet],
        _: Times,
        _: (usize, usize),
    ) {
    }

    pub(crate) fn ended(&mut self, _: &SpanData) {}
}
