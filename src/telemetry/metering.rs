//! Where metrics go: what the code and the environment say, and what runs of it.
//!
//! Contract: built without the feature `metrics`, or with nobody who wants them, nothing is started and
//! nothing is measured.

use std::time::Instant;

use opentelemetry_sdk::Resource;

use super::startup_log::Opening;
use crate::config::error::ConfigError;
#[cfg(feature = "metrics")]
use crate::destination::Destination;
use crate::destination::Surroundings;
use crate::diagnostics::Diagnostics;
use crate::export::pipelines::Pipelines;
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

/// Who wants metrics, with settings that have been checked.
pub(super) struct Wanted {
    #[cfg(feature = "metrics")]
    meter: Option<opentelemetry::metrics::Meter>,
    #[cfg(feature = "metrics")]
    setup: Option<Setup>,
}

/// The delivery of metrics.
#[derive(Debug, Default)]
pub(super) struct Metering {
    #[cfg(feature = "metrics")]
    delivery: Option<Delivery>,
}

/// A delivery that somebody waits for.
#[must_use = "nobody waits for it otherwise"]
pub(super) struct Waiting {
    #[cfg(feature = "metrics")]
    flushing: Option<Flushing>,
}

#[cfg(not(feature = "metrics"))]
impl Wanted {
    pub(super) fn of(
        _: MetricsSettings,
        _: bool,
        _: &Surroundings<'_>,
        _: &mut Opening,
    ) -> Result<Self, ConfigError> {
        Ok(Self {})
    }

    pub(super) fn is_any(&self) -> bool {
        false
    }

    pub(super) fn start(self, _: &Pipelines, _: &Resource, _: &Diagnostics) -> (Metrics, Metering) {
        (Metrics::default(), Metering::default())
    }
}

#[cfg(feature = "metrics")]
impl Wanted {
    /// `reads_environment` says whether the environment's destinations count.
    pub(super) fn of(
        in_code: MetricsSettings,
        reads_environment: bool,
        surroundings: &Surroundings<'_>,
        opening: &mut Opening,
    ) -> Result<Self, ConfigError> {
        let environment = surroundings.environment;
        let destination = match in_code.destination {
            Some(destination) => Some(destination),
            None if reads_environment && EXPORTER.resolve(None, environment)? => {
                Destination::of_metrics(environment)?
            }
            None => None,
        };
        let setup = destination.map(|destination| destination.check_metrics(surroundings));
        let setup = setup.transpose()?;
        if let Some(setup) = &setup {
            opening.debug(format!(
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
        pipelines: &Pipelines,
        resource: &Resource,
        diagnostics: &Diagnostics,
    ) -> (Metrics, Metering) {
        if let Some(meter) = &self.meter {
            pipelines.observe(meter);
        }
        let start = |setup| Delivery::start(setup, resource.clone(), diagnostics.clone());
        let delivery = self.setup.map(start);
        let own = delivery.as_ref().map(Delivery::meter);
        let meters: Vec<_> = self.meter.into_iter().chain(own).collect();
        (Metrics::new(&meters), Metering { delivery })
    }
}

impl Metering {
    /// Begins to send what was measured.
    pub(super) fn flush(&self, deadline: Instant) -> Waiting {
        self.begin(deadline, false)
    }

    /// Begins to send what was measured, for the last time.
    pub(super) fn shutdown(&self, deadline: Instant) -> Waiting {
        self.begin(deadline, true)
    }

    #[cfg(feature = "metrics")]
    fn begin(&self, deadline: Instant, is_last: bool) -> Waiting {
        let flushing = self.delivery.as_ref().map(|delivery| {
            if is_last {
                delivery.shutdown(deadline)
            } else {
                delivery.flush(deadline)
            }
        });
        Waiting { flushing }
    }

    #[cfg(not(feature = "metrics"))]
    fn begin(&self, _: Instant, _: bool) -> Waiting {
        Waiting {}
    }
}

impl Waiting {
    /// Until it is done, or its time is up.
    pub(super) fn wait(self) {
        #[cfg(feature = "metrics")]
        if let Some(flushing) = self.flushing {
            flushing.wait();
        }
    }
}
