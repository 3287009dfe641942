//! What the rest of the crate needs of a telemetry, found through the current subscriber.
//!
//! The handle is an empty layer inside of [`Telemetry::layer`](crate::Telemetry::layer), so there is
//! no global state: two telemetries in one process, or one a test, do not see each other. Without a
//! handle in the current subscriber nothing is recorded.

use std::fmt;
use std::sync::Arc;

use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::trace::SdkTracer;
use tracing::{Subscriber, dispatcher};
use tracing_subscriber::Layer;

/// A reference to a telemetry for code that records.
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

struct Inner {
    tracer: SdkTracer,
}

impl Handle {
    pub(crate) fn new(tracer: SdkTracer) -> Self {
        Self(Arc::new(Inner { tracer }))
    }

    /// The handle of the current subscriber; `None` without a telemetry in it.
    pub fn current() -> Option<Self> {
        dispatcher::get_default(|dispatch| dispatch.downcast_ref::<Self>().cloned())
    }

    /// The handle of the current subscriber, unless the current trace is not sampled: then nothing
    /// needs to be prepared.
    pub(crate) fn recording() -> Option<Self> {
        let current = opentelemetry::Context::current();
        let span = current.span();
        let parent = span.span_context();
        if parent.is_valid() && !parent.is_sampled() {
            return None;
        }
        Self::current()
    }

    pub(crate) fn tracer(&self) -> &SdkTracer {
        &self.0.tracer
    }
}

impl<S: Subscriber> Layer<S> for Handle {}

impl fmt::Debug for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Handle").finish_non_exhaustive()
    }
}
