//! Checks the settings: of the process, its destinations, and what happens to spans on their way.
//!
//! It starts and touches nothing, so a check-up can use it.

use std::path::Path;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanLimits;

use super::builder::TelemetryBuilder;
use super::filter::ExportFilter;
use super::metering::MetricsTargets;
use super::sampling;
use super::startup_log::StartupLog;
use crate::backends;
use crate::config::error::ConfigError;
use crate::config::parser;
use crate::config::setting::{Row, Setting};
use crate::destination::console;
use crate::destination::console::ConsoleSwitch;
use crate::destination::{Checked, Destination, SharedSettings, Target};
use crate::diagnostics::Diagnostics;
use crate::export::delivery::Delivery;
use crate::otlp::transport::HttpSettings;
use crate::pipeline::capture;
use crate::pipeline::capture::ContentSetting;
use crate::pipeline::limits::TextLimits;
use crate::pipeline::redaction;
use crate::pipeline::redaction::Redaction;

pub(crate) static DISABLED: Setting<bool> = Setting::new(
    &["OTEL_SDK_DISABLED"],
    "`true` switches everything off",
    parser::switch(),
)
.default("false");

static FILTER: Setting<String> = Setting::new(
    &["TRACING_GENAI_FILTER"],
    "which spans are exported, as [`Targets`](https://docs.rs/tracing-subscriber/latest/\
     tracing_subscriber/filter/struct.Targets.html) directives; the crate's own always are",
    parser::text(),
)
.described_default("`info` without the HTTP stack")
.methods(&["with_filter"]);

static ONLY_GENAI: Setting<bool> = Setting::new(
    &["TRACING_GENAI_ONLY_GENAI"],
    "`true`: only traces with a GenAI span are exported",
    parser::switch(),
)
.default("false")
.methods(&["with_only_genai", "Destination::with_only_genai"]);

pub(super) static SETTINGS: &[&Row] = &[&DISABLED.row, &FILTER.row, &ONLY_GENAI.row];

/// Settings that have been checked; nothing has started.
pub(crate) struct Prepared {
    pub(crate) resource: Resource,
    /// Whether everything is switched off.
    pub(crate) disabled: bool,
    pub(crate) destinations: Vec<Checked>,
    /// Whether the terminal is used because nothing else is configured.
    pub(crate) fallback: bool,
    /// Whether the variable about content has an unknown value.
    pub(super) has_unknown_capture: bool,
    pub(super) text_limits: TextLimits,
    pub(super) delivery: Delivery,
    pub(super) span_limits: SpanLimits,
    pub(super) filter: ExportFilter,
    /// Where metrics go.
    pub(super) metrics_targets: MetricsTargets,
    pub(super) startup_log: StartupLog,
    pub(super) diagnostics: Diagnostics,
}

/// Variables that count for all destinations.
pub(super) struct SharedVariables {
    of_backends: backends::Variables,
    content: Option<ContentSetting>,
}

/// How many of the destinations are not terminals.
pub(super) fn backends_among(destinations: &[Destination]) -> usize {
    let backends = destinations.iter().filter(|one| !one.is_terminal());
    backends.count()
}

impl Prepared {
    /// Whether spans or metrics have any destination.
    pub(crate) fn has_any_use(&self) -> bool {
        !self.destinations.is_empty() || self.metrics_targets.is_any()
    }

    /// The name and the settings of where metrics are sent, if they are sent from here.
    pub(crate) fn metrics(&self) -> Option<(&str, &HttpSettings)> {
        let setup = self.metrics_targets.setup.as_ref()?;
        Some((&setup.name, &setup.http))
    }

    /// The folder of the spool, unless it is never used.
    pub(crate) fn spool(&self) -> Option<&Path> {
        let (folder, _) = self.delivery.spool.as_ref()?;
        let is_backend = |one: &Checked| matches!(one.target, Target::Http { .. });
        let is_used = self.destinations.iter().any(is_backend);
        is_used.then_some(folder)
    }
}

impl TelemetryBuilder {
    /// Checks the settings of the process and of the destinations.
    pub(crate) fn prepare(&self) -> Result<Prepared, ConfigError> {
        let environment = &self.environment;
        let variables = self.shared_variables()?;
        let resource = self.process.resource(environment, &variables.of_backends)?;
        let disabled = DISABLED.resolve(None, environment)?;
        let (destinations, fallback) = self.destinations()?;
        let backends = backends_among(&destinations);
        self.with_shared(&variables, backends, |shared| {
            let checked = destinations
                .into_iter()
                .map(|destination| destination.check(shared))
                .collect::<Result<Vec<_>, _>>()?;
            if self.sampler.is_none() {
                sampling::named(environment)?;
            }
            let mut startup_log = StartupLog::default();
            let reads_environment = self.uses_environment_destinations();
            let metrics = self.metrics.clone();
            let metrics_targets =
                MetricsTargets::of(metrics, reads_environment, shared, &mut startup_log)?;
            Ok(Prepared {
                resource,
                disabled,
                destinations: checked,
                fallback,
                has_unknown_capture: self.content.is_none()
                    && variables.content.is_some_and(|setting| !setting.is_known),
                text_limits: shared.redaction.limits,
                delivery: self.delivery.clone().resolve(environment)?,
                span_limits: self.span_limits.resolve(environment)?,
                filter: self.filter()?,
                metrics_targets,
                startup_log,
                diagnostics: shared.redaction.diagnostics.clone(),
            })
        })
    }

    pub(super) fn shared_variables(&self) -> Result<SharedVariables, ConfigError> {
        Ok(SharedVariables {
            of_backends: backends::variables(&self.environment)?,
            content: capture::CONTENT.read(&self.environment)?,
        })
    }

    /// What all of `backends` destinations share.
    pub(super) fn with_shared<T>(
        &self,
        variables: &SharedVariables,
        backends: usize,
        check: impl FnOnce(&SharedSettings<'_>) -> Result<T, ConfigError>,
    ) -> Result<T, ConfigError> {
        let environment = &self.environment;
        let SharedVariables {
            of_backends,
            content,
        } = variables;
        let redaction = Redaction {
            secrets: redaction::REDACT.resolve(self.redacts, environment)?,
            masks: self.masks.clone(),
            limits: self.text_limits.resolve(environment)?,
            diagnostics: Diagnostics::new(self.debug.or(of_backends.debug).unwrap_or(false)),
        };
        check(&SharedSettings {
            environment,
            content: self.content.or(content.map(|setting| setting.content)),
            only_genai: ONLY_GENAI.resolve(self.only_genai, environment)?,
            function_content: self
                .function_content
                .or(of_backends.function_content)
                .unwrap_or(true),
            limits: self.limits,
            redaction: &redaction,
            backends,
        })
    }

    /// The destinations, and whether the terminal is used because nothing else is configured.
    pub(super) fn destinations(&self) -> Result<(Vec<Destination>, bool), ConfigError> {
        if self.has_no_destinations {
            return Ok((Vec::new(), false));
        }
        let mut destinations = self.destinations.clone();
        let mut switched_off = !destinations.is_empty();
        if self.uses_environment_destinations() {
            let (named, disabled) = Destination::from_environment(&self.environment)?;
            destinations.extend(named);
            switched_off |= disabled;
            match console::SWITCH.read(&self.environment)? {
                Some(ConsoleSwitch::On | ConsoleSwitch::WithContent) => {
                    destinations.push(Destination::terminal());
                }
                Some(ConsoleSwitch::Off) => switched_off = true,
                None => {}
            }
        }
        let fallback = destinations.is_empty() && !switched_off;
        if fallback {
            destinations.push(Destination::terminal());
        }
        Ok((destinations, fallback))
    }

    fn filter(&self) -> Result<ExportFilter, ConfigError> {
        let (setting, directives) = match &self.filter {
            Some(directives) => ("TelemetryBuilder::with_filter", directives.clone()),
            None => match FILTER.read_named(&self.environment)? {
                Some(named) => named,
                None => return Ok(ExportFilter::default()),
            },
        };
        ExportFilter::parse(&directives).map_err(|error| {
            ConfigError::invalid(
                setting,
                &directives,
                format!("directives such as `info,my_crate=debug` ({error})"),
            )
        })
    }
}
