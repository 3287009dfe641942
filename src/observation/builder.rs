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
pub struct ObservationBuilder(
    /// `None` if nothing is recorded. One pointer, so that this costs next to nothing then.
    Option<Box<Recorded>>,
);

/// What is known of an observation that is recorded.
#[derive(Debug)]
struct Recorded {
    kind: ObservationType,
    name: String,
    handle: Handle,
    parent: Option<Context>,
    attributes: AttributeSet,
}

impl ObservationBuilder {
    /// `name` is called only if something is recorded.
    #[inline]
    pub(super) fn new(kind: ObservationType, name: impl FnOnce() -> String) -> Self {
        let recorded = |handle| Box::new(Recorded::new(kind, name(), handle));
        Self(Handle::recording().map(recorded))
    }

    /// `write` is called only if something is recorded.
    pub(super) fn write(mut self, write: impl FnOnce(&mut AttributeSet)) -> Self {
        if let Some(recorded) = &mut self.0 {
            write(&mut recorded.attributes);
        }
        self
    }

    /// Sets the parent. Defaults to the current span.
    pub fn with_parent(mut self, parent: &Span) -> Self {
        if let Some(recorded) = &mut self.0 {
            recorded.parent = Some(parent.context());
        }
        self
    }

    /// Starts the observation; it ends when the returned value is dropped.
    ///
    /// It is a standard `tracing` span of the target `tracing_genai`. Content is not among its
    /// fields, so a layer that prints spans does not print prompts.
    #[inline]
    pub fn start(self) -> Observation {
        match self.0 {
            Some(recorded) => recorded.start(),
            None => Observation::unrecorded(),
        }
    }

    /// Records an observation that lasted from `start` to `end`.
    ///
    /// It becomes an OpenTelemetry span only: layers that print `tracing` spans do not see it. An `end` before `start` counts as `start`. Returns the new span's context, for
    /// children of it; `None` if nothing is recorded.
    pub fn record(self, start: SystemTime, end: SystemTime) -> Option<SpanContext> {
        Some(self.0?.record((start, end)))
    }
}

impl Recorded {
    fn new(kind: ObservationType, name: String, handle: Handle) -> Self {
        let mut attributes = AttributeSet::new();
        attributes.observation_type(kind);
        Self {
            kind,
            name,
            handle,
            parent: None,
            attributes,
        }
    }

    fn start(self) -> Observation {
        let name = self.name.as_str();
        let fields = [("otel.name", name), ("otel.kind", "client")];
        let (span, context) = match self.otel_kind() {
            SpanKind::Client => self.handle.span((self.parent, None), &fields, |_| {
                info_span!(target: "tracing_genai", "observation", otel.name = name, otel.kind = "client")
            }),
            _ => self.handle.span((self.parent, None), &fields[..1], |_| {
                info_span!(target: "tracing_genai", "observation", otel.name = name)
            }),
        };
        self.attributes.write_to(&context);
        Observation::owned(span)
    }

    fn record(self, times: (SystemTime, SystemTime)) -> SpanContext {
        let kind = self.otel_kind();
        let parent = self.parent.unwrap_or_else(current_context);
        let finished = FinishedSpan {
            kind,
            name: self.name,
            attributes: self.attributes,
            events: Vec::new(),
            times,
        };
        finished.record(self.handle.tracer(), &parent)
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
