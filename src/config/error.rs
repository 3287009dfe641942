//! What can be wrong with the settings.

use std::fmt;

use super::display;

/// A setting cannot be used.
///
/// The message names the setting, what it holds and what it should be. Secrets, tokens and the paths
/// of addresses are never part of it. `Debug` prints the same message as `Display`, so `main` can
/// return the error as it is.
///
/// # Examples
///
/// ```
/// use tracing_genai::Telemetry;
///
/// let error = Telemetry::builder()
///     .with_variables([("LANGFUSE_SAMPLE_RATE", "10%")])
///     .build()
///     .unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "LANGFUSE_SAMPLE_RATE is `10%`, but it should be a number between 0 and 1, such as `0.1`",
/// );
/// assert_eq!(format!("{error:?}"), error.to_string());
/// ```
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A setting has a value that it cannot have.
    #[error("{setting} is `{value}`, but it should be {expected}")]
    #[non_exhaustive]
    Invalid {
        /// The variable, or the method of a builder.
        setting: String,
        /// What it holds; `(secret)` if that is a secret.
        value: String,
        /// What it should be.
        expected: String,
    },
    /// A setting is missing that another one needs.
    #[error("{setting} is not set, but {needed_by} is: set both, or neither")]
    #[non_exhaustive]
    Missing {
        /// The setting that is missing.
        setting: String,
        /// The setting that needs it.
        needed_by: String,
    },
    /// The process already has a global subscriber.
    #[error(
        "a global tracing subscriber is already set, so tracing_genai::init() cannot set its own: \
         add `telemetry.layer()` of `Telemetry::builder().build()?` to your subscriber, or, if you have a \
         tracing-opentelemetry layer, give `telemetry.span_processor()` to its tracer provider and add \
         `telemetry.handle()` to your subscriber"
    )]
    SubscriberAlreadySet,
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl ConfigError {
    /// A value that is no secret, unless by mistake.
    pub(crate) fn invalid(
        setting: impl Into<String>,
        value: &str,
        expected: impl Into<String>,
    ) -> Self {
        Self::invalid_displayed(setting, display::text(value), expected)
    }

    pub(crate) fn secret(setting: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::invalid_displayed(setting, display::secret(""), expected)
    }

    /// `value` is what may be displayed of it.
    pub(super) fn invalid_displayed(
        setting: impl Into<String>,
        value: String,
        expected: impl Into<String>,
    ) -> Self {
        Self::Invalid {
            setting: setting.into(),
            value,
            expected: expected.into(),
        }
    }

    pub(crate) fn missing(setting: impl Into<String>, needed_by: impl Into<String>) -> Self {
        Self::Missing {
            setting: setting.into(),
            needed_by: needed_by.into(),
        }
    }
}
