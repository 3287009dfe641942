//! Reports of runs as spans, below whoever created the runs.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use opentelemetry::trace::{Span as _, SpanKind, Tracer as _};
use opentelemetry_sdk::trace::Span;

use super::attributes;
use super::exchange::CallOrigin;
use super::report::{RunReport, Tool};
use super::run::Run;
use super::sink::{ReportSink, SpanSink};
use crate::conventions as names;
use crate::span;
use crate::span::{AttributeSet, FinishedSpan, SpanParent};
use crate::wire::RunObject;

/// What spans of a run that has been reported are children of. Thousands are kept, so it holds no content,
/// and not the origin, which has every span of the process looked at.
#[derive(Debug)]
pub(super) struct RunParent {
    /// The agent's span.
    agent: SpanParent,
    began: Instant,
    model: Option<String>,
    /// What generations begin with that are still to come.
    generation: AttributeSet,
    /// What tools begin with.
    tool: AttributeSet,
}

impl<S: SpanSink> ReportSink for S {
    type Creator = Arc<CallOrigin>;
    type Agent = Span;
    type Parent = RunParent;

    fn begin(&mut self, origin: &Arc<CallOrigin>, thread: &str, began: SystemTime) -> Span {
        self.in_conversation(&origin.parent, thread);
        let SpanParent { tracer, context } = &origin.parent;
        tracer
            .span_builder(names::operation::INVOKE_AGENT)
            .with_kind(SpanKind::Client)
            .with_start_time(began)
            .start_with_context(tracer, context)
    }

    fn run(
        &mut self,
        mut agent: Span,
        run: &Run<Arc<CallOrigin>>,
        report: &RunReport,
    ) -> RunParent {
        let origin = &run.creator;
        let mut set = origin.attributes.clone();
        attributes::agent(&mut set, run);
        agent.update_name(attributes::agent_name(run.agent.as_deref()));
        let attempts = origin.attempts.iter().cloned();
        for event in attempts.chain(attributes::events(run)) {
            agent.add_event_with_timestamp(event.name, event.timestamp, event.attributes);
        }
        let ended = run.ended.unwrap_or(run.last_seen).max(run.began);
        let is_function = |tool: &&Tool| tool.kind == names::tool_type::FUNCTION;
        let functions = report.tools.iter().filter(is_function).count();
        self.measure_run(
            agent.span_context(),
            &[&set],
            (run.began, ended),
            (report.generations.len(), functions),
        );
        let (attributes, status) = set.into_parts();
        agent.set_attributes(attributes);
        agent.set_status(status);
        let mut generation = attributes::of_server(&origin.attributes);
        attributes::generation_head(&mut generation, run);
        let mut tool = AttributeSet::new();
        attributes::tool_head(&mut tool, run);
        let mut parent = RunParent {
            agent: origin.parent.with_span(agent.span_context().clone()),
            began: origin.began,
            model: run.object.model.clone(),
            generation: AttributeSet::new(),
            tool,
        };
        // Only a run that is reported before its end has more to count.
        if !run.is_over() {
            parent.generation = generation.clone();
        }
        attributes::generation_content(&mut generation, run);
        record(self, &parent, &generation, report);
        agent.end_with_timestamp(ended);
        parent
    }

    fn late(&mut self, parent: &RunParent, report: RunReport) {
        record(self, parent, &parent.generation, &report);
    }

    fn foreign(
        &mut self,
        origin: &Arc<CallOrigin>,
        times: (SystemTime, SystemTime),
        run: &RunObject,
    ) {
        let mut set = origin.attributes.clone();
        attributes::foreign(&mut set, run);
        let span = FinishedSpan {
            kind: SpanKind::Client,
            name: origin.span_name.clone(),
            attributes: set,
            events: origin.attempts.clone(),
            times,
        };
        self.finished(span, &origin.parent);
    }
}

/// Makes the spans of generations and tools.
fn record(
    sink: &mut impl SpanSink,
    parent: &RunParent,
    every_generation: &AttributeSet,
    report: &RunReport,
) {
    for generation in &report.generations {
        let Some(times) = generation.times else {
            continue;
        };
        let mut set = every_generation.clone();
        attributes::generation(&mut set, generation);
        let span = FinishedSpan {
            kind: SpanKind::Client,
            name: attributes::generation_name(parent.model.as_deref()),
            attributes: set,
            events: Vec::new(),
            times,
        };
        sink.finished(span, &parent.agent);
    }
    for tool in &report.tools {
        if is_wanted(sink, tool, parent.began) {
            let mut set = parent.tool.clone();
            attributes::tool(&mut set, tool);
            let span = FinishedSpan {
                kind: SpanKind::Internal,
                name: span::tool_span_name(&tool.name),
                attributes: set,
                events: Vec::new(),
                times: tool.times,
            };
            sink.finished(span, &parent.agent);
        }
    }
}

/// Tools of the server always need a span.
fn is_wanted(sink: &impl SpanSink, tool: &Tool, began: Instant) -> bool {
    tool.kind != names::tool_type::FUNCTION || sink.wants_function(tool.id.as_deref(), began)
}
