//! Where metrics go, in code and in the environment, and their running delivery.
//!
//! Contract: without the feature `metrics`, or if metrics go nowhere, nothing is started and nothing is
//! measured.

use std::time::Instant;

use opentelemetry_sdk::Resource;

use super::startup_log::StartupLog;
use crate::config::error::ConfigError;
#[cfg(feature = "metrics")]
use crate::destination::Destination;
use crate::destination::SharedSettings;
use crate::diagnostics::Diagnostics;
use crate::export::fan_out::FanOut;
use crate::metrics::Metrics;
#[cfg(feature = "metrics")]
use crate::metrics::{Delivery, EXPORTER, Flushing, Setup};

/// What is set in code.
#[derive(Clone, Debug, Default)]
pub(super) struct MetricsSettings {
    #[cfg(feature = "metrics")]
    pub(super) meter: Option<opentelemetry::metrics::Meter>,
    #[cfg(feature = "metrics")]
    pub(super) destination: Option<Destination>,
}

/// Where metrics go; the settings have been checked.
pub(super) struct MetricsTargets {
    #[cfg(feature = "metrics")]
    meter: Option<opentelemetry::metrics::Meter>,
    #[cfg(feature = "metrics")]
    setup: Option<Setup>,
}

/// The running delivery of metrics.
#[derive(Debug, Default)]
pub(super) struct MetricsDelivery {
    #[cfg(feature = "metrics")]
    delivery: Option<Delivery>,
}

/// A flush of metrics that has started.
#[must_use = "nothing waits for the flush otherwise"]
pub(super) struct PendingFlush {
    #[cfg(feature = "metrics")]
    flushing: Option<Flushing>,
}

#[cfg(not(feature = "metrics"))]
impl MetricsTargets {
    pub(super) fn of(
        _: MetricsSettings,
        _: bool,
        _: &SharedSettings<'_>,
        _: &mut StartupLog,
    ) -> Result<Self, ConfigError> {
        Ok(Self {})
    }

    pub(super) fn is_any(&self) -> bool {
        false
    }

    pub(super) fn start(
        self,
        _: &FanOut,
        _: &Resource,
        _: &Diagnostics,
    ) -> (Metrics, MetricsDelivery) {
        (Metrics::default(), MetricsDelivery::default())
    }
}

#[cfg(feature = "metrics")]
impl MetricsTargets {
    /// `reads_environment` is whether the destinations of the environment are used.
    pub(super) fn of(
        in_code: MetricsSettings,
        reads_environment: bool,
        shared: &SharedSettings<'_>,
        startup_log: &mut StartupLog,
    ) -> Result<Self, ConfigError> {
        let environment = shared.environment;
        let destination = match in_code.destination {
            Some(destination) => Some(destination),
            None if reads_environment && EXPORTER.resolve(None, environment)? => {
                Destination::of_metrics(environment)?
            }
            None => None,
        };
        let setup = destination.map(|destination| destination.check_metrics(shared));
        let setup = setup.transpose()?;
        if let Some(setup) = &setup {
            startup_log.debug(format!(
                "metrics go to {}, to the path {}, every {:?}",
                setup.name,
                setup.http.url.path(),
                setup.schedule.interval
            ));
        }
        Ok(Self {
            meter: in_code.meter,
            setup,
        })
    }

    pub(super) fn is_any(&self) -> bool {
        self.meter.is_some() || self.setup.is_some()
    }

    pub(super) fn start(
        self,
        fan_out: &FanOut,
        resource: &Resource,
        diagnostics: &Diagnostics,
    ) -> (Metrics, MetricsDelivery) {
        if let Some(meter) = &self.meter {
            fan_out.observe(meter);
        }
        let start = |setup| Delivery::start(setup, resource.clone(), diagnostics.clone());
        let delivery = self.setup.map(start);
        let own = delivery.as_ref().map(Delivery::meter);
        let meters: Vec<_> = self.meter.into_iter().chain(own).collect();
        (Metrics::new(&meters), MetricsDelivery { delivery })
    }
}

impl MetricsDelivery {
    /// Starts to send what was measured.
    pub(super) fn flush(&self, deadline: Instant) -> PendingFlush {
        self.begin(deadline, false)
    }

    /// Starts to send what was measured, for the last time.
    pub(super) fn shutdown(&self, deadline: Instant) -> PendingFlush {
        self.begin(deadline, true)
    }

    #[cfg(feature = "metrics")]
    fn begin(&self, deadline: Instant, is_last: bool) -> PendingFlush {
        let flushing = self.delivery.as_ref().map(|delivery| {
            if is_last {
                delivery.shutdown(deadline)
            } else {
                delivery.flush(deadline)
            }
        });
        PendingFlush { flushing }
    }

    #[cfg(not(feature = "metrics"))]
    fn begin(&self, _: Instant, _: bool) -> PendingFlush {
        PendingFlush {}
    }
}

impl PendingFlush {
    /// Blocks until it is done, or its deadline is over.
    pub(super) fn wait(self) {
        #[cfg(feature = "metrics")]
        if let Some(flushing) = self.flushing {
            flushing.wait();
        }
    }
}
