//! What the crate has to know of a backend.
//!
//! Whatever is known of one backend is behind these two traits, and everything else in the crate treats
//! all of them alike.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::checkup::{Checkup, Prober};
use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::secret::Secret;
use crate::config::setting::Row;
use crate::model::BaggageNames;
use crate::otlp::transport::HttpSettings;

/// A backend with attributes of its own.
pub(crate) trait Backend: fmt::Debug + Send + Sync {
    /// Its name, for people; in lower case the word for its mapping in the environment.
    fn name(&self) -> &'static str;

    /// Rewrites a destination's own copy of a span.
    fn map(&self, span: &mut SpanData, options: MapOptions);

    /// The resource that goes with such spans.
    fn resource(&self, resource: &Resource, options: MapOptions) -> Resource;

    /// Whether an attribute of its own is content: an input or output.
    fn is_content(&self, _key: &str) -> bool {
        false
    }

    /// Whether an attribute of its own is metadata or tags.
    fn is_metadata(&self, _key: &str) -> bool {
        false
    }

    /// Whether an attribute of its own explains what went wrong.
    fn is_error_text(&self, _key: &str) -> bool {
        false
    }

    /// Whether an attribute of its own makes an observation of a span.
    fn is_observation(&self, _key: &str) -> bool {
        false
    }

    /// Whether it keeps metrics that are sent to it.
    fn keeps_metrics(&self) -> bool {
        true
    }

    /// Whether this is an OTLP endpoint of its, or the base of one.
    fn is_endpoint(&self, _url: &str) -> bool {
        false
    }

    /// The name of the server that reads its attributes and answers with this header.
    fn server_by(&self, _header: &str) -> Option<&'static str> {
        None
    }

    /// Headers of every request to its endpoints, besides those of an account.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// The names under which its SDKs carry a trace's attributes in W3C baggage.
    fn baggage_names(&self) -> Option<&'static BaggageNames> {
        None
    }

    /// Refuses the name of an environment that it would replace.
    fn check_environment_name(&self, _setting: &str, _name: &str) -> Result<(), ConfigError> {
        Ok(())
    }

    /// Its variables, for the table of settings.
    fn settings(&self) -> &'static [&'static Row] {
        &[]
    }

    /// Its variables besides address and credentials.
    fn variables(&self, _environment: &Environment) -> Result<Variables, ConfigError> {
        Ok(Variables::default())
    }

    /// The account that code names.
    fn account(&self, _credentials: Credentials) -> Result<Arc<dyn Account>, ConfigError> {
        let expected = "a backend that has accounts";
        Err(ConfigError::invalid("the backend", self.name(), expected))
    }

    /// The account that its variables name.
    fn account_from_environment(&self, _environment: &Environment) -> Result<Named, ConfigError> {
        Ok(Named::Nothing)
    }

    /// What a person may see of a public key.
    fn display_key(&self, key: &str) -> String {
        format!("(not shown, {} characters)", key.chars().count())
    }

    /// The advice for a process that has configured nothing.
    fn hint(&self) -> Option<&'static str> {
        None
    }
}

/// A choice about a mapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MapOptions {
    /// Whether content stays under its GenAI names beside the translation, for a collector that feeds
    /// other backends too.
    pub(crate) keep_genai_content: bool,
    /// Whether other attributes stay beside their translation.
    pub(crate) keep_translated: bool,
    /// Whether a backend that discards the events of a span gets its log lines in another way.
    pub(crate) log_lines: bool,
}

impl Default for MapOptions {
    fn default() -> Self {
        Self {
            keep_genai_content: false,
            keep_translated: true,
            log_lines: true,
        }
    }
}

/// An account at a backend: its address, and the credentials for it.
pub(crate) trait Account: fmt::Debug + Send + Sync {
    /// The backend's host, for people.
    fn host(&self) -> &str;

    /// How spans are sent to it.
    fn http_settings(&self) -> Result<HttpSettings, ConfigError>;

    /// Whether the credentials travel unencrypted to another machine.
    fn exposes_credentials(&self) -> bool;

    /// The page of a trace; `None` until everything is known that it takes. Never blocks. `settings` are those of
    /// the destination, for what has to be asked.
    fn trace_url(&self, trace_id: &str, settings: &HttpSettings) -> Option<String>;

    /// The credentials, to take them out of texts.
    fn secrets(&self) -> Vec<String>;

    /// Adds to a check-up whether the backend answers and accepts the credentials. `settings` are those of
    /// the destination.
    fn examine(&self, settings: &HttpSettings, prober: &Prober, checkup: &mut Checkup);
}

/// An account as code names it, not checked yet.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) public_key: String,
    pub(crate) secret_key: Secret,
    /// `None` for the backend's own cloud.
    pub(crate) base_url: Option<String>,
    /// `None` if it has to be looked up.
    pub(crate) project_id: Option<String>,
}

/// The account at a backend that the environment names.
#[derive(Debug)]
pub(crate) enum Named {
    Nothing,
    /// The backend is switched off on purpose.
    SwitchedOff,
    Account(Arc<dyn Account>),
}

/// The values of a backend's variables; `None` where they are not set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables {
    /// Where the program runs; checked.
    pub(crate) environment_name: Option<String>,
    /// Which release runs.
    pub(crate) release: Option<String>,
    /// Whether to log what is configured and what becomes of every request.
    pub(crate) debug: Option<bool>,
    /// Whether arguments and results of functions are sent, to any destination.
    pub(crate) function_content: Option<bool>,
    /// For destinations of this backend only.
    pub(crate) delivery: Delivery,
}

/// How spans are delivered to a backend.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Delivery {
    /// Share of the traces, 0 to 1.
    pub(crate) sample_rate: Option<f64>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) flush_at: Option<usize>,
    pub(crate) flush_interval: Option<Duration>,
}

impl Variables {
    /// These values, completed by those of another backend.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            environment_name: self.environment_name.or(other.environment_name),
            release: self.release.or(other.release),
            debug: self.debug.or(other.debug),
            function_content: self.function_content.or(other.function_content),
            delivery: self.delivery,
        }
    }
}
