//! Tool calls from the answer that asks for them to the request that brings their results.
//!
//! What the program did in between becomes a span next to the model call, since few programs trace their
//! tools. The span is derived: its times are those of the wire, so it also covers whatever else was done
//! between the two calls. Chat Completions repeats all results of a conversation in every request; each
//! call is reported once. Ids of calls are unique with OpenAI, but not with every vendor, so a call of the
//! same trace wins, and one of another trace counts only if no other could be meant.

mod asked;
mod execution;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use opentelemetry::trace::{SpanContext, TraceId};
use serde_json::Value;

use super::caller::Caller;
use super::tool_functions;
use super::tool_functions::{FunctionSpan, OpenTool, ToolFunctions};
use super::tool_names::KnownTool;
use super::tool_spans::{LONGEST_TOOL_CALL_ID, ToolSpans, Watch};
use crate::model::message::ToolDefinition;
use crate::span;
use crate::wire::{ToolCall, ToolResult};
use asked::{Asked, AskedCalls, Number};
pub(crate) use execution::Execution;

/// An answer that asks for tools.
pub(crate) struct Asking<'a> {
    /// The server that gave the answer.
    pub(crate) server: &'a str,
    /// The provider's id of the answer.
    pub(crate) response: Option<&'a str>,
    pub(crate) calls: Vec<ToolCall>,
    /// The tools that the request offered.
    pub(crate) offered: &'a [ToolDefinition],
    pub(crate) began: SystemTime,
    pub(crate) ended: SystemTime,
}

/// The tool calls that models have asked for.
#[derive(Debug)]
pub(crate) struct Tools {
    spans: Arc<ToolSpans>,
    /// Whether calls of traces that are not sampled are followed as well.
    follows_all: bool,
    asked: AskedCalls,
    functions: ToolFunctions,
    /// Functions of which is known what they are.
    resolved: Vec<FunctionSpan>,
}

impl Tools {
    pub(crate) fn new(spans: Arc<ToolSpans>, follows_all: bool) -> Self {
        Self {
            spans,
            follows_all,
            asked: AskedCalls::default(),
            functions: ToolFunctions::default(),
            resolved: Vec::new(),
        }
    }

    /// An answer that asks for tools has ended. `own` is the span of the model call, which is the parent of
    /// the tools if it has none itself.
    pub(crate) fn ask(&mut self, caller: &Caller, own: &SpanContext, asking: Asking<'_>) {
        let Asking {
            server, response, ..
        } = asking;
        if !(own.is_sampled() || self.follows_all && own.is_valid()) {
            return;
        }
        let since = Instant::now();
        self.asked.sweep(since);
        // A stored answer can be read as often as one likes.
        let is_known =
            |id: &str| response.is_some_and(|response| self.asked.is_known(response, id));
        let new = asking.calls.into_iter().filter_map(|call| {
            // A call without an id is known by its name, as its result is.
            let id = call.id.as_ref().filter(|id| !id.is_empty());
            let id = Arc::<str>::from(id.unwrap_or(&call.name).as_str());
            let is_new = !id.is_empty() && id.len() <= LONGEST_TOOL_CALL_ID && !is_known(&id);
            is_new.then_some((id, call))
        });
        let new: Vec<(Arc<str>, ToolCall)> = new.collect();
        let response: Option<Arc<str>> = response.map(Arc::from);
        for (id, call) in new {
            let (parent, beside) = match caller.parent.span() {
                // Another library has made the call's span.
                Some(span) if span.span_id() == own.span_id() => {
                    let beside = self.spans.parent_of(own.span_id());
                    (caller.parent.clone(), Some(beside))
                }
                Some(_) => (caller.parent.clone(), None),
                None => (caller.parent.with_span(own.clone()), None),
            };
            let mut offered = asking.offered.iter();
            let offered = offered.find(|tool| tool.name == call.name);
            self.asked.push(Asked {
                id,
                name: call.name,
                description: offered.and_then(|tool| tool.description.clone()),
                arguments: call.arguments,
                parent,
                beside,
                trace: own.trace_id(),
                server: server.to_owned(),
                response: response.clone(),
                began: caller.began,
                asked: asking.began,
                ended: asking.ended,
                since,
                has_function: false,
                watch: Some(Watch::new(&self.spans, Some(own.trace_id()), asking.began)),
            });
        }
    }

    /// The tool that was asked for under this id; `None` if it could be another.
    pub(super) fn known(&self, id: &str, trace: TraceId) -> Option<KnownTool<'_>> {
        let asked = |number| self.asked.get(number);
        let here = self.asked.of_id_in(id, trace).next_back();
        let found = here.and_then(asked);
        let found = match found {
            Some(found) => found,
            None => {
                let mut all = self.asked.of_id(id).into_iter().filter_map(asked);
                let first = all.next()?;
                all.all(|other| other.name == first.name).then_some(first)?
            }
        };
        Some(KnownTool {
            name: &found.name,
            description: found.description.as_deref(),
        })
    }

    /// A request brings results: the calls that it answers for the first time and that have no span of the
    /// program's own.
    pub(crate) fn answer(
        &mut self,
        caller: &Caller,
        server: &str,
        results: &[ToolResult],
        at: SystemTime,
    ) -> Vec<Execution> {
        self.asked.sweep(Instant::now());
        if self.asked.is_empty() || results.is_empty() {
            return Vec::new();
        }
        let mut of_id: HashMap<&str, Vec<&Value>> = HashMap::new();
        for result in results {
            let outputs = of_id.entry(result.call_id.as_str()).or_default();
            outputs.push(&result.output);
        }
        let trace = caller.parent.span().map(|span| span.trace_id());
        let mut pairs: Vec<(Number, &Value)> = Vec::new();
        for (id, outputs) in &of_id {
            let here = trace.map(|trace| self.asked.of_id_in(id, trace).collect());
            let mut numbers: Vec<Number> = here.unwrap_or_default();
            if numbers.is_empty() {
                numbers.extend(self.asked.of_id(id));
            }
            pairs.extend(self.paired(outputs, &numbers, trace, server));
        }
        // In the order in which they were asked for.
        pairs.sort_unstable_by_key(|(number, _)| *number);
        self.match_functions(&pairs);
        let answered = pairs.into_iter().filter_map(|(number, result)| {
            let arguments = self.asked.settle(number);
            let asked = self.asked.get(number)?;
            if asked.has_function || self.spans.has_seen(&asked.id, asked.began) {
                return None;
            }
            Some(Execution {
                id: asked.id.to_string(),
                name: asked.name.clone(),
                description: asked.description.clone(),
                arguments,
                result: span::text(result),
                parent: asked.parent(),
                start: asked.ended,
                end: at.max(asked.ended),
            })
        });
        answered.collect()
    }

    /// The program has called a tool on a server, which has a span: the call of a model that asked for it needs none.
    /// Programs put the server's name before the tool's.
    pub(super) fn ran(&mut self, trace: TraceId, tool: &str, at: SystemTime) {
        let is_meant = |number: &Number| {
            self.asked.get(*number).is_some_and(|asked| {
                let prefix = asked.name.strip_suffix(tool);
                let is_named = prefix.is_some_and(|rest| !rest.ends_with(char::is_alphanumeric));
                is_named && !asked.has_function && asked.ended <= at
            })
        };
        if let Some(number) = self.asked.waiting(trace).into_iter().find(is_meant) {
            self.has_function(number);
        }
    }

    /// A call has a span of the program's own.
    fn has_function(&mut self, number: Number) {
        if let Some(asked) = self.asked.get_mut(number) {
            asked.has_function = true;
        }
    }

    /// Finds the functions of the program that ran for these calls, whose results are known.
    fn match_functions(&mut self, answered: &[(Number, &Value)]) {
        let call = |(number, result): &(Number, &Value)| (*number, Some(span::text(result)));
        for trace in self.functions.traces(None) {
            let of_trace = |number: &Number| self.asked.get(*number).map(|asked| asked.trace);
            let of_trace = answered
                .iter()
                .filter(|(number, _)| of_trace(number) == Some(trace));
            let calls: Vec<_> = of_trace.map(call).collect();
            if !calls.is_empty() {
                self.resolve(trace, &calls);
            }
        }
    }

    /// Finds the functions of a trace that ran for these calls, each with its result if that is known.
    fn resolve(&mut self, trace: TraceId, calls: &[(Number, Option<String>)]) {
        let asked = &self.asked;
        let has_no_span =
            |asked: &Asked| !asked.has_function && !self.spans.has_seen(&asked.id, asked.began);
        let (mut numbers, mut open) = (Vec::new(), Vec::new());
        for (number, result) in calls {
            if let Some(asked) = asked.get(*number).filter(|asked| has_no_span(asked)) {
                numbers.push(*number);
                open.push(asked.open(result.clone()));
            }
        }
        let is_other = |number: Number| !calls.iter().any(|(one, _)| *one == number);
        let stays = |name: &str| {
            let mut others = asked.waiting_for(trace, name);
            others.any(|(number, asked)| has_no_span(asked) && is_other(number))
        };
        let (done, fits) = self.functions.resolve(trace, &open, stays);
        self.resolved.extend(done);
        let fitting = fits.into_iter().filter_map(|fit| numbers.get(fit.call));
        fitting.for_each(|number| self.has_function(*number));
    }

    /// Takes a function that may be a tool; gives it back if none of its name is waited for.
    pub(super) fn keep(&mut self, function: FunctionSpan, is_of_run: bool) -> Option<FunctionSpan> {
        let trace = function.span.span_context.trace_id();
        let name = tool_functions::name_of(&function.span);
        if !is_of_run && self.asked.waiting_for(trace, name).next().is_none() {
            return Some(function);
        }
        let over = self.functions.keep(function);
        self.resolved.extend(over);
        None
    }

    /// Nothing more is waited for in these traces: whatever is kept is a tool if that is certain.
    pub(super) fn give_up(&mut self, traces: Vec<TraceId>) {
        for trace in traces {
            let waiting = self.asked.waiting(trace).into_iter();
            let open: Vec<_> = waiting.map(|number| (number, None)).collect();
            self.resolve(trace, &open);
        }
    }

    /// Finds the functions of a trace that ran for the functions of a run.
    pub(super) fn of_run(&mut self, trace: TraceId, calls: &[OpenTool<'_>]) {
        let (done, fits) = self.functions.resolve(trace, calls, |_| false);
        self.resolved.extend(done);
        for fit in fits.into_iter().filter(|fit| fit.is_certain) {
            let call = calls.get(fit.call).and_then(|call| call.id);
            call.into_iter().for_each(|id| self.spans.found(id));
        }
    }

    /// The traces of functions that are kept.
    pub(super) fn kept(&self) -> Vec<TraceId> {
        self.functions.traces(None)
    }

    /// The traces of functions that were kept long enough.
    pub(super) fn overdue(&self, now: Instant) -> Vec<TraceId> {
        self.functions.traces(Some(now))
    }

    /// When a function will have been kept long enough.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.functions.deadline()
    }

    /// Functions that can be exported.
    pub(super) fn take_resolved(&mut self) -> Vec<FunctionSpan> {
        std::mem::take(&mut self.resolved)
    }

    /// Which of the calls with the same id each result belongs to: by their order. None if the results are
    /// repetitions, or if that is not certain.
    fn paired<'r>(
        &self,
        results: &[&'r Value],
        numbers: &[Number],
        trace: Option<TraceId>,
        server: &str,
    ) -> Vec<(Number, &'r Value)> {
        let call = |number: &Number| self.asked.get(*number);
        let is_open = |number: &Number| call(number).is_some_and(Asked::waits);
        let is_here = |number: &Number| call(number).map(|asked| asked.trace) == trace;
        let mut calls: Vec<Number> = numbers.iter().copied().filter(is_here).collect();
        if trace.is_none() || calls.is_empty() {
            let is_meant = |number: &Number| {
                is_open(number) && call(number).is_some_and(|asked| asked.server == server)
            };
            calls = numbers.iter().copied().filter(is_meant).collect();
            let first = calls.first().and_then(call).map(|asked| asked.trace);
            let is_other = |number: &Number| call(number).map(|asked| asked.trace) != first;
            if calls.iter().any(is_other) {
                return Vec::new();
            }
        }
        let open: Vec<Number> = calls.iter().copied().filter(is_open).collect();
        if calls.len() == results.len() {
            let pairs = calls.into_iter().zip(results.iter().copied());
            return pairs.filter(|(number, _)| is_open(number)).collect();
        }
        // A history may begin later than the calls that are known, or earlier.
        let are_last = calls.ends_with(&open);
        match results.len().checked_sub(open.len()) {
            Some(0) => open.into_iter().zip(results.iter().copied()).collect(),
            Some(older) if are_last => {
                let new = results.iter().copied().skip(older);
                open.into_iter().zip(new).collect()
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
