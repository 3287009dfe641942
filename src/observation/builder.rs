//! An observation before it starts, or after it has ended.
//!
//! Contract: nothing is serialised or kept unless something is recorded. A live observation is a
//! `tracing` span whose facts are no fields of it, so layers that print spans print no content; a
//! finished one is an OpenTelemetry span only, since `tracing` knows no spans in the past.

use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::{Event, Span as _, SpanContext, SpanKind, TraceContextExt, Tracer as _};
use opentelemetry_sdk::trace::SdkTracer;
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::Observation;
use crate::context::handle::Handle;
use crate::model::ObservationType;
use crate::span;
use crate::span::Fact;

/// Describes an observation before it starts, or after it has ended.
///
/// If nothing is recorded (no telemetry in the current subscriber, or a trace that is not sampled)
/// nothing is serialised or kept either.
#[derive(Debug)]
#[must_use = "nothing is recorded before `start` or `record`"]
pub struct ObservationBuilder {
    kind: ObservationType,
    name: String,
    /// `None` if nothing is recorded.
    handle: Option<Handle>,
    parent: Option<Context>,
    facts: Vec<Fact>,
}

impl ObservationBuilder {
    /// `name` is asked for only if something is recorded.
    pub(super) fn new(kind: ObservationType, name: impl FnOnce() -> String) -> Self {
        let handle = Handle::recording();
        let (name, facts) = match handle {
            Some(_) => (name(), span::observation_type(kind)),
            None => (String::new(), Vec::new()),
        };
        Self {
            kind,
            name,
            handle,
            parent: None,
            facts,
        }
    }

    pub(super) fn facts(mut self, facts: impl FnOnce() -> Vec<Fact>) -> Self {
        if self.handle.is_some() {
            self.facts.extend(facts());
        }
        self
    }

    /// Puts the observation below this span instead of the current one.
    pub fn with_parent(mut self, parent: &Span) -> Self {
        if self.handle.is_some() {
            self.parent = Some(parent.context());
        }
        self
    }

    /// Starts the observation now; it ends when the returned value is dropped.
    ///
    /// It is a standard `tracing` span of the target `tracing_genai`. Content is not among its
    /// fields, so a layer that prints spans does not print prompts.
    pub fn start(self) -> Observation {
        if self.handle.is_none() {
            return Observation::owned(Span::none());
        }
        let name = self.name.as_str();
        let span = match self.otel_kind() {
            SpanKind::Client => {
                info_span!(target: "tracing_genai", "observation", otel.name = name, otel.kind = "client")
            }
            _ => info_span!(target: "tracing_genai", "observation", otel.name = name),
        };
        if let Some(parent) = self.parent {
            // The span is new, so it has not started yet and takes a parent.
            let _ = span.set_parent(parent);
        }
        span::write(&span, self.facts);
        Observation::owned(span)
    }

    /// Records an observation that lasted from `start` to `end`, whenever that was.
    ///
    /// What is recorded this way is an OpenTelemetry span only: layers that print `tracing` spans do
    /// not see it. An `end` before `start` counts as `start`. Returns the new span's context, for
    /// children of it; `None` if nothing is recorded.
    pub fn record(self, start: SystemTime, end: SystemTime) -> Option<SpanContext> {
        let kind = self.otel_kind();
        let tracer = self.handle.as_ref()?.tracer();
        let parent = self.parent.unwrap_or_else(current_context);
        let finished = Finished {
            kind,
            name: self.name,
            facts: self.facts,
            events: Vec::new(),
            times: (start, end),
        };
        Some(finished.record(tracer, &parent))
    }

    fn otel_kind(&self) -> SpanKind {
        match self.kind {
            ObservationType::Generation
            | ObservationType::Embedding
            | ObservationType::Retriever => SpanKind::Client,
            _ => SpanKind::Internal,
        }
    }
}

/// A span of what is over.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) kind: SpanKind,
    pub(crate) name: String,
    /// Of the same attribute the last one counts.
    pub(crate) facts: Vec<Fact>,
    pub(crate) events: Vec<Event>,
    /// An end before the start counts as the start.
    pub(crate) times: (SystemTime, SystemTime),
}

impl Finished {
    pub(crate) fn record(self, tracer: &SdkTracer, parent: &Context) -> SpanContext {
        let (attributes, status) = span::merged(self.facts);
        let (start, end) = self.times;
        let mut span = tracer
            .span_builder(self.name)
            .with_kind(self.kind)
            .with_start_time(start)
            .with_attributes(attributes)
            .start_with_context(tracer, parent);
        for event in self.events {
            span.add_event_with_timestamp(event.name, event.timestamp, event.attributes);
        }
        span.set_status(status);
        span.end_with_timestamp(end.max(start));
        span.span_context().clone()
    }
}

/// The active context, which has the scope and the nearest exported span, even where the filter
/// hides the current one; the current span's own where a foreign layer does not activate it.
pub(crate) fn current_context() -> Context {
    let active = Context::current();
    let own = Span::current().context();
    let of = |context: &Context| context.span().span_context().span_id();
    if own.has_active_span() && of(&own) != of(&active) {
        return own;
    }
    active
}
