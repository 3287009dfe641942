//! The mapping of a backend for a pipeline of the program's own.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::time::Duration;

use super::builder::TelemetryBuilder;
use crate::backends::MapOptions;
use crate::config::error::ConfigError;
use crate::destination::Mapping;
use crate::functions;
use crate::pipeline::Pipeline;
use crate::pipeline::capture::Capture;

/// Exporter that prepares spans for a backend and hands them to another exporter.
///
/// It does to a span what a destination of this crate would do: values get the types of the conventions,
/// arguments and results of functions become input and output, content settings, masks and limits are applied,
/// and the backend's attributes are written. Delivery is left to the other exporter and the SDK.
/// [`TelemetryBuilder::mapping_exporter`] makes one.
///
/// # Trade-offs
///
/// The SDK's batch processor drops spans when its queue is full, and the usual exporters give up after about
/// a second of outage; a [`Destination`](crate::Destination) keeps, retries and counts them. What this crate
/// learns about a span after its end, such as from [`context::set`](crate::context::set), reaches destinations
/// only.
#[derive(Debug)]
pub struct MappingExporter<E> {
    inner: E,
    pipeline: Pipeline,
}

impl<E: SpanExporter> SpanExporter for MappingExporter<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        for span in &mut batch {
            functions::pardon(span);
            self.pipeline.apply(span);
        }
        self.inner.export(batch).await
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(&self.pipeline.resource(resource));
    }
}

impl TelemetryBuilder {
    /// Makes an exporter for a tracer provider of your own. It prepares spans for the backend of `mapping`, with
    /// this builder's settings for content, masks and limits, and `exporter` sends them.
    ///
    /// Give the same provider [`Telemetry::span_processor`](super::Telemetry::span_processor) of a telemetry
    /// [without destinations](TelemetryBuilder::with_destinations), before the processor that exports, so that
    /// users, sessions and tags reach the spans.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used; the error names it and what it should be.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
    /// use tracing_genai::{Mapping, Telemetry};
    ///
    /// let telemetry = Telemetry::builder().with_destinations(false).build()?;
    /// let yours = InMemorySpanExporter::default();
    /// let exporter = Telemetry::builder().mapping_exporter(yours, Mapping::Langfuse)?;
    /// let provider = SdkTracerProvider::builder()
    ///     .with_span_processor(telemetry.span_processor())
    ///     .with_batch_exporter(exporter)
    ///     .build();
    /// # Ok::<(), tracing_genai::ConfigError>(())
    /// ```
    pub fn mapping_exporter<E>(
        &self,
        exporter: E,
        mapping: Mapping,
    ) -> Result<MappingExporter<E>, ConfigError> {
        self.with_shared(&self.shared_variables()?, 1, |shared| {
            Ok(MappingExporter {
                inner: exporter,
                pipeline: Pipeline {
                    backend: Some(mapping.backend()),
                    map_options: MapOptions::default(),
                    capture: Capture {
                        content: shared.content.unwrap_or(true),
                        functions: shared.function_content,
                        media: false,
                    },
                    redaction: shared.redaction.clone(),
                },
            })
        })
    }
}

#[cfg(feature = "opentelemetry-otlp")]
mod otlp {
    use opentelemetry_otlp::{Protocol, WithExportConfig, WithHttpConfig};

    use super::{ConfigError, MappingExporter, TelemetryBuilder};
    use crate::backends;
    use crate::destination::{Destination, Target};
    use crate::otlp::http_client::TransportClient;
    use crate::telemetry::prepared::backends_among;

    impl TelemetryBuilder {
        /// Makes an exporter of opentelemetry-otlp for the first destination, of this builder or of the
        /// environment (`LANGFUSE_*`, `OTEL_EXPORTER_OTLP_*`): with its address, credentials, timeout,
        /// certificates and mapping, for a tracer provider of your own.
        ///
        /// # Errors
        ///
        /// If a setting cannot be used, or if no destination is an OTLP backend; the error says what to set.
        ///
        /// # Examples
        ///
        /// ```no_run
        /// use opentelemetry_sdk::trace::SdkTracerProvider;
        /// use tracing_genai::Telemetry;
        ///
        /// let provider = SdkTracerProvider::builder()
        ///     .with_batch_exporter(Telemetry::builder().otlp_exporter()?)
        ///     .build();
        /// # Ok::<(), tracing_genai::ConfigError>(())
        /// ```
        pub fn otlp_exporter(
            &self,
        ) -> Result<MappingExporter<opentelemetry_otlp::SpanExporter>, ConfigError> {
            let (destinations, _) = self.destinations()?;
            let count = backends_among(&destinations);
            let invalid = |value: &str, expected: &str| {
                ConfigError::invalid(
                    "the destination of TelemetryBuilder::otlp_exporter",
                    value,
                    expected,
                )
            };
            let first = destinations.into_iter().find(|d| !d.is_terminal());
            let destination: Destination = first.ok_or_else(|| {
                let expected = format!("an OTLP backend: {}", backends::hint());
                invalid("none", &expected)
            })?;
            let variables = self.shared_variables()?;
            let checked =
                self.with_shared(&variables, count, |shared| destination.check(shared))?;
            let Target::Http { settings, .. } = checked.target else {
                return Err(invalid(&checked.name, "an OTLP backend"));
            };
            let url = settings.url.to_string();
            let timeout = settings.timeout;
            let client = TransportClient::start(*settings)
                .map_err(|problem| invalid(&problem, "a thread"))?;
            let exporter = opentelemetry_otlp::SpanExporter::builder()
                .with_http()
                .with_http_client(client)
                .with_protocol(Protocol::HttpBinary)
                .with_endpoint(url)
                .with_timeout(timeout)
                .build()
                .map_err(|error| invalid(&error.to_string(), "what opentelemetry-otlp takes"))?;
            Ok(MappingExporter {
                inner: exporter,
                pipeline: checked.pipeline,
            })
        }
    }
}
