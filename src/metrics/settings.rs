//! The settings of metrics, besides where they are sent.
//!
//! The variables are OpenTelemetry's. The SDK reads one of them by itself, from the process; here all of
//! them come from the environment that the telemetry was given.

use std::time::Duration;

use opentelemetry_sdk::metrics::Temporality;

use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::parser;
use crate::config::parser::Parser;
use crate::config::setting::{Row, Setting};

/// Whether metrics go to a backend that the environment names.
pub(crate) static EXPORTER: Setting<bool> = Setting::new(
    &["OTEL_METRICS_EXPORTER"],
    "whether GenAI metrics are sent to the OTLP backend that the environment names: `otlp`, or not: \
     anything else",
    Parser::new("`otlp` or `none`", |exporters| {
        let mut exporters = exporters.split(',');
        Some(exporters.any(|exporter| exporter.trim().eq_ignore_ascii_case("otlp")))
    }),
)
.described_default("`otlp` with the feature `metrics`, else `none`")
.methods(&["with_metrics"]);

static INTERVAL: Setting<Duration> = Setting::new(
    &["OTEL_METRIC_EXPORT_INTERVAL"],
    "milliseconds from one request with metrics to the next",
    parser::milliseconds(),
)
.default("60000")
.methods(&["Destination::with_flush_interval"]);

static TEMPORALITY: Setting<Temporality> = Setting::new(
    &["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"],
    "whether metrics are sums since the start or since the last request: `cumulative`, `delta` or \
     `lowmemory`",
    parser::number("`cumulative`, `delta` or `lowmemory`"),
)
.default("cumulative");

pub(crate) static SETTINGS: &[&Row] = &[&EXPORTER.row, &INTERVAL.row, &TEMPORALITY.row];

/// When metrics are sent, and what they count from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    pub(crate) interval: Duration,
    pub(crate) temporality: Temporality,
}

impl Schedule {
    /// `interval` is the one that is set in code.
    pub(crate) fn new(
        interval: Option<Duration>,
        environment: &Environment,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            interval: INTERVAL.resolve(interval, environment)?,
            temporality: TEMPORALITY.resolve(None, environment)?,
        })
    }
}
