//! Settings in code about delivery: queues, retries, the spool, and metrics.

use std::path::PathBuf;
use std::time::Duration;

use super::builder::TelemetryBuilder;
use crate::destination::Destination;
use crate::metrics;

impl TelemetryBuilder {
    /// Sets how many finished spans may wait for each destination until they are delivered. Defaults to
    /// 65,536. Above it, the newest span is dropped and counted.
    pub fn with_queue_spans(mut self, spans: usize) -> Self {
        self.in_code.set("with_queue_spans", spans);
        self.limits.spans = spans.max(1);
        self
    }

    /// Sets how many bytes of finished spans may wait until they are delivered, over all destinations.
    /// Defaults to 64 MiB. Each destination gets an equal part, so that one that is down does not take the
    /// memory of the others. Above it, the newest span is dropped and counted.
    pub fn with_queue_bytes(mut self, bytes: usize) -> Self {
        self.in_code.set("with_queue_bytes", bytes);
        self.limits.bytes = bytes;
        self
    }

    /// Sets for how long a request is retried that a backend cannot take now; takes precedence over
    /// `TRACING_GENAI_RETRY_BUDGET`. Defaults to a minute. Zero sends every request once.
    ///
    /// Requests are retried after 408, 429, 5xx, a timeout or a lost connection, with growing delays, or
    /// when the backend asks for it. Afterwards a request goes to the [spool](Self::with_spool_dir).
    /// Without a spool it is kept while nothing else gets through either and memory suffices; otherwise it
    /// is lost, and counted.
    pub fn with_retry_budget(mut self, budget: Duration) -> Self {
        self.in_code
            .set("with_retry_budget", format_args!("{budget:?}"));
        self.delivery.budget = Some(budget);
        self
    }

    /// Sets the folder of the spool, which keeps what cannot be delivered; takes precedence over
    /// `TRACING_GENAI_SPOOL_DIR`. Defaults to no spool.
    ///
    /// The spool takes what a backend did not take within the [budget](Self::with_retry_budget), what does
    /// not fit into memory while a backend is slow or down, and what is left at the deadline of a shutdown.
    /// It is sent, oldest first, once the backend takes it, by this process or the next one.
    ///
    /// The files hold what would have been sent, after capture limits and masks, but no key; only their
    /// owner can read them. Several processes can share a folder. A span may arrive twice if a process
    /// dies while it sends, but is not lost.
    ///
    /// # Examples
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
        let folder = folder.into();
        self.in_code.set("with_spool_dir", folder.display());
        self.delivery.folder = Some(folder);
        self
    }

    /// Sets how many bytes the spool may hold; takes precedence over `TRACING_GENAI_SPOOL_LIMIT`. Defaults
    /// to 1 GiB. Above it, the oldest files are removed and their spans counted as lost.
    ///
    /// All files in the folder count, whoever wrote them; those for other backends or accounts are kept. Each
    /// destination of a telemetry may take an equal part of the limit, so one that is down leaves room for the
    /// others.
    pub fn with_spool_limit(mut self, bytes: u64) -> Self {
        self.in_code.set("with_spool_limit", bytes);
        self.delivery.limit = Some(bytes);
        self
    }

    /// Measures for this provider: GenAI metrics of every operation, as the
    /// [guide](crate::guide::metrics) lists them, and the delivery of spans, as OpenTelemetry's metrics of an SDK:
    /// `otel.sdk.processor.span.queue.size` and `.capacity`, `otel.sdk.processor.span.processed`,
    /// `otel.sdk.exporter.span.exported` and `.inflight`; losses with an `error.type`.
    ///
    /// The provider's readers send them at their own interval. Flush and shut down the provider yourself,
    /// after the telemetry, because flushing the telemetry makes the last measurements.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry_sdk::metrics::SdkMeterProvider;
    /// use tracing_genai::Telemetry;
    ///
    /// let provider = SdkMeterProvider::default();
    /// let telemetry = Telemetry::builder().with_meter_provider(&provider).build()?;
    /// # Ok::<(), tracing_genai::ConfigError>(())
    /// ```
    pub fn with_meter_provider(
        mut self,
        provider: &impl opentelemetry::metrics::MeterProvider,
    ) -> Self {
        self.in_code.set("with_meter_provider", "custom");
        self.metrics.meter = Some(provider.meter_with_scope(metrics::scope()));
        self
    }

    /// Sends GenAI metrics to this OTLP backend, once a minute ([`Destination::with_flush_interval`]), at a
    /// flush and at the shutdown. Defaults to the OTLP backend of the environment, unless
    /// `OTEL_METRICS_EXPORTER` turns that off or there are destinations in code.
    ///
    /// [`TelemetryBuilder::build`] refuses Langfuse here, which discards metrics.
    ///
    /// # Examples
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
    pub fn with_metrics(mut self, destination: Destination) -> Self {
        let address = destination.in_code().iter().next();
        let address = address.map(|setting| setting.value.clone());
        self.in_code
            .set("with_metrics", address.unwrap_or_default());
        self.metrics.destination = Some(destination);
        self
    }
}
