//! Checks the settings: of the process, its destinations, and what happens to spans on their way.
//!
//! It starts and touches nothing, so a check-up can use it.

use opentelemetry_sdk::Resource;

use super::builder::TelemetryBuilder;
use super::metering::MetricsTargets;
use super::startup_log::StartupLog;
use crate::backends;
use crate::config::error::ConfigError;
use crate::config::parser;
use crate::config::setting::{Row, Setting};
use crate::destination::console;
use crate::destination::console::ConsoleSwitch;
use crate::destination::{Checked, Destination, SharedSettings};
use crate::diagnostics::Diagnostics;
use crate::pipeline::capture;
use crate::pipeline::limits::TextLimits;
use crate::pipeline::redaction;
use crate::pipeline::redaction::Redaction;

pub(crate) static DISABLED: Setting<bool> = Setting::new(
    &["OTEL_SDK_DISABLED"],
    "`true` switches everything off",
    parser::switch(),
)
.default("false");

pub(super) static FILTER: Setting<String> = Setting::new(
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
    /// Where metrics go.
    pub(super) metrics_targets: MetricsTargets,
    pub(super) startup_log: StartupLog,
    pub(super) diagnostics: Diagnostics,
}

impl Prepared {
    /// Whether spans or metrics have any destination.
    pub(crate) fn has_any_use(&self) -> bool {
        !self.destinations.is_empty() || self.metrics_targets.is_any()
    }
}

impl TelemetryBuilder {
    /// Checks the settings of the process and of the destinations.
    pub(crate) fn prepare(&self) -> Result<Prepared, ConfigError> {
        let environment = &self.environment;
        let of_backends = backends::variables(environment)?;
        let resource = self.process.resource(environment, &of_backends)?;
        let disabled = DISABLED.resolve(None, environment)?;
        let (destinations, fallback) = self.destinations()?;
        let content = capture::CONTENT.read(environment)?;
        let backends = destinations.iter().filter(|d| !d.is_terminal()).count();
        self.with_shared(backends, |shared| {
            let checked = destinations
                .into_iter()
                .map(|destination| destination.check(shared))
                .collect::<Result<Vec<_>, _>>()?;
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
                    && content.is_some_and(|setting| !setting.is_known),
                text_limits: shared.redaction.limits,
                metrics_targets,
                startup_log,
                diagnostics: shared.redaction.diagnostics.clone(),
            })
        })
    }

    /// What all of `backends` destinations share.
    pub(super) fn with_shared<T>(
        &self,
        backends: usize,
        check: impl FnOnce(&SharedSettings<'_>) -> Result<T, ConfigError>,
    ) -> Result<T, ConfigError> {
        let environment = &self.environment;
        let of_backends = backends::variables(environment)?;
        let content = capture::CONTENT.read(environment)?;
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
}
