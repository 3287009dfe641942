//! What goes on across several calls: tool calls, answers made in the background, runs of assistants.

use std::sync::Arc;
use std::time::Instant;

use opentelemetry_sdk::trace::SpanData;

use super::assistants::{Assistants, MeasuredSpans};
use super::call::RecordedCall;
use super::deferred_calls::DeferredCalls;
use super::queue::Settle;
use super::tool_functions;
use super::tool_functions::FunctionSpan;
use super::tool_names;
use super::tool_spans::{ToolSpans, is_local_root};
use super::tools::Tools;
use crate::context::Traces;
use crate::export::deferred::DeferredSpans;
use crate::export::fan_out::FanOut;
use crate::metrics;
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
        traces: Arc<Traces>,
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
                traces,
            },
        }
    }

    /// When [`Trackers::sweep`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let of_tools = self.tools.as_ref().and_then(Tools::deadline);
        let deadlines = [
            self.assistants.deadline(),
            self.deferred.deadline(),
            of_tools,
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Records what was waited for long enough.
    pub(super) fn sweep(&mut self) {
        let now = Instant::now();
        self.assistants.sweep(now, &mut self.spans);
        self.deferred.sweep(now, &mut self.spans.ledger);
        if let Some(tools) = &mut self.tools {
            tools.give_up(tools.overdue(now));
        }
        self.export_functions();
    }

    /// Records what is over, or everything.
    pub(super) fn settle(&mut self, settle: Settle) {
        if let Some(tools) = &mut self.tools {
            tools.give_up(tools.kept());
        }
        self.sweep();
        match settle {
            Settle::Over => self.assistants.settle(&mut self.spans),
            Settle::All => {
                self.assistants.close(&mut self.spans);
                self.deferred.close(&mut self.spans.ledger);
            }
        }
    }

    /// A span has ended that is a tool's of which only the call's id is known, or a function that may be a tool's:
    /// it is exported when more is known of it, or as it is.
    pub(super) fn tool_ended(&mut self, span: Box<SpanData>, fan_out: FanOut, bytes: usize) {
        let mut function = FunctionSpan {
            span,
            fan_out,
            bytes,
        };
        let id = tool_names::call_id(&function.span);
        if let Some(id) = id.map(|id| id.as_str().into_owned()) {
            let trace = function.span.span_context.trace_id();
            let tools = self.tools.as_ref();
            let of_call = tools.and_then(|tools| tools.known(&id, trace));
            let known = of_call.or_else(|| self.assistants.function(&id));
            if let Some(known) = known {
                known.describe(&mut function.span);
            }
        } else if is_local_root(&function.span) {
            // What it waits for would come after it.
            if let Some(tools) = &mut self.tools {
                let trace = function.span.span_context.trace_id();
                tools.give_up(vec![trace]);
            }
            self.export_functions();
        } else if let Some(tools) = &mut self.tools {
            let is_of_run = self
                .assistants
                .has_function(tool_functions::name_of(&function.span));
            let given_back = tools.keep(function, is_of_run);
            self.export_functions();
            match given_back {
                Some(given_back) => function = given_back,
                None => return,
            }
        }
        self.export(function);
    }

    /// Exports the functions of which is known what they are.
    fn export_functions(&mut self) {
        let tools = self.tools.as_mut();
        let resolved = tools.map(Tools::take_resolved).unwrap_or_default();
        resolved
            .into_iter()
            .for_each(|function| self.export(function));
    }

    fn export(&mut self, function: FunctionSpan) {
        let FunctionSpan {
            mut span, fan_out, ..
        } = function;
        if self.spans.ledger.is_wanted() && metrics::is_operation(&span) {
            self.spans.ledger.ended(&span);
        }
        let bytes = fan_out.limit(&mut span);
        fan_out.push(*span, bytes);
    }

    /// The head of an answer has come.
    pub(super) fn answered(&mut self, call: &mut RecordedCall) {
        let caller = call.caller.as_ref().and_then(|caller| caller.parent.span());
        let submitted = self.assistants.answered(call);
        let tools = self.tools.as_mut().filter(|tools| !tools.kept().is_empty());
        if let (Some(run), Some(tools), Some(caller)) = (submitted, tools, caller) {
            let answered = self.assistants.answered_functions(&run);
            tools.of_run(caller.trace_id(), &answered);
            self.export_functions();
        }
    }

    /// A request was sent.
    pub(super) fn started(&mut self, call: &RecordedCall) {
        if let Some(tools) = &mut self.tools
            && !call.head.endpoint.is_assistants()
        {
            for (span, parent) in call.tool_spans(tools) {
                self.spans.ledger.finished(span, &parent);
            }
            self.export_functions();
        }
    }
}
