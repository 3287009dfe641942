//! What can be wrong with a configuration.

use crate::text::secrets;

/// A setting cannot be used. Every variant names the setting, what it holds and what it should be;
/// a secret is never shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A setting holds something that it cannot mean.
    #[error("{setting} is `{value}`, but it should be {expected}")]
    Invalid {
        /// The variable or the builder's method.
        setting: String,
        /// What it holds, `(secret)` if it is one.
        value: String,
        /// What it should be.
        expected: String,
    },
    /// A setting is missing that another one needs.
    #[error("{setting} is not set, but {needed_by} is: set both, or neither")]
    Missing {
        /// The setting that is missing.
        setting: String,
        /// The setting that needs it.
        needed_by: String,
    },
    /// The process has a global subscriber already.
    #[error(
        "a global tracing subscriber is already set, so tracing_genai::init() cannot set its own: \
         add `telemetry.layer()` of `Telemetry::builder().build()?` to your subscriber, or, if you have a \
         tracing-opentelemetry layer, give `telemetry.span_processor()` to its tracer provider and add \
         `telemetry.handle()` to your subscriber"
    )]
    SubscriberAlreadySet,
}

impl ConfigError {
    pub(crate) fn invalid(
        setting: impl Into<String>,
        value: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self::Invalid {
            setting: setting.into(),
            // A key may have been put into the wrong variable.
            value: secrets::redacted(&value.into()).into_owned(),
            expected: expected.into(),
        }
    }

    pub(crate) fn secret(setting: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::invalid(setting, "(secret)", expected)
    }
}
