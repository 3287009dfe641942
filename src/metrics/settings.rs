//! What the environment says of metrics, besides where they are sent.
//!
//! The variables are OpenTelemetry's. The SDK reads one of them by itself, from the process; here all of
//! them come from the environment that the telemetry was given.

use crate::config::settings::Setting;

const EXPORTER: &str = "OTEL_METRICS_EXPORTER";
const INTERVAL: &str = "OTEL_METRIC_EXPORT_INTERVAL";
const TEMPORALITY: &str = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";

pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        names: &[EXPORTER],
        meaning: "whether GenAI metrics are sent to the OTLP backend that the environment names: `otlp`, or not: \
                  anything else (feature `metrics`)",
        default: "`otlp`",
        in_code: "`with_metrics`",
    },
    Setting {
        names: &[INTERVAL],
        meaning: "milliseconds from one request with metrics to the next",
        default: "`60000`",
        in_code: "`Destination::with_flush_interval`",
    },
    Setting {
        names: &[TEMPORALITY],
        meaning: "whether metrics are sums since the start or since the last request: `cumulative`, `delta` or \
                  `lowmemory`",
        default: "`cumulative`",
        in_code: "–",
    },
];

#[cfg(feature = "metrics")]
pub(crate) use reading::Schedule;

#[cfg(feature = "metrics")]
mod reading {
    use std::time::Duration;

    use opentelemetry_sdk::metrics::Temporality;

    use super::{EXPORTER, INTERVAL, TEMPORALITY};
    use crate::config::environment::Environment;
    use crate::config::error::ConfigError;

    const MINUTE: Duration = Duration::from_secs(60);

    /// When metrics are sent, and what they count from.
    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Schedule {
        pub(crate) interval: Duration,
        pub(crate) temporality: Temporality,
    }

    impl Schedule {
        /// `interval` is what the code says.
        pub(crate) fn new(
            interval: Option<Duration>,
            environment: &Environment,
        ) -> Result<Self, ConfigError> {
            let named = environment.milliseconds(&[INTERVAL])?;
            let expected = "`cumulative`, `delta` or `lowmemory`";
            let temporality = environment.parsed(TEMPORALITY, expected, |value| value.parse().ok());
            Ok(Self {
                interval: interval.or(named).unwrap_or(MINUTE),
                temporality: temporality?.unwrap_or_default(),
            })
        }
    }

    /// Whether metrics go to a backend that the environment names.
    pub(crate) fn are_exported(environment: &Environment) -> bool {
        environment.get(EXPORTER).is_none_or(|exporters| {
            let mut exporters = exporters.split(',');
            exporters.any(|exporter| exporter.trim().eq_ignore_ascii_case("otlp"))
        })
    }
}

#[cfg(feature = "metrics")]
pub(crate) use reading::are_exported;
