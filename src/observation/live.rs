//! An observation while it runs.
//!
//! Contract: whoever holds one can say more of it until it ends. One that was started here ends
//! when it is dropped, exactly once, and a panic that drops it is its own.

use std::time::SystemTime;

use tracing::Span;

use crate::span::{AttributeSink as _, rename, thread_is_ending};

/// An observation that is running. What is set twice counts once, the last time.
///
/// One that was started by [`ObservationBuilder::start`](super::ObservationBuilder::start) ends when it is dropped; one from
/// [`current`](super::current) ends with its function.
#[derive(Debug)]
pub struct Observation {
    span: Span,
    owned: bool,
    /// Whether it was made while a panic unwound the thread: then that panic is none of its own.
    made_unwinding: bool,
}

impl Observation {
    /// One that ends when it is dropped.
    pub(super) fn owned(span: Span) -> Self {
        Self {
            span,
            owned: true,
            made_unwinding: std::thread::panicking(),
        }
    }

    /// One that somebody else ends.
    pub(super) fn borrowed(span: Span) -> Self {
        Self {
            span,
            owned: false,
            made_unwinding: false,
        }
    }

    /// The span, to enter it or to instrument a future with it, so that what happens in there
    /// becomes its child.
    pub fn span(&self) -> &Span {
        &self.span
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
            rename(&self.span, name.into());
        }
        self
    }

    /// Says that the first token has arrived now.
    pub fn mark_completion_start(&self) -> &Self {
        self.write(|span| span.completion_start(SystemTime::now()))
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        if self.owned {
            if std::thread::panicking() && !self.made_unwinding {
                self.write(|span| span.panicked());
            }
            if !thread_is_ending() {
                // tracing-opentelemetry ends a span at its last exit, which may be long ago.
                self.span.in_scope(|| ());
            }
        }
    }
}
