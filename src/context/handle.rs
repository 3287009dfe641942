//! What the rest of the crate needs of a telemetry, found through the current subscriber.
//!
//! The handle is an empty layer inside of [`Telemetry::layer`](crate::Telemetry::layer), so there is
//! no global state: two telemetries in one process, or one a test, do not see each other. Without a
//! handle in the current subscriber nothing is recorded. Only the number of handles is counted for the
//! whole process: while there is none, nobody has to be asked for one.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Once};

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::trace::SdkTracer;
use tracing::callsite::{Callsite, Identifier};
use tracing::dispatcher::{self, Dispatch};
use tracing::field::FieldSet;
use tracing::metadata::Kind;
use tracing::span::{Attributes, Id};
use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::layer;
use tracing_subscriber::registry::LookupSpan;

use crate::config::error::ConfigError;
use crate::context::Traces;
use crate::diagnostics::Diagnostics;
use crate::model::BaggageNames;
use crate::span::{
    Apart, current_context, force, kept, note_inference, thread_is_ending, with_active_context,
};

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
pub struct Handle(Arc<Counted>);

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

static HANDLES: AtomicUsize = AtomicUsize::new(0);

struct Counted {
    inner: Inner,
    apart: Apart,
    /// About a filter that hides spans.
    warned: Once,
    is_shut_down: AtomicBool,
    /// About spans after the shutdown.
    warned_of_end: Once,
}

impl Drop for Counted {
    fn drop(&mut self) {
        HANDLES.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What records calls for a telemetry; the handle carries it without knowing it.
pub(crate) trait Attached: Any + Send + Sync {
    /// Whether calls of traces that are not sampled matter all the same.
    fn wants_unsampled_calls(&self) -> bool;
}

impl Handle {
    pub(crate) fn new(inner: Inner) -> Self {
        HANDLES.fetch_add(1, Ordering::Relaxed);
        Self(Arc::new(Counted {
            inner,
            apart: Apart::default(),
            warned: Once::new(),
            is_shut_down: AtomicBool::new(false),
            warned_of_end: Once::new(),
        }))
    }

    /// Returns the handle of the current subscriber; `None` without a telemetry in it.
    pub fn current() -> Option<Self> {
        if HANDLES.load(Ordering::Relaxed) == 0 {
            return None;
        }
        dispatcher::get_default(|dispatch| dispatch.downcast_ref::<Self>().cloned()).or_else(ask)
    }

    /// The handle of the current subscriber, unless the current trace is not sampled: then nothing
    /// needs to be prepared.
    #[inline]
    pub(crate) fn recording() -> Option<Self> {
        match HANDLES.load(Ordering::Relaxed) {
            0 => None,
            _ => Self::recording_here(),
        }
    }

    fn recording_here() -> Option<Self> {
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

    /// A span of this crate and its context, which `make` makes with these fields, also where a filter of the
    /// subscriber takes it away. Its parents are for OpenTelemetry and for `tracing`; without, it is where the caller
    /// is. `make` is given the parent of `tracing` in the subscriber that makes the span.
    pub(crate) fn span(
        &self,
        (parent, tracing_parent): (Option<Context>, Option<&Span>),
        fields: &[(&str, &str)],
        make: impl Fn(&Span) -> Span,
    ) -> (Span, Context) {
        if self.0.is_shut_down.load(Ordering::Relaxed) {
            self.warn_of_end();
        }
        // Of a layer that cannot be looked into, nobody would learn what it made of the span.
        if !dispatcher::get_default(Dispatch::is::<Self>) {
            let parent = parent.unwrap_or_else(current_context);
            let make = || make(&Span::none());
            return with_context(self.0.apart.make(self.tracer(), &parent, make));
        }
        let span = make(tracing_parent.unwrap_or(&Span::none()));
        let span = below(parent.as_ref(), span);
        if let Some(context) = kept(&span) {
            return (span, context);
        }
        drop(span);
        self.0.warned.call_once(|| {
            self.diagnostics().warn_now(format_args!(
                "a filter of the subscriber hides the spans of this crate. Model calls and observations are \
                 recorded all the same, but functions that it hides are missing in their traces. Filter the \
                 layer that prints, not the registry: \
                 `registry().with(fmt::layer().with_filter(env_filter)).with(telemetry.layer())`"
            ));
        });
        let span = force(tracing_parent);
        for (field, value) in fields {
            span.record(*field, value);
        }
        with_context(below(parent.as_ref(), span))
    }

    /// Notes that nothing is delivered any more.
    pub(crate) fn shut_down(&self) {
        self.0.is_shut_down.store(true, Ordering::Relaxed);
    }

    fn warn_of_end(&self) {
        self.0.warned_of_end.call_once(|| {
            self.diagnostics().warn_now(format_args!(
                "a model call or observation begins after the telemetry was shut down, so it is lost. Keep the guard \
                 until the program ends, under a name: `let _telemetry = tracing_genai::init()?`. `let _ = …` drops \
                 it at once"
            ));
        });
    }

    pub(crate) fn tracer(&self) -> &SdkTracer {
        &self.0.inner.tracer
    }

    pub(crate) fn diagnostics(&self) -> &Diagnostics {
        &self.0.inner.diagnostics
    }

    pub(crate) fn traces(&self) -> &Arc<Traces> {
        &self.0.inner.traces
    }

    pub(crate) fn baggage(&self) -> Option<&'static BaggageNames> {
        self.0.inner.baggage
    }

    pub(crate) fn environment_check(&self) -> EnvironmentCheck {
        self.0.inner.check_environment
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        self.0.inner.kept_bytes
    }

    pub(crate) fn attached(&self) -> &dyn Attached {
        &*self.0.inner.attached
    }

    pub(crate) fn trace_url(&self, trace_id: &str) -> Option<String> {
        (self.0.inner.trace_url)(trace_id)
    }
}

impl<S> Layer<S> for Handle
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.callsite() == Identifier(&QUESTION) {
            // A thread whose locals are destroyed asks nothing.
            let _ = ANSWER.try_with(|answer| answer.replace(Some(self.clone())));
        }
        Interest::always()
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: layer::Context<'_, S>) {
        note_inference(attributes, id, &context);
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Handle").finish_non_exhaustive()
    }
}

/// The span, which is new, below `parent` if there is one.
fn below(parent: Option<&Context>, span: Span) -> Span {
    if let Some(parent) = parent {
        // It has not started yet, so it takes a parent.
        let _ = span.set_parent(parent.clone());
    }
    span
}

fn with_context(span: Span) -> (Span, Context) {
    let context = span.context();
    (span, context)
}

/// A callsite that does not exist. Announcing it to a subscriber asks for the handle: every layer is told of
/// it at once, on the same thread, also inside of a `reload::Layer`, which cannot be looked into. None prints
/// or keeps anything of it, and the layer of a telemetry leaves its handle as the [`ANSWER`].
struct Question;

static QUESTION: Question = Question;
static METADATA: Metadata<'static> = Metadata::new(
    "handle",
    "tracing_genai",
    Level::ERROR,
    None,
    None,
    None,
    FieldSet::new(&[], Identifier(&QUESTION)),
    Kind::EVENT,
);

impl Callsite for Question {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &METADATA
    }
}

thread_local! {
    static ANSWER: RefCell<Option<Handle>> = const { RefCell::new(None) };
}

fn ask() -> Option<Handle> {
    dispatcher::get_default(|dispatch| _ = dispatch.register_callsite(&METADATA));
    ANSWER.try_with(RefCell::take).ok().flatten()
}
