//! Langfuse: how its server reads spans, where it is, which variables its SDKs read, and how a set-up is
//! checked.
//!
//! Nothing else in the crate depends on any of it. The mapping is pure and independent of the endpoint, so
//! it serves a collector in front of Langfuse as well. The facts were read in the server's source and
//! checked by running it; a newer server is a change in [`keys`] first.

mod attributes;
mod baggage;
mod classification;
mod config;
mod examine;
mod input_output;
mod json;
mod keys;
mod log;
mod mapping;
mod messages;
mod parameters;
mod parts;
mod project;
mod resource;
mod settings;
mod trace;
mod translated;
mod usage;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::backend::{Account, Backend, Credentials, MapOptions, Named, Variables};
use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::setting::Row;
use crate::model::BaggageNames;
use config::LangfuseConfig;
use project::Project;

/// Langfuse, as one of the backends.
#[derive(Debug)]
pub(super) struct Langfuse;

impl Backend for Langfuse {
    fn name(&self) -> &'static str {
        "Langfuse"
    }

    fn map(&self, span: &mut SpanData, options: MapOptions) {
        mapping::map(span, options);
    }

    fn resource(&self, resource: &Resource, options: MapOptions) -> Resource {
        resource::resource(resource, options)
    }

    fn is_content(&self, key: &str) -> bool {
        keys::is_content(key)
    }

    fn is_metadata(&self, key: &str) -> bool {
        keys::is_metadata(key)
    }

    fn is_error_text(&self, key: &str) -> bool {
        key == keys::STATUS_MESSAGE
    }

    fn is_observation(&self, key: &str) -> bool {
        [keys::TYPE, keys::OPENINFERENCE_KIND].contains(&key)
    }

    fn keeps_metrics(&self) -> bool {
        false
    }

    fn is_endpoint(&self, url: &str) -> bool {
        config::is_endpoint(url)
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &config::HEADERS
    }

    fn baggage_names(&self) -> Option<&'static BaggageNames> {
        Some(&baggage::NAMES)
    }

    fn check_environment_name(&self, setting: &str, name: &str) -> Result<(), ConfigError> {
        settings::check_environment(setting, name)
    }

    fn settings(&self) -> &'static [&'static Row] {
        settings::SETTINGS
    }

    fn variables(&self, environment: &Environment) -> Result<Variables, ConfigError> {
        Variables::from_environment(environment)
    }

    fn account(&self, credentials: Credentials) -> Result<Arc<dyn Account>, ConfigError> {
        let config = LangfuseConfig::new(
            credentials.public_key,
            credentials.secret_key,
            credentials.base_url.as_deref(),
        )?;
        Ok(Arc::new(Project::new(config, credentials.project_id)))
    }

    fn account_from_environment(&self, environment: &Environment) -> Result<Named, ConfigError> {
        if !settings::TRACING_ENABLED.resolve(None, environment)? {
            return Ok(Named::SwitchedOff);
        }
        let config = LangfuseConfig::from_environment(environment)?;
        Ok(config.map_or(Named::Nothing, |config| {
            Named::Account(Arc::new(Project::new(config, None)))
        }))
    }

    fn display_key(&self, key: &str) -> String {
        settings::displayed_key(key)
    }

    fn hint(&self) -> Option<&'static str> {
        Some(config::HINT)
    }
}
