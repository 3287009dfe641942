//! Settings in code: they beat the environment, which beats the defaults.

use std::path::PathBuf;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::{IdGenerator, ShouldSample};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

use super::Telemetry;
use super::guard::Guard;
use super::metering;
use super::resource::Process;
use super::sampling;
use crate::backends;
use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::destination::Destination;
use crate::diagnostics;
use crate::diagnostics::StandardError;
use crate::export::delivery;
use crate::export::queue::Limits;
#[cfg(feature = "metrics")]
use crate::metrics;
use crate::pipeline::limits;
use crate::pipeline::mask::Mask;
use crate::runs::limits::FollowLimits;

/// Collects settings for a [`Telemetry`].
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `build` or `init`"]
pub struct TelemetryBuilder {
    pub(super) destinations: Vec<Destination>,
    pub(super) environment_destinations: bool,
    pub(super) process: Process,
    pub(super) filter: Option<String>,
    pub(super) environment: Environment,
    pub(super) ids: Option<Box<dyn IdGenerator>>,
    pub(super) sampler: Option<Box<dyn ShouldSample>>,
    pub(super) span_limits: sampling::Limits,
    pub(super) limits: Limits,
    pub(super) delivery: delivery::Said,
    pub(super) metrics: metering::Said,
    pub(super) content: Option<bool>,
    pub(super) only_genai: Option<bool>,
    pub(super) function_content: Option<bool>,
    pub(super) redacts: Option<bool>,
    pub(super) masks: Vec<Mask>,
    pub(super) text_limits: limits::Said,
    pub(super) debug: Option<bool>,
    pub(super) uses_baggage: bool,
    pub(super) no_derived_tools: bool,
    pub(super) follow: FollowLimits,
}

impl TelemetryBuilder {
    /// Adds a destination. Destinations named in code replace those of the environment, unless
    /// [`TelemetryBuilder::with_environment_destinations`] asks for both.
    pub fn with_destination(mut self, destination: Destination) -> Self {
        self.destinations.push(destination);
        self
    }

    /// Uses the destinations that the environment names beside those named in code.
    pub fn with_environment_destinations(mut self) -> Self {
        self.environment_destinations = true;
        self
    }

    /// The name of this program in traces; beats `OTEL_SERVICE_NAME`.
    pub fn with_service_name(mut self, name: impl Into<String>) -> Self {
        self.process.service_name = Some(name.into());
        self
    }

    /// Where this program runs, such as `production`: at most 40 lower-case letters, digits, `-` and
    /// `_`, not beginning with `langfuse`. Beats `LANGFUSE_TRACING_ENVIRONMENT`, and
    /// `deployment.environment.name` in `OTEL_RESOURCE_ATTRIBUTES`.
    pub fn with_environment_name(mut self, name: impl Into<String>) -> Self {
        self.process.environment = Some(name.into());
        self
    }

    /// Which release of this program runs; beats `LANGFUSE_RELEASE` and the variables in which
    /// platforms say the commit.
    pub fn with_release(mut self, release: impl Into<String>) -> Self {
        self.process.release = Some(release.into());
        self
    }

    /// An attribute of the process, such as `service.version`; beats `OTEL_RESOURCE_ATTRIBUTES`.
    pub fn with_resource_attribute(
        mut self,
        key: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.process
            .attributes
            .push(KeyValue::new(key.into(), value.into()));
        self
    }

    /// Which spans are exported, in the syntax of
    /// [`Targets`](tracing_subscriber::filter::Targets), such as `info,my_crate=debug`; beats
    /// `TRACING_GENAI_FILTER`. The spans of this crate are never hidden.
    pub fn with_filter(mut self, directives: impl Into<String>) -> Self {
        self.filter = Some(directives.into());
        self
    }

    /// Decides which traces are recorded; beats `OTEL_TRACES_SAMPLER`. Every trace unless said
    /// otherwise, except those whose caller has decided against it.
    ///
    /// The decision is made when a trace begins, before a model is known.
    /// [`Destination::with_sample_rate`] is the simpler way to a share of the traces.
    pub fn with_sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.sampler = Some(Box::new(sampler));
        self
    }

    /// How many attributes a span keeps; beats `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`. 1,024 unless said
    /// otherwise.
    pub fn with_max_attributes(mut self, attributes: u32) -> Self {
        self.span_limits.attributes = Some(attributes);
        self
    }

    /// How many events a span keeps; beats `OTEL_SPAN_EVENT_COUNT_LIMIT`. 128 unless said otherwise.
    pub fn with_max_events(mut self, events: u32) -> Self {
        self.span_limits.events = Some(events);
        self
    }

    /// How many links a span keeps; beats `OTEL_SPAN_LINK_COUNT_LIMIT`. 128 unless said otherwise.
    pub fn with_max_links(mut self, links: u32) -> Self {
        self.span_limits.links = Some(links);
        self
    }

    /// Whether to say what is configured and what became of every request, as events of level DEBUG
    /// with the target [`TARGET`](crate::diagnostics::TARGET); beats `LANGFUSE_DEBUG`. Content and
    /// keys are never said.
    pub fn with_debug(mut self, debug: bool) -> Self {
        self.debug = Some(debug);
        self
    }

    /// Reads these variables in place of the process'.
    pub fn with_environment<K: Into<String>, V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.environment = Environment::Given(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        );
        self
    }

    /// Makes trace and span ids.
    pub fn with_id_generator(mut self, ids: impl IdGenerator + 'static) -> Self {
        self.ids = Some(Box::new(ids));
        self
    }

    /// How many finished spans may wait for each destination, until they are delivered. 65,536 unless
    /// said otherwise; over it, the newest is dropped and counted.
    pub fn with_queue_spans(mut self, spans: usize) -> Self {
        self.limits.spans = spans.max(1);
        self
    }

    /// How many bytes of finished spans may wait, until they are delivered, over all destinations; each
    /// gets an equal part, so that one that is down does not take the room of the others. 64 MiB unless
    /// said otherwise; over it, the newest span is dropped and counted.
    pub fn with_queue_bytes(mut self, bytes: usize) -> Self {
        self.limits.bytes = bytes;
        self
    }

    /// For how long a request that a backend cannot take now is repeated: after 408, 429, 5xx, a
    /// time-out or a lost connection, at growing pauses, or when the backend asks for it. A minute
    /// unless said otherwise; beats `TRACING_GENAI_RETRY_BUDGET`. Zero sends every request once.
    ///
    /// Afterwards it goes to the [spool](Self::with_spool_dir). Without one it is kept for as long as
    /// nothing else gets through either and memory has room, and is lost otherwise, and counted.
    pub fn with_retry_budget(mut self, budget: Duration) -> Self {
        self.delivery.budget = Some(budget);
        self
    }

    /// A folder that keeps what cannot be delivered: what a backend did not take within the
    /// [budget](Self::with_retry_budget), what memory has no room for while a backend is slow or down,
    /// and what is left at the deadline of a shutdown. It is sent, oldest first, when the backend takes
    /// it, by this process or the next one. Beats `TRACING_GENAI_SPOOL_DIR`; off unless named.
    ///
    /// The files hold what would have been sent, after everything that must stay in the process has
    /// been removed, but no key; only their owner can read them. Several processes can share a folder.
    /// A span may arrive twice if a process dies while it sends, but is not lost.
    ///
    /// ```no_run
    /// use tracing_genai::{Destination, Telemetry};
    ///
    /// let telemetry = Telemetry::builder()
    ///     .with_destination(Destination::langfuse("pk-lf-…", "sk-lf-…"))
    ///     .with_spool_dir("/var/spool/tutor")
    ///     .build()?;
    /// # Ok::<(), tracing_genai::ConfigError>(())
    /// ```
    pub fn with_spool_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.delivery.folder = Some(folder.into());
        self
    }

    /// How many bytes the spool may hold. 1 GiB unless said otherwise; over it, the oldest are removed
    /// and counted. Beats `TRACING_GENAI_SPOOL_LIMIT`. Files for other backends, or other
    /// accounts, are kept and do not count.
    pub fn with_spool_limit(mut self, bytes: u64) -> Self {
        self.delivery.limit = Some(bytes);
        self
    }

    /// Measures for this provider: GenAI metrics of every operation, as the
    /// [guide](crate#metrics) lists them, and what becomes of the spans, as OpenTelemetry's metrics of an SDK:
    /// `otel.sdk.processor.span.queue.size` and `.capacity`, `otel.sdk.processor.span.processed`,
    /// `otel.sdk.exporter.span.exported` and `.inflight`; losses with an `error.type`.
    ///
    /// The provider's readers send them, when they want to: it is yours to flush and to shut down, after
    /// the telemetry, which measures what is left when it is flushed.
    ///
    /// ```
    /// use opentelemetry_sdk::metrics::SdkMeterProvider;
    /// use tracing_genai::Telemetry;
    ///
    /// let provider = SdkMeterProvider::default();
    /// let telemetry = Telemetry::builder().with_meter_provider(&provider).build()?;
    /// # Ok::<(), tracing_genai::ConfigError>(())
    /// ```
    #[cfg(feature = "metrics")]
    pub fn with_meter_provider(
        mut self,
        provider: &impl opentelemetry::metrics::MeterProvider,
    ) -> Self {
        self.metrics.meter = Some(provider.meter_with_scope(metrics::scope()));
        self
    }

    /// Sends GenAI metrics to this OTLP backend, once a minute ([`Destination::with_flush_interval`]), at a
    /// flush and at the shutdown. Beats the environment, whose OTLP backend gets them unless
    /// `OTEL_METRICS_EXPORTER` says otherwise or destinations are named in code.
    ///
    /// Langfuse discards metrics, so it is an error here.
    ///
    /// ```
    /// use tracing_genai::{Destination, Telemetry};
    ///
    /// let telemetry = Telemetry::builder()
    ///     .with_destination(Destination::langfuse("pk-lf-…", "sk-lf-…"))
    ///     .with_metrics(Destination::otlp("http://localhost:4318/v1/metrics"))
    ///     .build()?;
    /// # Ok::<(), tracing_genai::ConfigError>(())
    /// ```
    #[cfg(feature = "metrics")]
    pub fn with_metrics(mut self, destination: Destination) -> Self {
        self.metrics.destination = Some(destination);
        self
    }

    /// Carries what a [`scope`](crate::context::scope) says in W3C baggage, to services that continue a
    /// trace, and takes from it what services before this one said, under the names of Langfuse's
    /// SDKs.
    ///
    /// Off unless asked for: baggage goes out with every request that propagates the OpenTelemetry
    /// context, to whomever it is addressed.
    pub fn with_baggage(mut self) -> Self {
        self.uses_baggage = true;
        self
    }

    /// Whether a tool that a model asked for gets a span of its own, from the answer that asked to the
    /// request that brings the result. On unless said otherwise.
    ///
    /// Such a span says that it was derived. There is none where a span with the same
    /// `gen_ai.tool.call.id` has ended by then, as one of
    /// [`observation::tool`](crate::observation::tool) does.
    pub fn with_derived_tools(mut self, derived: bool) -> Self {
        self.no_derived_tools = !derived;
        self
    }

    /// How many runs of assistants are followed at once, 1,024 unless said otherwise. Of more, the one
    /// that was not heard of for the longest time is told as far as it was seen.
    pub fn with_run_limit(mut self, runs: usize) -> Self {
        self.follow.runs = runs;
        self
    }

    /// How long after its expiry a run is waited for that never ended, ten minutes unless said otherwise.
    pub fn with_run_patience(mut self, patience: Duration) -> Self {
        self.follow.patience = patience;
        self
    }

    /// How long after a run's end its span waits for the messages and steps that the caller may still
    /// read, five seconds unless said otherwise. The span ends when the run has ended all the same; a
    /// flush does not wait.
    pub fn with_run_grace(mut self, grace: Duration) -> Self {
        self.follow.grace = grace;
        self
    }

    /// Checks the settings and starts the destinations. Touches nothing global: add
    /// [`Telemetry::layer`] to your subscriber.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used; the error says which and what it should be.
    pub fn build(self) -> Result<Telemetry, ConfigError> {
        self.assemble().map(|(telemetry, _)| telemetry)
    }

    /// [`TelemetryBuilder::build`], and sets the global subscriber: this telemetry's layer, and the
    /// crate's own sentences on standard error.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used, or if a global subscriber is set already.
    pub fn init(self) -> Result<Guard, ConfigError> {
        let (telemetry, fallback) = self.assemble()?;
        let level = telemetry.diagnostics().level();
        let own = Targets::new().with_target(diagnostics::TARGET, level);
        let subscriber = tracing_subscriber::registry()
            .with(telemetry.layer())
            .with(StandardError.with_filter(own));
        // Not `try_init`, which also sets the logger of the `log` crate if some crate in the graph has
        // turned that on, and fails where there is one.
        tracing::subscriber::set_global_default(subscriber)
            .map_err(|_| ConfigError::SubscriberAlreadySet)?;
        if fallback {
            telemetry.diagnostics().hint(
                "nothing configured",
                format_args!("traces are shown here; {}", backends::hint()),
            );
        }
        Ok(telemetry.guard())
    }
}
