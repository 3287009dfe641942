//! Assembly: settings in, a provider, a layer and destinations out.
//!
//! [`Telemetry`] is what everything else hangs on. It touches no global: only
//! [`TelemetryBuilder::init`] sets the global subscriber, because it is asked to.

mod assembly;
mod builder;
mod delivery;
pub(crate) mod filter;
mod guard;
mod metering;
pub(crate) mod outcome;
pub(crate) mod prepared;
mod privacy;
pub(crate) mod processor;
mod resource;
mod sampling;
pub(crate) mod settings;
#[cfg(feature = "signals")]
mod signals;
mod start;
mod startup_log;

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use futures_channel::oneshot;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanProcessor};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

pub use builder::TelemetryBuilder;
pub use guard::Guard;
use outcome::{AfterOutcome, Outcome};

use metering::Metering;
use startup_log::Opening;

use crate::context::Traces;
use crate::context::handle::Handle;
use crate::diagnostics::Diagnostics;
use crate::export::deferred::DeferredSpans;
use crate::export::pipelines::Pipelines;
use crate::export::report::Report;
use crate::model::BaggageNames;
use crate::recorder::observed::Observed;
use crate::recorder::{Recorder, Settle};
use crate::telemetry::filter::ExportFilter;
use crate::telemetry::processor::Processor;
use crate::text::deadline;

/// A configured telemetry. Clones are the same telemetry.
///
/// ```
/// use std::time::Duration;
/// use tracing_genai::Telemetry;
/// use tracing_subscriber::layer::SubscriberExt;
/// use tracing_subscriber::util::SubscriberInitExt;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let telemetry = Telemetry::builder().with_service_name("tutor").build()?;
/// tracing_subscriber::registry()
///     .with(telemetry.layer())
///     .with(tracing_subscriber::fmt::layer())
///     .try_init()?;
/// let _guard = telemetry.guard();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Telemetry {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// `None` if nothing is exported.
    active: Option<Active>,
    metering: Metering,
    pipelines: Pipelines,
    traces: Arc<Traces>,
    baggage: Option<&'static BaggageNames>,
    tools: Option<Arc<Observed>>,
    deferred: Arc<DeferredSpans>,
    filter: ExportFilter,
    diagnostics: Diagnostics,
    opening: Mutex<Opening>,
}

impl Inner {
    fn processor(&self) -> Processor {
        Processor::new(
            self.pipelines.clone(),
            Arc::clone(&self.traces),
            self.baggage,
            self.tools.clone(),
            Arc::clone(&self.deferred),
            self.measuring(),
        )
    }

    /// The recorder, if it measures.
    fn measuring(&self) -> Option<Arc<Recorder>> {
        let recorder = &self.active.as_ref()?.recorder;
        recorder.measures().then(|| Arc::clone(recorder))
    }
}

#[derive(Debug)]
struct Active {
    /// Kept because dropping the last reference shuts the processor down.
    _provider: SdkTracerProvider,
    tracer: SdkTracer,
    handle: Handle,
    recorder: Arc<Recorder>,
}

impl Telemetry {
    fn new(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Starts with the defaults: everything comes from the environment.
    pub fn builder() -> TelemetryBuilder {
        TelemetryBuilder::default()
    }

    /// The layer to add to a `tracing-subscriber` registry that you compose yourself.
    ///
    /// It has a filter of its own, so a level or `EnvFilter` on other layers does not matter to it; a
    /// filter on the whole registry does. It contains a tracing-opentelemetry layer: two of those in
    /// one registry panic at the first span.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        self.inner.active.as_ref().map(|active| {
            // Off are the attributes that describe the source line and the thread: eight more on
            // every span, of no use in a trace of model calls.
            let spans = tracing_opentelemetry::layer()
                .with_tracer(active.tracer.clone())
                .with_location(false)
                .with_threads(false)
                .with_tracked_inactivity(false)
                .with_target(false)
                .with_level(false);
            active
                .handle
                .clone()
                .and_then(Outcome::default())
                .and_then(spans)
                .and_then(AfterOutcome)
                .with_filter(self.inner.filter.clone())
        })
    }

    /// The handle that the layer carries; `None` if the telemetry is switched off.
    pub fn handle(&self) -> Option<Handle> {
        self.inner
            .active
            .as_ref()
            .map(|active| active.handle.clone())
    }

    /// A guard that shuts this telemetry down when it is dropped. Make it after the subscriber is set:
    /// what there is to say about the settings is said now.
    pub fn guard(&self) -> Guard {
        Opening::say(&self.inner.opening, &self.inner.diagnostics);
        Guard::new(self.clone())
    }

    /// The processor for a tracer provider that you have already, beside your own
    /// tracing-opentelemetry layer. Add [`Telemetry::handle`] to your subscriber as well, so that
    /// observations by hand and the context find this telemetry.
    ///
    /// Your provider's resource, sampler, limits and ids count then, your layer's filter decides which
    /// spans there are.
    ///
    /// ```
    /// use opentelemetry::trace::TracerProvider as _;
    /// use opentelemetry_sdk::trace::SdkTracerProvider;
    /// use tracing_genai::{Destination, Telemetry};
    /// use tracing_subscriber::layer::SubscriberExt;
    ///
    /// let telemetry = Telemetry::builder()
    ///     .with_destination(Destination::langfuse("pk-lf-…", "sk-lf-…"))
    ///     .build()?;
    /// let provider = SdkTracerProvider::builder()
    ///     .with_span_processor(telemetry.span_processor())
    ///     .build();
    /// let subscriber = tracing_subscriber::registry()
    ///     .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("my-service")))
    ///     .with(telemetry.handle());
    /// # Ok::<(), tracing_genai::ConfigError>(())
    /// ```
    pub fn span_processor(&self) -> impl SpanProcessor + use<> {
        self.inner.processor()
    }

    /// Where a trace can be looked at: `{base}/project/{project}/traces/{id}` of the first Langfuse
    /// destination.
    ///
    /// Never blocks: the first call starts looking up the project in the background, unless
    /// [`Destination::with_project_id`](crate::Destination::with_project_id) names it, and the answer is
    /// `None` until it is known.
    pub fn trace_url(&self, trace_id: &str) -> Option<String> {
        self.inner.active.as_ref()?.handle.trace_url(trace_id)
    }

    /// What became of the spans so far.
    pub fn report(&self) -> Report {
        let mut report = self.inner.pipelines.report();
        if let Some(active) = &self.inner.active {
            report.content_lost = active.recorder.lost();
        }
        report
    }

    /// Delivers the spans that have ended so far, and says what became of them: for handlers that are
    /// frozen between two calls (serverless), and before something that must not lose them.
    ///
    /// Blocks until all of them are delivered, on disk or lost, at most for `timeout`; what is still
    /// under way then is `pending` in the report. A backend that is down is asked again at once.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tracing_genai::Telemetry;
    ///
    /// fn handler(telemetry: &Telemetry) {
    ///     // … the work of one call …
    ///     let report = telemetry.flush(Duration::from_secs(2));
    ///     if report.dropped() + report.pending() > 0 {
    ///         eprintln!("{report}");
    ///     }
    /// }
    /// ```
    pub fn flush(&self, timeout: Duration) -> Report {
        let deadline = self.record_rest(Settle::Over, timeout);
        let metrics = self.inner.metering.flush(deadline);
        self.inner.pipelines.flush(deadline);
        metrics.wait();
        self.report()
    }

    /// [`Telemetry::flush`] without blocking the thread; needs no particular runtime.
    pub async fn flush_async(&self, timeout: Duration) -> Report {
        self.elsewhere(move |telemetry| telemetry.flush(timeout))
            .await
    }

    /// Delivers what is left, ends the destinations' threads, and says what became of the spans.
    ///
    /// Blocks at most for `timeout`; what is not delivered then goes to the
    /// [spool](TelemetryBuilder::with_spool_dir) or is lost, and counted. Spans that end afterwards are
    /// counted as lost as well. A second call changes nothing.
    ///
    /// Up to a fifth of the time may pass in waiting for model calls that have not ended: a client that
    /// reads streams in a task of its own lets go of one that its reader has left only when the server
    /// speaks again.
    pub fn shutdown(&self, timeout: Duration) -> Report {
        let deadline = self.record_rest(Settle::All, timeout);
        let metrics = self.inner.metering.shutdown(deadline);
        self.inner.pipelines.shutdown(deadline);
        metrics.wait();
        self.report()
    }

    /// [`Telemetry::shutdown`] without blocking the thread; needs no particular runtime.
    pub async fn shutdown_async(&self, timeout: Duration) -> Report {
        self.elsewhere(move |telemetry| telemetry.shutdown(timeout))
            .await
    }

    /// Waits until calls that have ended are spans that have ended; returns the deadline for the rest.
    fn record_rest(&self, settle: Settle, timeout: Duration) -> Instant {
        let started = Instant::now();
        let deadline = deadline::after(started, timeout);
        if let Some(active) = &self.inner.active {
            let recorder = &active.recorder;
            if settle == Settle::All {
                recorder.quiesce(deadline::after(started, timeout / 5));
            }
            recorder.drain(settle, deadline);
        }
        deadline
    }

    /// Does blocking work on a thread of its own.
    async fn elsewhere(&self, work: impl FnOnce(&Self) -> Report + Send + 'static) -> Report {
        let (sender, receiver) = oneshot::channel();
        let telemetry = self.clone();
        let started = thread::Builder::new()
            .name("tracing-genai-wait".into())
            .spawn(move || {
                // The future that waits may be gone.
                let _ = sender.send(work(&telemetry));
            });
        match (started, receiver.await) {
            (Ok(_), Ok(report)) => report,
            // No thread could be started, or it died: say what is known.
            _ => self.report(),
        }
    }

    pub(crate) fn diagnostics(&self) -> &Diagnostics {
        &self.inner.diagnostics
    }
}
