//! An observation while it runs.
//!
//! Contract: attributes can be set until it ends. One that was started here ends when it is dropped,
//! exactly once; if a panic drops it, the observation is an error.

use std::time::SystemTime;

use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::span::{AttributeSink as _, enterable, rename, thread_is_ending, within};

/// An observation that is running. Of a value that is set twice, the last one counts.
///
/// One that was started by [`ObservationBuilder::start`](super::ObservationBuilder::start) ends when
/// it is dropped; one from [`current`](super::current) ends with its function.
///
/// # Examples
///
/// ```
/// use tracing::Instrument;
/// use tracing_genai::observation;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # async fn run() -> u32 { 4 }
/// let agent = observation::agent("tutor").start();
/// // Spans in here are children of the agent.
/// let answer = run().instrument(agent.span().clone()).await;
/// agent.set_output(answer);
/// # }
/// ```
#[derive(Debug)]
pub struct Observation {
    span: Span,
    owned: bool,
    /// Whether it was made while a panic unwound the thread: that panic is not an error of its own.
    made_unwinding: bool,
}

impl Observation {
    /// One of which nothing is recorded.
    #[inline]
    pub(super) fn unrecorded() -> Self {
        Self::borrowed(Span::none())
    }

    /// One that ends when it is dropped.
    pub(super) fn owned(span: Span) -> Self {
        Self {
            span,
            owned: true,
            made_unwinding: std::thread::panicking(),
        }
    }

    /// One that ends elsewhere.
    #[inline]
    pub(super) fn borrowed(span: Span) -> Self {
        Self {
            span,
            owned: false,
            made_unwinding: false,
        }
    }

    /// Returns the span, to enter it or to instrument a future with it: spans in there become its
    /// children.
    ///
    /// It is disabled where a `reload::Layer` hides the telemetry's layer: spans in there become children of
    /// the function around it.
    pub fn span(&self) -> &Span {
        static NONE: Span = Span::none();
        enterable(&self.span).unwrap_or(&NONE)
    }

    /// `write` is called only if something is recorded.
    pub(super) fn write(&self, write: impl FnOnce(&mut &Span)) -> &Self {
        if !self.span.is_none() {
            write(&mut &self.span);
        }
        self
    }

    /// Renames the observation.
    pub fn set_name(&self, name: impl Into<String>) -> &Self {
        if !self.span.is_none() {
            rename(&self.span.context(), name.into());
        }
        self
    }

    /// Sets the current time as the arrival of the first token.
    pub fn mark_completion_start(&self) -> &Self {
        self.write(|span| span.completion_start(SystemTime::now()))
    }

    fn end(&self) {
        if std::thread::panicking() && !self.made_unwinding {
            self.write(|span| span.panicked());
        }
        if !thread_is_ending() {
            // tracing-opentelemetry ends a span at its last exit, which may be long ago.
            within(&self.span, || ());
        }
    }
}

impl Drop for Observation {
    #[inline]
    fn drop(&mut self) {
        if self.owned && !self.span.is_none() {
            self.end();
        }
    }
}
