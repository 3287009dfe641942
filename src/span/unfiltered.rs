//! Spans of this crate that the subscriber would not make.
//!
//! A filter is written for logs: `warn,my_app=debug` hides the spans of this crate, but whoever installs a
//! telemetry wants model calls all the same. So such a span is made without asking the filters ([`force`]). In
//! a subscriber whose layer cannot be looked into, a span cannot be written to, so it is made by another
//! subscriber, which has nothing but the layer that makes OpenTelemetry spans ([`Apart`]).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt};
use opentelemetry_sdk::trace::SdkTracer;
use tracing::callsite::{Callsite, Identifier};
use tracing::dispatcher::{self, Dispatch};
use tracing::field::{Field, FieldSet, Value};
use tracing::level_filters::LevelFilter;
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;

/// The layer that makes OpenTelemetry spans, without the attributes of the source line and the thread:
/// eight more on every span, of no use in a trace of model calls.
pub(crate) fn layer<S>(tracer: SdkTracer) -> OpenTelemetryLayer<S, SdkTracer>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        .with_level(false)
}

/// The context of a span that has become an OpenTelemetry span, sampled or not.
pub(crate) fn kept(span: &Span) -> Option<Context> {
    let context = (!span.is_disabled()).then(|| span.context());
    context.filter(|context| context.span().span_context().is_valid())
}

/// The callsite of spans that no filter is asked about. It is one of its own, because a disabled span forgets
/// which one it would have been, unless tracing is built with its feature `log`.
struct Unasked;

static UNASKED: Unasked = Unasked;
static METADATA: Metadata<'static> = Metadata::new(
    "observation",
    "tracing_genai",
    Level::INFO,
    None,
    None,
    None,
    FieldSet::new(&["otel.name", "otel.kind"], Identifier(&UNASKED)),
    Kind::SPAN,
);

impl Callsite for Unasked {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        &METADATA
    }
}

/// Makes a span in the current subscriber whatever its filters say, below `parent` or else the current span. Its
/// fields, `otel.name` and `otel.kind`, have no values yet.
pub(crate) fn force(parent: Option<&Span>) -> Span {
    let none: [(&Field, Option<&dyn Value>); 0] = [];
    let values = METADATA.fields().value_set(&none);
    match parent {
        Some(parent) => Span::child_of(parent, &METADATA, &values),
        None => Span::new(&METADATA, &values),
    }
}

/// Whether any span has been made apart in this process.
static IS_USED: AtomicBool = AtomicBool::new(false);

/// Makes spans beside the subscriber of the program, which does not know them: they must not be entered, since a
/// registry leaves a span through the subscriber that is current.
#[derive(Debug, Default)]
pub(crate) struct Apart {
    /// Made when it is needed: each subscriber more costs every callsite of the program a little.
    subscriber: OnceLock<Dispatch>,
}

impl Apart {
    /// Makes a span below `parent`.
    pub(crate) fn make(
        &self,
        tracer: &SdkTracer,
        parent: &Context,
        make: impl FnOnce() -> Span,
    ) -> Span {
        IS_USED.store(true, Ordering::Relaxed);
        let subscriber = self.subscriber.get_or_init(|| {
            let own = Targets::new().with_target("tracing_genai", LevelFilter::INFO);
            let layer = layer(tracer.clone());
            Dispatch::new(tracing_subscriber::registry().with(layer).with(own))
        });
        let mark = Mark::default();
        let parent = parent.with_value(mark.clone());
        let span = dispatcher::with_default(subscriber, make);
        // The span is new, so it has not started yet and takes a parent.
        let _ = span.set_parent(parent);
        let id = span.context().span().span_context().span_id();
        let _ = mark.0.set(id);
        span
    }
}

/// In the context of a span that was made apart: its id.
#[derive(Clone, Debug, Default)]
struct Mark(Arc<OnceLock<SpanId>>);

/// Whether the context's own span was made apart.
pub(super) fn is_apart(context: &Context) -> bool {
    let marked = || context.get::<Mark>()?.0.get().copied();
    IS_USED.load(Ordering::Relaxed)
        && marked().is_some_and(|id| id == context.span().span_context().span_id())
}

/// The span, if it may be entered.
pub(crate) fn enterable(span: &Span) -> Option<&Span> {
    let is_apart = IS_USED.load(Ordering::Relaxed) && is_apart(&span.context());
    (!is_apart).then_some(span)
}

/// Runs `work` in a span.
pub(crate) fn within<T>(span: &Span, work: impl FnOnce() -> T) -> T {
    match enterable(span) {
        Some(span) => span.in_scope(work),
        None => {
            let _context = span.context().attach();
            work()
        }
    }
}
