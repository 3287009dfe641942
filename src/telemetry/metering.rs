//! Where metrics go, in code and in the environment.
//!
//! Contract: if metrics go nowhere, nothing is started and nothing is measured.

use opentelemetry::metrics::Meter;
use opentelemetry_sdk::Resource;

use super::startup_log::StartupLog;
use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::destination::{Destination, SharedSettings};
use crate::diagnostics::Diagnostics;
use crate::export::fan_out::FanOut;
use crate::metrics::{Delivery, EXPORTER, Metrics, MetricsSetup};

/// Whether metrics go where the environment sends spans if it says nothing of metrics.
const BY_DEFAULT: bool = cfg!(feature = "metrics");

/// What is set in code.
#[derive(Clone, Debug, Default)]
pub(super) struct MetricsSettings {
    pub(super) meter: Option<Meter>,
    pub(super) destination: Option<Destination>,
}

/// Where metrics go; the settings have been checked.
pub(super) struct MetricsTargets {
    meter: Option<Meter>,
    pub(super) setup: Option<MetricsSetup>,
}

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
            None if reads_environment => of_environment(environment)?,
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

    /// Starts the delivery, if metrics are sent from here.
    pub(super) fn start(
        self,
        fan_out: &FanOut,
        resource: &Resource,
        diagnostics: &Diagnostics,
    ) -> (Metrics, Option<Delivery>) {
        if let Some(meter) = &self.meter {
            fan_out.observe(meter);
        }
        let start = |setup| Delivery::start(setup, resource.clone(), diagnostics.clone());
        let delivery = self.setup.map(start);
        let own = delivery.as_ref().map(Delivery::meter);
        let meters: Vec<_> = self.meter.into_iter().chain(own).collect();
        (Metrics::new(&meters), delivery)
    }
}

fn of_environment(environment: &Environment) -> Result<Option<Destination>, ConfigError> {
    match EXPORTER.read(environment)? {
        Some(false) => Ok(None),
        Some(true) => Destination::of_metrics(environment, true),
        None => Destination::of_metrics(environment, BY_DEFAULT),
    }
}
