//! A telemetry that is running: what the application and its subscriber hold on to.
//!
//! It touches no global: only [`TelemetryBuilder::init`](super::TelemetryBuilder::init) sets the global
//! subscriber.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use futures_channel::oneshot;
use opentelemetry_sdk::trace::{IdGenerator, SdkTracer, SdkTracerProvider, SpanProcessor};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::filter::ExportFilter;
use super::outcome;
use super::processor::Processor;
use super::startup_log::StartupLog;
use crate::context::handle::Handle;
use crate::context::{GrowingIds, Remote, SeededIds, Traces};
use crate::diagnostics::Diagnostics;
use crate::export::deferred::DeferredSpans;
use crate::export::fan_out::FanOut;
use crate::export::report::Report;
use crate::metrics::{Delivery, Flushing};
use crate::recorder::{Recorder, Settle, ToolSpans};
use crate::span;
use crate::text::deadline;

/// A telemetry that was built. Clones are the same telemetry.
///
/// # Examples
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
#[derive(Clone)]
pub struct Telemetry {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    /// `None` if nothing is exported.
    pub(super) active: Option<Active>,
    /// `None` if no metrics are sent from here.
    pub(super) metering: Option<Delivery>,
    pub(super) fan_out: FanOut,
    pub(super) traces: Arc<Traces>,
    pub(super) remote: Remote,
    pub(super) tools: Option<Arc<ToolSpans>>,
    pub(super) deferred: Arc<DeferredSpans>,
    pub(super) filter: ExportFilter,
    pub(super) diagnostics: Diagnostics,
    pub(super) startup_log: Mutex<StartupLog>,
}

impl Inner {
    /// The processor for a provider of the program's.
    fn processor(&self) -> Processor {
        let others = self.fan_out.without_standard();
        if others.is_some() {
            let mut log = self
                .startup_log
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            log.warn(
                "OTEL_EXPORTER_OTLP_ENDPOINT is left to an exporter of your tracer provider, so that no span \
                 arrives twice. If it has none, name the destination in code: \
                 `Telemetry::builder().with_destination(Destination::otlp(url))`"
                    .to_owned(),
            );
        }
        Processor::new(
            others.unwrap_or_else(|| self.fan_out.clone()),
            Arc::clone(&self.traces),
            self.remote,
            self.tools.clone(),
            Arc::clone(&self.deferred),
            self.active
                .as_ref()
                .map(|active| Arc::clone(&active.recorder)),
        )
    }
}

pub(super) struct Active {
    /// Kept because dropping the last reference shuts the processor down.
    pub(super) _provider: SdkTracerProvider,
    pub(super) tracer: SdkTracer,
    pub(super) handle: Handle,
    pub(super) recorder: Arc<Recorder>,
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the resource nor what waits: names of destinations have no paths and no keys.
        formatter
            .debug_struct("Telemetry")
            .field("destinations", &self.inner.fan_out)
            .finish_non_exhaustive()
    }
}

impl Telemetry {
    pub(super) fn new(inner: Inner) -> Self {
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The layer for a `tracing-subscriber` registry that you compose yourself.
    ///
    /// It has a filter of its own, so a level or an `EnvFilter` on another layer does not affect it. A filter on
    /// the whole registry takes functions out of traces, and a warning says so once; model calls and
    /// observations are recorded all the same. So put the filter on the layer that prints:
    ///
    /// ```
    /// use tracing_genai::Telemetry;
    /// use tracing_subscriber::filter::{LevelFilter, Targets};
    /// use tracing_subscriber::fmt;
    /// use tracing_subscriber::layer::{Layer, SubscriberExt};
    ///
    /// let telemetry = Telemetry::builder().build()?;
    /// let log = Targets::new().with_default(LevelFilter::WARN);
    /// let subscriber = tracing_subscriber::registry()
    ///     .with(fmt::layer().with_filter(log))
    ///     .with(telemetry.layer());
    /// # Ok::<(), tracing_genai::ConfigError>(())
    /// ```
    ///
    /// Start from `registry()`: `tracing_subscriber::fmt().finish()` takes no layer that has a filter and panics.
    /// The layer contains a tracing-opentelemetry layer, and two of those in one registry panic at the first
    /// span.
    ///
    /// It may be inside a `reload::Layer`, which hides it from
    /// [`observation::current`](crate::observation::current) and from `OpenTelemetrySpanExt`. A layer that is
    /// put into a `reload::Layer` after the subscriber has been built panics in debug builds, as every layer
    /// with a filter does there. Reload the filter of another layer instead, or switch the telemetry off with
    /// `OTEL_SDK_DISABLED=true`.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        self.look_up_project();
        self.inner.active.as_ref().map(|active| {
            let (before, after) = outcome::layers();
            active
                .handle
                .clone()
                .and_then(before)
                .and_then(span::layer(active.tracer.clone()))
                .and_then(after)
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

    /// The generator of ids that this crate uses, for a tracer provider of your own: span ids grow within a
    /// process, so that steps within a millisecond stand in their order in Langfuse.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry_sdk::trace::SdkTracerProvider;
    /// use tracing_genai::Telemetry;
    ///
    /// let telemetry = Telemetry::builder().build()?;
    /// let provider = SdkTracerProvider::builder()
    ///     .with_id_generator(telemetry.id_generator())
    ///     .with_span_processor(telemetry.span_processor())
    ///     .build();
    /// # Ok::<(), tracing_genai::ConfigError>(())
    /// ```
    pub fn id_generator(&self) -> impl IdGenerator + use<> {
        SeededIds(GrowingIds::default())
    }

    /// The span processor for a tracer provider of your own, beside your own tracing-opentelemetry
    /// layer. Also add [`Telemetry::handle`] to your subscriber, so that observations by hand and the
    /// context find this telemetry.
    ///
    /// Spans of your provider are not sent to the OTLP backend that the environment names, which is left to an
    /// exporter of yours, unless a destination in code names it; a warning says so.
    ///
    /// The resource, sampler, limits and ids are those of your provider, and the filter of your layer
    /// decides which spans there are. The provider's `force_flush` delivers all that has ended. End the
    /// telemetry (its guard) before the provider: a provider that has been shut down takes no more spans, not
    /// even of calls that ended a moment ago and are being read.
    ///
    /// # Examples
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
        self.look_up_project();
        self.inner.processor()
    }

    /// The address of a trace's page, `{base}/project/{project}/traces/{id}`, at the first Langfuse
    /// destination.
    ///
    /// It never blocks. Unless [`Destination::with_project_id`](crate::Destination::with_project_id) sets
    /// the project, it is looked up in the background once the telemetry's layer or span processor is in use, and
    /// again with each call that does not know it; the result is `None` until then.
    pub fn trace_url(&self, trace_id: &str) -> Option<String> {
        self.inner.active.as_ref()?.handle.trace_url(trace_id)
    }

    /// So that the first link is there when it is wanted.
    fn look_up_project(&self) {
        if let Some(active) = &self.inner.active {
            let _started = active.handle.trace_url("");
        }
    }

    /// The outcome of all spans so far.
    pub fn report(&self) -> Report {
        let mut report = self.inner.fan_out.report();
        if let Some(active) = &self.inner.active {
            report.content_lost = active.recorder.lost();
        }
        report
    }

    /// Delivers the spans that have ended so far, and reports their outcome. Use it in handlers that are
    /// frozen between two calls (serverless), and before anything that must not lose spans.
    ///
    /// It blocks until all of them are delivered, on disk or lost, but for at most `timeout`; what is under
    /// way then is `pending` in the report. A backend that is down is tried again at once.
    ///
    /// # Examples
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
        self.emit_startup_log();
        let deadline = self.record_rest(Settle::Over, timeout);
        let metrics = self.inner.metering.as_ref();
        let metrics = metrics.map(|delivery| delivery.flush(deadline));
        self.inner.fan_out.flush(deadline);
        metrics.into_iter().for_each(Flushing::wait);
        self.report()
    }

    /// Like [`Telemetry::flush`], without blocking the thread, in any runtime.
    pub async fn flush_async(&self, timeout: Duration) -> Report {
        self.elsewhere(move |telemetry| telemetry.flush(timeout))
            .await
    }

    /// Delivers what is left, ends the threads of the destinations, and reports the outcome of all spans.
    ///
    /// It blocks for at most `timeout`. What is not delivered by then goes to the
    /// [spool](super::TelemetryBuilder::with_spool_dir), or is lost and counted. Spans that end afterwards
    /// count as lost too. A second call has no effect.
    ///
    /// Up to a fifth of the time is spent on waiting for model calls that have not ended: a client that
    /// reads streams in a task of its own drops an abandoned stream only when the server sends the next
    /// bytes. Calls that are open even then are exported as warnings, "still open at exit".
    pub fn shutdown(&self, timeout: Duration) -> Report {
        self.emit_startup_log();
        let deadline = self.record_rest(Settle::All, timeout);
        let metrics = self.inner.metering.as_ref();
        let metrics = metrics.map(|delivery| delivery.shutdown(deadline));
        self.inner.fan_out.shutdown(deadline);
        metrics.into_iter().for_each(Flushing::wait);
        if let Some(active) = &self.inner.active {
            active.handle.shut_down();
        }
        self.report()
    }

    /// Like [`Telemetry::shutdown`], without blocking the thread, in any runtime.
    pub async fn shutdown_async(&self, timeout: Duration) -> Report {
        self.elsewhere(move |telemetry| telemetry.shutdown(timeout))
            .await
    }

    /// Shuts down, and logs a warning if not everything was delivered.
    pub(super) fn shutdown_and_warn(&self, timeout: Duration) {
        let report = self.shutdown(timeout);
        if report.dropped() + report.pending() + report.spooled() > 0 {
            let diagnostics = self.diagnostics();
            diagnostics.warn("shutdown", format_args!("not all spans arrived: {report}"));
        }
    }

    /// Waits until calls that have ended are spans that have ended; returns the deadline for the rest.
    fn record_rest(&self, settle: Settle, timeout: Duration) -> Instant {
        let started = Instant::now();
        let deadline = deadline::after(started, timeout);
        if let Some(active) = &self.inner.active {
            let recorder = &active.recorder;
            if settle == Settle::All {
                recorder.quiesce(deadline::after(started, timeout / 5));
                recorder.give_up_open();
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
            // No thread could be started, or it died.
            _ => self.report(),
        }
    }

    /// Logs what was collected about the settings, once: when the guard is made, else when something is
    /// delivered.
    pub(super) fn emit_startup_log(&self) {
        StartupLog::emit(&self.inner.startup_log, &self.inner.diagnostics);
    }

    pub(crate) fn diagnostics(&self) -> &Diagnostics {
        &self.inner.diagnostics
    }
}
