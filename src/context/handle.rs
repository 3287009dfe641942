//! What the rest of the crate needs of a telemetry, found through the current subscriber.
//!
//! The handle is an empty layer inside of [`Telemetry::layer`](crate::Telemetry::layer), so there is
//! no global state: two telemetries in one process, or one a test, do not see each other. Without a
//! handle in the current subscriber nothing is recorded.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::trace::SdkTracer;
use tracing::level_filters::LevelFilter;
use tracing::{Subscriber, dispatcher};
use tracing_subscriber::Layer;

use crate::config::error::ConfigError;
use crate::context::Traces;
use crate::diagnostics::Diagnostics;
use crate::model::BaggageNames;
use crate::span::{thread_is_ending, with_active_context};

/// Reference to a telemetry, for a subscriber that has a tracing-opentelemetry layer of its own.
///
/// # Examples
///
/// ```
/// use tracing_genai::{Handle, Telemetry};
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let telemetry = Telemetry::builder().build()?;
/// let subscriber = tracing_subscriber::registry().with(telemetry.handle());
/// tracing::subscriber::with_default(subscriber, || {
///     // Set exactly if the telemetry is not switched off.
///     assert_eq!(Handle::current().is_some(), telemetry.handle().is_some());
/// });
/// # Ok::<(), tracing_genai::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Handle(Arc<Inner>);

/// Checks the name of an environment; gets the setting that named it, and the name.
pub(crate) type EnvironmentCheck = fn(&str, &str) -> Result<(), ConfigError>;

/// Gives the page of a trace by its id.
pub(crate) type TraceUrl = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What a handle refers to.
pub(crate) struct Inner {
    pub(crate) tracer: SdkTracer,
    pub(crate) diagnostics: Diagnostics,
    pub(crate) traces: Arc<Traces>,
    /// Names in W3C baggage; `None` if it is not used.
    pub(crate) baggage: Option<&'static BaggageNames>,
    /// The page of a trace, if it is known.
    pub(crate) trace_url: TraceUrl,
    /// Refuses the name of an environment that a backend would replace.
    pub(crate) check_environment: EnvironmentCheck,
    /// How many bytes of a text are kept until it is sent.
    pub(crate) kept_bytes: usize,
    pub(crate) attached: Box<dyn Attached>,
}

/// What records calls for a telemetry; the handle carries it without knowing it.
pub(crate) trait Attached: Any + Send + Sync {
    /// Whether calls of traces that are not sampled matter all the same.
    fn wants_unsampled_calls(&self) -> bool;
}

impl Handle {
    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// Returns the handle of the current subscriber; `None` without a telemetry in it.
    pub fn current() -> Option<Self> {
        dispatcher::get_default(|dispatch| dispatch.downcast_ref::<Self>().cloned())
    }

    /// The handle of the current subscriber, unless the current trace is not sampled: then nothing
    /// needs to be prepared.
    pub(crate) fn recording() -> Option<Self> {
        // Without a subscriber there is nothing else to ask.
        if LevelFilter::current() == LevelFilter::OFF {
            return None;
        }
        let is_unsampled = with_active_context(|context| {
            let span = context.span();
            let parent = span.span_context();
            parent.is_valid() && !parent.is_sampled()
        })?;
        if is_unsampled {
            return None;
        }
        Self::current()
    }

    /// The handle of the current subscriber for calls of a trace that is not recorded: a run may belong
    /// to another trace than the request that polls it, and metrics count every call.
    pub(crate) fn of_unrecorded() -> Option<Self> {
        if thread_is_ending() {
            return None;
        }
        Self::current().filter(|handle| handle.attached().wants_unsampled_calls())
    }

    pub(crate) fn tracer(&self) -> &SdkTracer {
        &self.0.tracer
    }

    pub(crate) fn diagnostics(&self) -> &Diagnostics {
        &self.0.diagnostics
    }

    pub(crate) fn traces(&self) -> &Arc<Traces> {
        &self.0.traces
    }

    pub(crate) fn baggage(&self) -> Option<&'static BaggageNames> {
        self.0.baggage
    }

    pub(crate) fn environment_check(&self) -> EnvironmentCheck {
        self.0.check_environment
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        self.0.kept_bytes
    }

    pub(crate) fn attached(&self) -> &dyn Attached {
        &*self.0.attached
    }

    pub(crate) fn trace_url(&self, trace_id: &str) -> Option<String> {
        (self.0.trace_url)(trace_id)
    }
}

impl<S: Subscriber> Layer<S> for Handle {}

impl fmt::Debug for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Handle").finish_non_exhaustive()
    }
}
