//! What the recorder has measured, so that nothing is measured twice.
//!
//! Contract: used on the recorder's thread only. A span that the recorder makes is measured from its facts
//! and remembered by its id until the processor hands it over like any other; what it does not remember
//! is measured then. An answer that is made in the background is measured when its span is completed.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId};
use opentelemetry_sdk::trace::{SdkTracer, SpanData};

use super::Metrics;
use super::instruments::Calls;
use super::spans::Told;
use crate::conventions as names;
use crate::export::deferred::DeferredId;
use crate::span::{Fact, FinishedSpan};

/// So many spans are remembered until they have been handed over, which some never are: a provider may
/// not have the processor.
const OWN: usize = 1 << 16;

type Times = (SystemTime, SystemTime);

/// What was measured, and what is going to be.
#[derive(Debug)]
pub(crate) struct Ledger {
    metrics: Metrics,
    own: HashSet<SpanId>,
    held: HashMap<DeferredId, (Vec<Fact>, Times, Vec<Duration>)>,
}

impl Ledger {
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self {
            metrics,
            own: HashSet::new(),
            held: HashMap::new(),
        }
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.metrics.are_wanted()
    }

    fn measure(&self, told: Told<'_>, (start, end): Times, gaps: &[Duration]) {
        let duration = end.duration_since(start).unwrap_or_default();
        for instruments in self.metrics.instruments.iter() {
            instruments.record(told, duration, gaps);
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

    /// A call has ended whose span has these facts.
    pub(crate) fn call(
        &mut self,
        span: &SpanContext,
        facts: &[&[Fact]],
        times: Times,
        gaps: &[Duration],
    ) {
        if self.is_wanted() {
            self.measure(Told::Facts(facts), times, gaps);
            self.remember(span);
        }
    }

    /// A call has ended whose span is held back, because its answer is still being made.
    pub(crate) fn hold(
        &mut self,
        held: DeferredId,
        facts: &[&[Fact]],
        times: Times,
        gaps: Vec<Duration>,
    ) {
        if self.is_wanted() {
            let facts = facts.iter().flat_map(|facts| facts.iter());
            let kept = facts.filter(|fact| !is_content(fact)).cloned().collect();
            self.held.insert(held, (kept, times, gaps));
        }
    }

    /// What a held span was completed with, and when it has ended, if that was seen.
    pub(crate) fn complete(&mut self, held: DeferredId, facts: &[Fact], end: Option<SystemTime>) {
        if let Some((before, (start, ended), gaps)) = self.held.remove(&held) {
            let end = end.unwrap_or(ended).max(ended);
            self.measure(Told::Facts(&[&before, facts]), (start, end), &gaps);
        }
    }

    /// Makes a span of what is over.
    pub(crate) fn finished(
        &mut self,
        finished: FinishedSpan,
        tracer: &SdkTracer,
        parent: &Context,
    ) -> SpanContext {
        if self.is_wanted() {
            self.measure(Told::Set(&finished.attributes), finished.times, &[]);
        }
        let span = finished.record(tracer, parent);
        if self.is_wanted() {
            self.remember(&span);
        }
        span
    }

    /// A run has ended whose span has these facts, after this many calls of its model and of tools.
    pub(crate) fn run(
        &mut self,
        span: &SpanContext,
        facts: &[&[Fact]],
        times: Times,
        (inference, tools): (usize, usize),
    ) {
        if !self.is_wanted() {
            return;
        }
        self.call(span, facts, times, &[]);
        let calls = Calls {
            inference: inference as u64,
            tools: tools as u64,
        };
        for instruments in self.metrics.instruments.iter() {
            instruments.record_calls(Told::Facts(facts), calls);
        }
    }

    /// A span with an operation has ended, whoever made it.
    pub(crate) fn ended(&mut self, span: &SpanData) {
        if !self.own.remove(&span.span_context.span_id()) {
            self.measure(Told::Span(span), (span.start_time, span.end_time), &[]);
        }
    }
}

fn is_content(fact: &Fact) -> bool {
    const CONTENT: [&str; 6] = [
        names::INPUT_MESSAGES,
        names::OUTPUT_MESSAGES,
        names::SYSTEM_INSTRUCTIONS,
        names::TOOL_DEFINITIONS,
        names::observation::INPUT,
        names::observation::OUTPUT,
    ];
    matches!(fact, Fact::Attribute(one) if CONTENT.contains(&one.key.as_str()))
}
