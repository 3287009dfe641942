//! Something that happens at one moment: a finished observation whose start is its end, without
//! children.

use std::time::SystemTime;

use opentelemetry::trace::SpanContext;
use serde::Serialize;
use tracing::Span;

use super::builder::ObservationBuilder;
use crate::model::{Level, ObservationType};

/// Builder of something that happens at one moment; see [`event`](super::event).
///
/// # Examples
///
/// ```
/// use tracing_genai::observation::{self, Level};
///
/// observation::event("rate limit reached")
///     .with_level(Level::Warning)
///     .with_metadata("retry_after", 2.5)
///     .record_now();
/// ```
#[derive(Debug)]
#[must_use = "nothing is recorded before `record_now` or `record_at`"]
pub struct EventBuilder(ObservationBuilder);

impl EventBuilder {
    pub(super) fn new(name: impl FnOnce() -> String) -> Self {
        Self(ObservationBuilder::new(ObservationType::Event, name))
    }

    /// Sets the parent. Defaults to the current span.
    pub fn with_parent(self, parent: &Span) -> Self {
        Self(self.0.with_parent(parent))
    }

    /// The input: text as it is, anything else as JSON.
    pub fn with_input(self, input: impl Serialize) -> Self {
        Self(self.0.with_input(input))
    }

    /// The output: text as it is, anything else as JSON.
    pub fn with_output(self, output: impl Serialize) -> Self {
        Self(self.0.with_output(output))
    }

    /// How it went. [`Level::Error`] is an error for every backend.
    pub fn with_level(self, level: Level) -> Self {
        Self(self.0.with_level(level))
    }

    /// A sentence that explains the level.
    pub fn with_status_message(self, message: impl Into<String>) -> Self {
        Self(self.0.with_status_message(message))
    }

    /// Metadata: scalars keep their type, anything else becomes JSON.
    pub fn with_metadata(self, key: &str, value: impl Serialize) -> Self {
        Self(self.0.with_metadata(key, value))
    }

    /// Records it with the current time. Returns the new span's context; `None` if nothing is recorded.
    pub fn record_now(self) -> Option<SpanContext> {
        self.record_at(SystemTime::now())
    }

    /// Records it with this time. Returns the new span's context; `None` if nothing is recorded.
    pub fn record_at(self, time: SystemTime) -> Option<SpanContext> {
        self.0.record(time, time)
    }
}
