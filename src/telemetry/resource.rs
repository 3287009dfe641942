//! The resource: the name of the process, its deployment environment, its release.
//!
//! Code takes precedence over the variables of backends, and these over OpenTelemetry's. Attributes have
//! the names of the conventions, else neutral ones; a destination's mapping translates its own copy.

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{ResourceDetector, TelemetryResourceDetector};

use crate::backends;
use crate::backends::Variables;
use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::parser;
use crate::config::setting::{Row, Setting};
use crate::conventions;
use crate::conventions::trace;

static SERVICE_NAME: Setting<String> = Setting::new(
    &["OTEL_SERVICE_NAME"],
    "the name of this program in traces",
    parser::text(),
)
.described_default("`unknown_service:<program>`")
.methods(&["with_service_name"]);

static ATTRIBUTES: Setting<Vec<(String, String)>> = Setting::new(
    &["OTEL_RESOURCE_ATTRIBUTES"],
    "more about this program, as `key=value,…`, percent-encoded",
    parser::pairs(),
)
.methods(&["with_resource_attribute"]);

pub(super) static SETTINGS: &[&Row] = &[&SERVICE_NAME.row, &ATTRIBUTES.row];

/// What is set in code about the process.
#[derive(Clone, Debug, Default)]
pub(super) struct Process {
    pub(super) service_name: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) release: Option<String>,
    pub(super) attributes: Vec<KeyValue>,
}

impl Process {
    pub(super) fn resource(
        &self,
        variables: &Environment,
        of_backends: &Variables,
    ) -> Result<Resource, ConfigError> {
        if let Some(name) = &self.environment {
            let method = "TelemetryBuilder::with_deployment_environment";
            backends::check_environment_name(method, name)?;
        }
        let pairs = ATTRIBUTES.read(variables)?.unwrap_or_default();
        let pairs = pairs.into_iter();
        let mut attributes: Vec<_> = pairs
            .map(|(key, value)| KeyValue::new(key, value))
            .collect();
        if let Some(name) = SERVICE_NAME.read(variables)? {
            attributes.push(KeyValue::new(conventions::SERVICE_NAME, name));
        }
        attributes.extend(self.environment(&attributes, of_backends));
        let release = self.release.as_ref().or(of_backends.release.as_ref());
        attributes.extend(release.map(|release| KeyValue::new(trace::RELEASE, release.clone())));
        attributes.extend(self.attributes.iter().cloned());
        if let Some(name) = &self.service_name {
            attributes.push(KeyValue::new(conventions::SERVICE_NAME, name.clone()));
        }
        if !has(&attributes, conventions::SERVICE_NAME) {
            attributes.push(KeyValue::new(conventions::SERVICE_NAME, unknown_service()));
        }
        let builder = Resource::builder_empty()
            .with_detector(Box::new(TelemetryResourceDetector) as Box<dyn ResourceDetector>);
        Ok(builder.with_attributes(attributes).build())
    }

    /// The deployment environment, under the name of the convention. If an attribute of the same source
    /// already has that name, it stays for other backends, and this one gets a neutral name.
    fn environment(&self, of_variables: &[KeyValue], of_backends: &Variables) -> Option<KeyValue> {
        let key = conventions::DEPLOYMENT_ENVIRONMENT_NAME;
        let in_code = has(&self.attributes, key);
        let (name, is_taken) = match (&self.environment, &of_backends.environment_name) {
            (Some(name), _) => (name, in_code),
            (None, Some(name)) if !in_code => (name, has(of_variables, key)),
            _ => return None,
        };
        let key = if is_taken { trace::ENVIRONMENT } else { key };
        Some(KeyValue::new(key, name.clone()))
    }
}

fn has(attributes: &[KeyValue], key: &str) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.key.as_str() == key)
}

/// The name that OpenTelemetry's specification gives a service without one.
fn unknown_service() -> String {
    std::env::current_exe()
        .ok()
        .as_deref()
        .and_then(|path| path.file_name()?.to_str())
        .map_or_else(
            || "unknown_service".to_owned(),
            |name| format!("unknown_service:{name}"),
        )
}
