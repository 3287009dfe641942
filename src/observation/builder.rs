//! An observation before it starts, or after it has ended.
//!
//! Contract: nothing is serialised or kept unless something is recorded. A live observation is a
//! `tracing` span whose attributes are not its fields, so layers that print spans print no content; a
//! finished one is an OpenTelemetry span only, since `tracing` cannot backdate spans.

use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanKind};
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::live::Observation;
use crate::context::handle::Handle;
use crate::model::ObservationType;
use crate::span::{AttributeSet, AttributeSink as _, FinishedSpan, current_context};

/// Builder of an observation that is about to start, or has ended already.
///
/// [`generation`](super::generation), [`tool`](super::tool) and the other constructors make one. If nothing is
/// recorded (no telemetry in the current subscriber, or a trace that is not sampled), nothing is
/// serialised or kept either.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tracing_genai::message::Usage;
/// use tracing_genai::observation;
///
/// let end = SystemTime::now();
/// observation::embedding("embeddings text-embedding-3-small")
///     .with_model("text-embedding-3-small")
///     .with_usage(Usage::new(12, 0))
///     .record(end - Duration::from_millis(80), end);
/// ```
#[derive(Debug)]
#[must_use = "nothing is recorded before `start` or `record`"]
pub struct ObservationBuilder {
    kind: ObservationType,
    name: String,
    /// `None` if nothing is recorded.
    handle: Option<Handle>,
    parent: Option<Context>,
    attributes: AttributeSet,
}

impl ObservationBuilder {
    /// `name` is called only if something is recorded.
    pub(super) fn new(kind: ObservationType, name: impl FnOnce() -> String) -> Self {
        let handle = Handle::recording();
        let mut attributes = AttributeSet::new();
        let name = match handle {
            Some(_) => {
                attributes.observation_type(kind);
                name()
            }
            None => String::new(),
        };
        Self {
            kind,
            name,
            handle,
            parent: None,
            attributes,
        }
    }

    /// `write` is called only if something is recorded.
    pub(super) fn write(mut self, write: impl FnOnce(&mut AttributeSet)) -> Self {
        if self.handle.is_some() {
            write(&mut self.attributes);
        }
        self
    }

    /// Sets the parent. Defaults to the current span.
    pub fn with_parent(mut self, parent: &Span) -> Self {
        if self.handle.is_some() {
            self.parent = Some(parent.context());
        }
        self
    }

    /// Starts the observation; it ends when the returned value is dropped.
    ///
    /// It is a standard `tracing` span of the target `tracing_genai`. Content is not among its
    /// fields, so a layer that prints spans does not print prompts.
    pub fn start(self) -> Observation {
        let Some(handle) = &self.handle else {
            return Observation::owned(Span::none());
        };
        let name = self.name.as_str();
        let fields = [("otel.name", name), ("otel.kind", "client")];
        let span = match self.otel_kind() {
            SpanKind::Client => handle.span(self.parent, &fields, || {
                info_span!(target: "tracing_genai", "observation", otel.name = name, otel.kind = "client")
            }),
            _ => handle.span(self.parent, &fields[..1], || {
                info_span!(target: "tracing_genai", "observation", otel.name = name)
            }),
        };
        self.attributes.write_to(&span);
        Observation::owned(span)
    }

    /// Records an observation that lasted from `start` to `end`.
    ///
    /// It becomes an OpenTelemetry span only: layers that print `tracing` spans do not see it. An `end` before
    /// `start` counts as `start`. Returns the context of the new span, so that it can have children; `None` if
    /// nothing is recorded.
    pub fn record(self, start: SystemTime, end: SystemTime) -> Option<SpanContext> {
        let kind = self.otel_kind();
        let tracer = self.handle.as_ref()?.tracer();
        let parent = self.parent.unwrap_or_else(current_context);
        let finished = FinishedSpan {
            kind,
            name: self.name,
            attributes: self.attributes,
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
