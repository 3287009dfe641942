//! What goes on across several calls: tool calls, answers made in the background, runs of assistants.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry_sdk::trace::SpanData;

use super::assistants::{Assistants, MeasuredSpans};
use super::call::RecordedCall;
use super::deferred_calls::DeferredCalls;
use super::queue::Settle;
use super::tool_names;
use super::tool_spans::ToolSpans;
use super::tools::Tools;
use crate::export::deferred::DeferredSpans;
use crate::export::fan_out::FanOut;
use crate::metrics::{Ledger, Metrics};
use crate::runs::RunLimits;

/// Everything that is tracked across calls.
pub(super) struct Trackers {
    /// `None` if no spans of tools are derived.
    pub(super) tools: Option<Tools>,
    pub(super) deferred: DeferredCalls,
    pub(super) assistants: Assistants,
    pub(super) spans: MeasuredSpans,
}

impl Trackers {
    pub(super) fn new(
        tool_spans: Option<Arc<ToolSpans>>,
        deferred: Arc<DeferredSpans>,
        limits: RunLimits,
        metrics: Metrics,
    ) -> Self {
        let follows_all = metrics.are_wanted();
        let tools = tool_spans.clone();
        Self {
            tools: tools.map(|tool_spans| Tools::new(tool_spans, follows_all)),
            deferred: DeferredCalls::new(limits.runs, limits.patience, deferred),
            assistants: Assistants::new(limits),
            spans: MeasuredSpans {
                tool_spans,
                ledger: Ledger::new(metrics),
            },
        }
    }

    /// When [`Trackers::sweep`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let deadlines = [self.assistants.deadline(), self.deferred.deadline()];
        deadlines.into_iter().flatten().min()
    }

    /// Records what was waited for long enough.
    pub(super) fn sweep(&mut self) {
        let now = Instant::now();
        self.assistants.sweep(now, &mut self.spans);
        self.deferred.sweep(now, &mut self.spans.ledger);
    }

    /// Records what is over, or everything.
    pub(super) fn settle(&mut self, settle: Settle) {
        self.sweep();
        match settle {
            Settle::Over => self.assistants.settle(&mut self.spans),
            Settle::All => {
                self.assistants.close(&mut self.spans);
                self.deferred.close(&mut self.spans.ledger);
            }
        }
    }

    /// A tool's span of which only the call's id is known: it gets its name and is exported.
    pub(super) fn tool_ended(&mut self, mut span: SpanData, fan_out: &FanOut) {
        if let Some(id) = tool_names::call_id(&span).map(|id| id.as_str().into_owned()) {
            let trace = span.span_context.trace_id();
            let tools = self.tools.as_ref();
            let of_call = tools.and_then(|tools| tools.known(&id, trace));
            if let Some(known) = of_call.or_else(|| self.assistants.function(&id)) {
                known.describe(&mut span);
            }
        }
        if self.spans.ledger.is_wanted() {
            self.spans.ledger.ended(&span);
        }
        let bytes = fan_out.limit(&mut span);
        fan_out.push(Arc::new(span), bytes);
    }

    /// A request was sent.
    pub(super) fn started(&mut self, call: &RecordedCall) {
        if let Some(tools) = &mut self.tools
            && !call.head.endpoint.is_assistants()
        {
            for (span, parent) in call.tool_spans(tools) {
                self.spans.ledger.finished(span, &parent);
            }
        }
    }
}
