//! Tool calls from the answer that asks for them to the request that brings their results.
//!
//! What the program did in between becomes a span next to the model call, since few programs trace their
//! tools. The span is derived: its times are those of the wire, so it also covers whatever else was done
//! between the two calls. Chat Completions repeats all results of a conversation in every request; each
//! call is reported once. Ids of calls are unique with OpenAI, but not with every vendor, so a call of the
//! same trace wins, and one of another trace counts only if no other could be meant.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, TraceId};
use serde_json::Value;

use super::caller::Caller;
use super::tool_functions;
use super::tool_functions::{FunctionSpan, OpenTool, ToolFunctions};
use super::tool_match::{Wanted, is_same_name};
use super::tool_names::KnownTool;
use super::tool_spans::{
    LONGEST_TOOL_CALL_ID, Parent, TOOL_CALL_TIMEOUT, TOOL_CALLS, ToolSpans, Watch,
};
use crate::conventions as names;
use crate::conventions::{observation, tool_type};
use crate::model::ObservationType;
use crate::model::message::ToolDefinition;
use crate::span;
use crate::span::{AttributeSet, AttributeSink as _, FinishedSpan, SpanParent, ToolRun};
use crate::wire::{ToolCall, ToolResult};

/// How many bytes names, ids and arguments of the waiting calls may have.
const BYTES: usize = 16 << 20;

/// What a tool did, as far as the wire knows.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) arguments: Option<String>,
    pub(crate) result: String,
    pub(crate) parent: SpanParent,
    pub(crate) start: SystemTime,
    pub(crate) end: SystemTime,
}

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

/// A tool call that a model has asked for.
#[derive(Debug)]
struct Asked {
    id: String,
    name: String,
    description: Option<String>,
    arguments: Option<String>,
    parent: SpanParent,
    /// If that is the model call's own span: who its parent is.
    beside: Option<Parent>,
    trace: TraceId,
    server: String,
    response: Option<String>,
    began: Instant,
    asked: SystemTime,
    ended: SystemTime,
    since: Instant,
    /// Whether a function of the program, or a call of a server of tools, is its span.
    has_function: bool,
    /// `None` once the result has come. The call is kept nevertheless, to recognise repetitions.
    watch: Option<Watch>,
}

impl Asked {
    /// The parent of the tool's span: that of the model call's, if there is one.
    fn parent(&self) -> SpanParent {
        let beside = self.beside.as_ref().and_then(|parent| parent.get());
        let beside = beside.filter(|parent| **parent != SpanId::INVALID);
        match (beside, self.parent.span()) {
            (Some(parent), Some(own)) => self.parent.with_span(SpanContext::new(
                own.trace_id(),
                *parent,
                own.trace_flags(),
                own.is_remote(),
                own.trace_state().clone(),
            )),
            _ => self.parent.clone(),
        }
    }

    /// The call as functions are compared with it.
    fn open(&self, result: Option<String>) -> OpenTool<'_> {
        let arguments = self.arguments.as_deref();
        OpenTool {
            id: Some(self.id.as_str()).filter(|id| *id != self.name),
            tool: KnownTool {
                name: &self.name,
                description: self.description.as_deref(),
            },
            written: self.arguments.clone(),
            wanted: Wanted {
                name: &self.name,
                arguments: arguments.and_then(|text| serde_json::from_str(text).ok()),
                result,
                asked: (self.asked, self.ended),
            },
        }
    }

    fn bytes(&self) -> usize {
        let texts = [&self.description, &self.arguments];
        let texts = texts.into_iter().flatten().map(String::len);
        self.id.len() + self.name.len() + texts.sum::<usize>()
    }
}

/// The tool calls that models have asked for, oldest first.
#[derive(Debug)]
pub(crate) struct Tools {
    spans: Arc<ToolSpans>,
    /// Whether calls of traces that are not sampled are followed as well.
    follows_all: bool,
    asked: VecDeque<Asked>,
    bytes: usize,
    functions: ToolFunctions,
    /// Functions of which is known what they are.
    resolved: Vec<FunctionSpan>,
}

impl Tools {
    pub(crate) fn new(spans: Arc<ToolSpans>, follows_all: bool) -> Self {
        Self {
            spans,
            follows_all,
            asked: VecDeque::new(),
            bytes: 0,
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
        self.sweep(since);
        // A stored answer can be read as often as one likes.
        let known: Vec<String> = match response {
            Some(_) => {
                let same = self
                    .asked
                    .iter()
                    .filter(|asked| asked.response.as_deref() == response);
                same.map(|asked| asked.id.clone()).collect()
            }
            None => Vec::new(),
        };
        for call in asking.calls {
            // A call without an id is known by its name, as its result is.
            let id = call.id.filter(|id| !id.is_empty());
            let id = id.unwrap_or_else(|| call.name.clone());
            if id.is_empty() || id.len() > LONGEST_TOOL_CALL_ID {
                continue;
            }
            if known.contains(&id) {
                continue;
            }
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
            self.push(Asked {
                id,
                name: call.name,
                description: offered.and_then(|tool| tool.description.clone()),
                arguments: call.arguments,
                parent,
                beside,
                trace: own.trace_id(),
                server: server.to_owned(),
                response: response.map(str::to_owned),
                began: caller.began,
                asked: asking.began,
                ended: asking.ended,
                since,
                has_function: false,
                watch: Some(Watch::new(&self.spans, Some(own.trace_id()), asking.began)),
            });
        }
    }

    fn push(&mut self, asked: Asked) {
        self.bytes += asked.bytes();
        self.asked.push_back(asked);
        while self.asked.len() > TOOL_CALLS || self.bytes > BYTES {
            self.forget_oldest();
        }
    }

    fn sweep(&mut self, now: Instant) {
        while let Some(oldest) = self.asked.front()
            && now.saturating_duration_since(oldest.since) >= TOOL_CALL_TIMEOUT
        {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.asked.pop_front() {
            self.bytes -= oldest.bytes();
        }
    }

    /// The tool that was asked for under this id; `None` if it could be another.
    pub(super) fn known(&self, id: &str, trace: TraceId) -> Option<KnownTool<'_>> {
        let of_id = || self.asked.iter().filter(|asked| asked.id == id);
        let here = of_id().rfind(|asked| asked.trace == trace);
        let found = here.or_else(|| of_id().next())?;
        let is_certain = here.is_some() || of_id().all(|asked| asked.name == found.name);
        is_certain.then_some(KnownTool {
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
        self.sweep(Instant::now());
        if self.asked.is_empty() || results.is_empty() {
            return Vec::new();
        }
        let mut of_id: HashMap<&str, (Vec<&Value>, Vec<usize>)> = HashMap::new();
        for result in results {
            let (outputs, _) = of_id.entry(result.call_id.as_str()).or_default();
            outputs.push(&result.output);
        }
        for (index, asked) in self.asked.iter().enumerate() {
            if let Some((_, indices)) = of_id.get_mut(asked.id.as_str()) {
                indices.push(index);
            }
        }
        let trace = caller.parent.span().map(|span| span.trace_id());
        let mut pairs: Vec<(usize, &Value)> = Vec::new();
        for (outputs, indices) in of_id.values() {
            pairs.extend(self.paired(outputs, indices, trace, server));
        }
        // In the order in which they were asked for.
        pairs.sort_unstable_by_key(|(index, _)| *index);
        self.match_functions(&pairs);
        let answered = pairs.into_iter().filter_map(|(index, result)| {
            let asked = self.asked.get_mut(index)?;
            asked.watch = None;
            self.bytes -= asked.bytes();
            let arguments = asked.arguments.take();
            self.bytes += asked.bytes();
            if asked.has_function || self.spans.has_seen(&asked.id, asked.began) {
                return None;
            }
            Some(Execution {
                id: asked.id.clone(),
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
        let is_meant = |asked: &&mut Asked| {
            let prefix = asked.name.strip_suffix(tool);
            let is_named = prefix.is_some_and(|rest| !rest.ends_with(char::is_alphanumeric));
            let is_open = asked.watch.is_some() && !asked.has_function;
            is_named && is_open && asked.trace == trace && asked.ended <= at
        };
        if let Some(asked) = self.asked.iter_mut().find(is_meant) {
            asked.has_function = true;
        }
    }

    /// Finds the functions of the program that ran for these calls, whose results are known.
    fn match_functions(&mut self, answered: &[(usize, &Value)]) {
        let call = |(index, result): &(usize, &Value)| (*index, Some(span::text(result)));
        for trace in self.functions.traces(None) {
            let of_trace = |index: &usize| self.asked.get(*index).map(|asked| asked.trace);
            let of_trace = answered
                .iter()
                .filter(|(index, _)| of_trace(index) == Some(trace));
            let calls: Vec<_> = of_trace.map(call).collect();
            if !calls.is_empty() {
                self.resolve(trace, &calls);
            }
        }
    }

    /// Finds the functions of a trace that ran for these calls, each with its result if that is known.
    fn resolve(&mut self, trace: TraceId, calls: &[(usize, Option<String>)]) {
        let asked = &self.asked;
        let is_open = |index: usize, asked: &Asked| {
            asked.trace == trace
                && asked.watch.is_some()
                && !asked.has_function
                && !self.spans.has_seen(&asked.id, asked.began)
                && !calls.iter().any(|(other, _)| *other == index)
        };
        let (mut indices, mut open) = (Vec::new(), Vec::new());
        for (index, result) in calls {
            if let Some(asked) = asked.get(*index)
                && !asked.has_function
                && !self.spans.has_seen(&asked.id, asked.began)
            {
                indices.push(*index);
                open.push(asked.open(result.clone()));
            }
        }
        let stays = |name: &str| {
            let mut others = asked.iter().enumerate();
            others.any(|(index, one)| is_open(index, one) && is_same_name(&one.name, name))
        };
        let (done, fits) = self.functions.resolve(trace, &open, stays);
        self.resolved.extend(done);
        for fit in fits {
            let index = indices.get(fit.call).copied();
            if let Some(asked) = index.and_then(|index| self.asked.get_mut(index)) {
                asked.has_function = true;
            }
        }
    }

    /// Takes a function that may be a tool; gives it back if none of its name is waited for.
    pub(super) fn keep(&mut self, function: FunctionSpan, is_of_run: bool) -> Option<FunctionSpan> {
        let trace = function.span.span_context.trace_id();
        let name = tool_functions::name_of(&function.span);
        let is_meant = |asked: &Asked| {
            asked.trace == trace && asked.watch.is_some() && is_same_name(&asked.name, name)
        };
        if !is_of_run && !self.asked.iter().any(is_meant) {
            return Some(function);
        }
        let over = self.functions.keep(function);
        self.resolved.extend(over);
        None
    }

    /// Nothing more is waited for in these traces: whatever is kept is a tool if that is certain.
    pub(super) fn give_up(&mut self, traces: Vec<TraceId>) {
        for trace in traces {
            let open = self.asked.iter().enumerate();
            let open = open.filter(|(_, one)| one.trace == trace && one.watch.is_some());
            let open: Vec<_> = open.map(|(index, _)| (index, None)).collect();
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
        indices: &[usize],
        trace: Option<TraceId>,
        server: &str,
    ) -> Vec<(usize, &'r Value)> {
        let call = |index: &usize| self.asked.get(*index);
        let is_open = |index: &usize| call(index).is_some_and(|asked| asked.watch.is_some());
        let is_here = |index: &usize| call(index).map(|asked| asked.trace) == trace;
        let mut calls: Vec<usize> = indices.iter().copied().filter(is_here).collect();
        if trace.is_none() || calls.is_empty() {
            let is_meant = |index: &usize| {
                is_open(index) && call(index).is_some_and(|asked| asked.server == server)
            };
            calls = indices.iter().copied().filter(is_meant).collect();
            let first = calls.first().and_then(call).map(|asked| asked.trace);
            let is_other = |index: &usize| call(index).map(|asked| asked.trace) != first;
            if calls.iter().any(is_other) {
                return Vec::new();
            }
        }
        let open: Vec<usize> = calls.iter().copied().filter(is_open).collect();
        if calls.len() == results.len() {
            let pairs = calls.into_iter().zip(results.iter().copied());
            return pairs.filter(|(index, _)| is_open(index)).collect();
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

impl Execution {
    /// Its span, and the parent of that.
    pub(crate) fn finished(self) -> (FinishedSpan, SpanParent) {
        let mut attributes = AttributeSet::new();
        attributes.observation_type(ObservationType::Tool);
        attributes.tool_run(ToolRun {
            name: &self.name,
            kind: tool_type::FUNCTION,
            id: Some(self.id.as_str()).filter(|id| *id != self.name),
            arguments: self.arguments,
            result: Some(self.result),
        });
        attributes.push_some(names::TOOL_DESCRIPTION, self.description);
        attributes.push(observation::DERIVED, true);
        let finished = FinishedSpan {
            kind: SpanKind::Internal,
            name: span::tool_span_name(&self.name),
            attributes,
            events: Vec::new(),
            times: (self.start, self.end),
        };
        (finished, self.parent)
    }
}

#[cfg(test)]
mod tests;
