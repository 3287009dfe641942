//! Calls of the Assistants API: they are handed on to the room of runs, which says what is recorded.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use opentelemetry::trace::{SpanContext, SpanKind};

use super::answer::ReadAnswer;
use super::attributes;
use super::call::RecordedCall;
use super::exchange::Ended;
use super::tool_functions::OpenTool;
use super::tool_match::{Wanted, is_same_name};
use super::tool_names::KnownTool;
use super::tool_spans::ToolSpans;
use crate::context::Traces;
use crate::metrics::Ledger;
use crate::runs::{
    CallOrigin, Exchange, ExchangeEnd, FailedExchange, OwnSpan, RunId, RunLimits, Runs, SpanSink,
};
use crate::span;
use crate::span::{AttributeSet, FinishedSpan, SpanParent};
use crate::wire::AssistantsEndpoint;

/// The calls of the Assistants API.
pub(super) struct Assistants(Runs<MeasuredSpans>);

impl Assistants {
    pub(super) fn new(limits: RunLimits) -> Self {
        Self(Runs::new(limits))
    }

    /// How many runs are under way.
    pub(super) fn runs(&self) -> usize {
        self.0.len()
    }

    /// When [`Assistants::sweep`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.0.deadline()
    }

    /// Reports the runs that were waited for long enough.
    pub(super) fn sweep(&mut self, now: Instant, spans: &mut MeasuredSpans) {
        self.0.sweep(now, spans);
    }

    /// Reports the runs that are over.
    pub(super) fn settle(&mut self, spans: &mut MeasuredSpans) {
        self.0.settle(spans);
    }

    /// Reports every run.
    pub(super) fn close(&mut self, spans: &mut MeasuredSpans) {
        self.0.close(spans);
    }

    /// The function that a run waits for under this id.
    pub(super) fn function(&self, call_id: &str) -> Option<KnownTool<'_>> {
        let (name, description) = self.0.function(call_id)?;
        Some(KnownTool { name, description })
    }

    /// Whether a run waits for a function of this name.
    pub(super) fn has_function(&self, name: &str) -> bool {
        self.0.has_function(|function| is_same_name(function, name))
    }

    /// The functions of a run whose results were sent.
    pub(super) fn answered_functions(&self, run: &RunId) -> Vec<OpenTool<'_>> {
        let answered = self.0.answered_functions(run).into_iter();
        let open = answered.map(|function| OpenTool {
            id: function.id,
            tool: KnownTool {
                name: function.name,
                description: function.description,
            },
            written: function.arguments.map(span::text),
            wanted: Wanted {
                name: function.name,
                arguments: function.arguments.cloned(),
                result: function.result.map(span::text),
                asked: (function.asked, function.asked),
            },
        });
        open.collect()
    }

    /// The head of an answer has come. Returns the run whose functions' results were taken.
    pub(super) fn answered(&mut self, call: &mut RecordedCall) -> Option<RunId> {
        if call.head.endpoint.assistants() == Some(AssistantsEndpoint::RunSubmitToolOutputs)
            && call.is_success()
            && let Some(exchange) = exchange(call)
        {
            return self.0.submitted(exchange);
        }
        None
    }

    /// A part of an answer was read.
    pub(super) fn read(&mut self, call: &mut RecordedCall, spans: &mut MeasuredSpans) {
        let objects = call.take_objects();
        if !objects.is_empty()
            && let Some(exchange) = exchange(call)
        {
            self.0.streamed(exchange, objects, spans);
        }
    }

    /// A call has ended.
    pub(super) fn ended(
        &mut self,
        mut call: RecordedCall,
        ended: &Ended,
        mut read: ReadAnswer,
        spans: &mut MeasuredSpans,
    ) {
        let has_failed = read.has_failed(call.status, &ended.end);
        let end = ExchangeEnd {
            at: ended.at,
            objects: std::mem::take(&mut read.facts.objects),
            is_stream: read.is_stream,
            is_complete: read.facts.complete,
            was_cut: read.was_cut,
            error: read.facts.error.clone(),
            failed: has_failed.then(|| FailedExchange {
                kind: read.error_type(call.status, &ended.end),
                is_gone: call.status.is_some_and(|status| status.as_u16() == 404),
            }),
        };
        let Some(exchange) = exchange(&mut call) else {
            return;
        };
        let origin = Arc::clone(exchange.origin());
        let Some(own) = self.0.ended(exchange, end, spans) else {
            return;
        };
        let (name, mut set) = match own {
            OwnSpan::Known { name, attributes } => (name, attributes),
            OwnSpan::Foreign => {
                let endpoint = call.head.endpoint.clone().without_meaning();
                let mut set = AttributeSet::new();
                attributes::address(&mut set, &endpoint, &call.head.url);
                (attributes::name(&endpoint, None).into_owned(), set)
            }
        };
        call.outcome(&mut set, ended, &read, false);
        let span = FinishedSpan {
            kind: SpanKind::Client,
            name,
            attributes: set,
            events: origin.attempts.clone(),
            times: (call.at, ended.at),
        };
        spans.ledger.finished(span, &origin.parent);
    }
}

/// A call as the room of runs sees it; not before its answer has begun.
fn exchange(call: &mut RecordedCall) -> Option<&mut Exchange> {
    if call.exchange.is_none() {
        let kind = call.head.endpoint.assistants()?;
        let mut set = AttributeSet::new();
        attributes::address(&mut set, &call.head.endpoint, &call.head.url);
        attributes::head(&mut set, call.status, call.request_id.as_deref());
        let caller = call.caller.take()?;
        let origin = CallOrigin {
            parent: caller.parent.clone(),
            began: caller.began,
            span_name: attributes::name(&call.head.endpoint, None).into_owned(),
            attributes: set,
            attempts: std::mem::take(&mut call.attempts),
            _watch: Box::new(caller),
        };
        let request = Arc::clone(&call.request);
        let server = call.server_and_port();
        let exchange = Exchange::new(
            origin,
            (kind, &call.head.endpoint),
            server,
            request,
            call.at,
        );
        call.exchange = Some(exchange.with_housekeeping(call.wants_housekeeping));
    }
    call.exchange.as_mut()
}

/// Makes spans and measures them.
pub(super) struct MeasuredSpans {
    /// `None` if no spans of tools are derived.
    pub(super) tool_spans: Option<Arc<ToolSpans>>,
    pub(super) ledger: Ledger,
    pub(super) traces: Arc<Traces>,
}

impl SpanSink for MeasuredSpans {
    fn wants_function(&self, call_id: Option<&str>, since: Instant) -> bool {
        let Some(tool_spans) = &self.tool_spans else {
            return false;
        };
        !call_id.is_some_and(|id| tool_spans.has_seen(id, since))
    }

    fn in_conversation(&mut self, parent: &SpanParent, thread: &str) {
        let traces = &self.traces;
        traces.in_conversation(&parent.context, thread, Instant::now());
    }

    fn finished(&mut self, span: FinishedSpan, parent: &SpanParent) {
        self.ledger.finished(span, parent);
    }

    fn measure_run(
        &mut self,
        span: &SpanContext,
        sets: &[&AttributeSet],
        times: (SystemTime, SystemTime),
        calls: (usize, usize),
    ) {
        self.ledger.run(span, sets, times, calls);
    }
}
