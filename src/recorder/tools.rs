//! Tool calls from the answer that asks for them to the request that brings their results.
//!
//! What the program did in between is told as a span next to the model call, since few programs trace
//! their tools. It is derived: the times are those of the wire, so it also covers whatever else was done
//! between the two calls. Chat Completions repeats all results of a conversation in every request; a
//! call is told once. Ids of calls are unique with OpenAI, but not with every vendor, so an id that was
//! asked for in the same trace wins, and one of another trace counts only if no other could be meant.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanKind, TraceContextExt, TraceId};
use opentelemetry_sdk::trace::SdkTracer;
use serde_json::Value;

use super::observed::{Observed, Watch};
use crate::conventions::{observation, tool_type};
use crate::model::ObservationType;
use crate::span;
use crate::span::{AttributeSet, AttributeSink as _, FinishedSpan, ToolRun};
use crate::wire::{ToolCall, ToolResult};

/// How many calls may wait for their results.
pub(crate) const LIMIT: usize = 4_096;
/// How many bytes their names, ids and arguments may have.
const BYTES: usize = 16 << 20;
/// How long a call is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);
/// Nobody's ids are longer.
pub(crate) const LONGEST_ID: usize = 512;

/// Who made a model call.
#[derive(Debug)]
pub(crate) struct Caller {
    /// The span that the model call is a child of, without keeping it open, and its scope.
    pub(crate) parent: Context,
    pub(crate) tracer: SdkTracer,
    /// Spans are looked at until the recorder is done with the call; `None` if tools are not followed.
    _watch: Option<Watch>,
    pub(crate) began: Instant,
}

impl Caller {
    /// The current one.
    pub(crate) fn current(
        observed: Option<&Arc<Observed>>,
        tracer: &SdkTracer,
        began: Instant,
    ) -> Self {
        let context = span::current_context();
        let span = context.span().span_context().clone();
        let parent = if span.is_valid() {
            context.with_remote_span_context(span)
        } else {
            // A parent that is none would decide that nothing below it is sampled.
            context
        };
        Self {
            parent,
            tracer: tracer.clone(),
            _watch: observed.map(Watch::new),
            began,
        }
    }

    fn span(&self) -> Option<SpanContext> {
        let span = self.parent.span().span_context().clone();
        span.is_valid().then_some(span)
    }
}

/// What a tool did, as far as the wire knows.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arguments: Option<String>,
    pub(crate) result: String,
    pub(crate) parent: Context,
    pub(crate) start: SystemTime,
    pub(crate) end: SystemTime,
}

/// A call that a model has asked for.
#[derive(Debug)]
struct Asked {
    id: String,
    name: String,
    arguments: Option<String>,
    parent: Context,
    trace: TraceId,
    server: String,
    response: Option<String>,
    began: Instant,
    ended: SystemTime,
    since: Instant,
    /// `None` once the result has come. It is kept nevertheless, to know its repetitions.
    watch: Option<Watch>,
}

impl Asked {
    fn bytes(&self) -> usize {
        self.id.len() + self.name.len() + self.arguments.as_ref().map_or(0, String::len)
    }
}

/// The calls that models have asked for, oldest first.
#[derive(Debug)]
pub(crate) struct Tools {
    observed: Arc<Observed>,
    /// Whether those of traces count that are not sampled.
    follows_all: bool,
    asked: VecDeque<Asked>,
    bytes: usize,
}

impl Tools {
    pub(crate) fn new(observed: Arc<Observed>, follows_all: bool) -> Self {
        Self {
            observed,
            follows_all,
            asked: VecDeque::new(),
            bytes: 0,
        }
    }

    /// An answer has ended that asks for tools. `own` is the span of the model call, which tools are put
    /// below if it has no parent.
    pub(crate) fn ask(
        &mut self,
        caller: &Caller,
        own: &SpanContext,
        server: &str,
        response: Option<&str>,
        calls: Vec<ToolCall>,
        ended: SystemTime,
    ) {
        if !(own.is_sampled() || self.follows_all && own.is_valid()) {
            return;
        }
        let since = Instant::now();
        self.sweep(since);
        for call in calls {
            let Some(id) = call
                .id
                .filter(|id| !id.is_empty() && id.len() <= LONGEST_ID)
            else {
                continue;
            };
            // A stored answer can be read as often as one likes.
            let is_known = |asked: &Asked| asked.id == id && asked.response.as_deref() == response;
            if response.is_some() && self.asked.iter().any(is_known) {
                continue;
            }
            let parent = match caller.span() {
                Some(_) => caller.parent.clone(),
                None => caller.parent.with_remote_span_context(own.clone()),
            };
            self.push(Asked {
                id,
                name: call.name,
                arguments: call.arguments.map(span::text),
                parent,
                trace: own.trace_id(),
                server: server.to_owned(),
                response: response.map(str::to_owned),
                began: caller.began,
                ended,
                since,
                watch: Some(Watch::new(&self.observed)),
            });
        }
    }

    fn push(&mut self, asked: Asked) {
        self.bytes += asked.bytes();
        self.asked.push_back(asked);
        while self.asked.len() > LIMIT || self.bytes > BYTES {
            self.forget_oldest();
        }
    }

    fn sweep(&mut self, now: Instant) {
        while let Some(oldest) = self.asked.front()
            && now.saturating_duration_since(oldest.since) >= PATIENCE
        {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(oldest) = self.asked.pop_front() {
            self.bytes -= oldest.bytes();
        }
    }

    /// A request brings results: the calls that are answered by it for the first time, and of which
    /// nobody else has told.
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
        // Where an id comes twice, the last one is the news.
        let last: HashMap<&str, &Value> = results
            .iter()
            .map(|result| (result.call_id.as_str(), &result.output))
            .collect();
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, asked) in self.asked.iter().enumerate() {
            if let Some((id, _)) = last.get_key_value(asked.id.as_str()) {
                places.entry(id).or_default().push(place);
            }
        }
        let trace = caller.span().map(|span| span.trace_id());
        let meant = places
            .values()
            .filter_map(|of| self.meant(of, trace, server));
        // In the order in which they were asked for.
        let mut meant: Vec<usize> = meant.collect();
        meant.sort_unstable();
        let answered = meant.into_iter().filter_map(|place| {
            let asked = self.asked.get_mut(place)?;
            asked.watch = None;
            self.bytes -= asked.bytes();
            let arguments = asked.arguments.take();
            self.bytes += asked.bytes();
            let is_told = self.observed.has_seen(&asked.id, asked.began);
            let result = last.get(asked.id.as_str()).filter(|_| !is_told)?;
            Some(Execution {
                id: asked.id.clone(),
                name: asked.name.clone(),
                arguments,
                result: span::text(result),
                parent: asked.parent.clone(),
                start: asked.ended,
                end: at.max(asked.ended),
            })
        });
        answered.collect()
    }

    /// Which of the calls with the same id a result belongs to; `None` if it is a repetition, or if
    /// that cannot be told.
    fn meant(&self, places: &[usize], trace: Option<TraceId>, server: &str) -> Option<usize> {
        let of = |place: &usize| self.asked.get(*place);
        let is_here = |place: &&usize| of(place).map(|asked| asked.trace) == trace;
        if trace.is_some()
            && let Some(place) = places.iter().rev().find(is_here)
        {
            let is_open = of(place).is_some_and(|asked| asked.watch.is_some());
            return is_open.then_some(*place);
        }
        let mut open = places.iter().filter(|place| {
            of(place).is_some_and(|asked| asked.watch.is_some() && asked.server == server)
        });
        open.next().filter(|_| open.next().is_none()).copied()
    }
}

impl Execution {
    /// Its span, and what that stands below.
    pub(crate) fn finished(self) -> (FinishedSpan, Context) {
        let mut attributes = AttributeSet::new();
        attributes.observation_type(ObservationType::Tool);
        attributes.tool_run(ToolRun {
            name: &self.name,
            kind: tool_type::FUNCTION,
            id: Some(&self.id),
            arguments: self.arguments,
            result: Some(self.result),
        });
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
