//! In place of the ledger where the crate is built without metrics: nothing is measured.

use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::SpanContext;
use opentelemetry_sdk::trace::{SdkTracer, SpanData};

use super::Metrics;
use crate::export::deferred::DeferredId;
use crate::span::{Fact, FinishedSpan};

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

    pub(crate) fn call(&mut self, _: &SpanContext, _: &[&[Fact]], _: Times, _: &[Duration]) {}

    pub(crate) fn hold(&mut self, _: DeferredId, _: &[&[Fact]], _: Times, _: Vec<Duration>) {}

    pub(crate) fn complete(&mut self, _: DeferredId, _: &[Fact], _: Option<SystemTime>) {}

    /// Makes a span of what is over.
    pub(crate) fn finished(
        &mut self,
        finished: FinishedSpan,
        tracer: &SdkTracer,
        parent: &Context,
    ) -> SpanContext {
        finished.record(tracer, parent)
    }

    pub(crate) fn run(&mut self, _: &SpanContext, _: &[&[Fact]], _: Times, _: (usize, usize)) {}

    pub(crate) fn ended(&mut self, _: &SpanData) {}
}
