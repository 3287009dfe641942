//! The resource of a Langfuse destination: environment, release and version under the names that
//! the server reads there.
//!
//! Pure, and done once a destination. Neutral names are consumed, the user's own stay.

use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::Resource;

use super::keys;
use super::trace::environment;
use crate::backends::backend::MapOptions;
use crate::conventions;
use crate::conventions::trace;

const CONSUMED: &[&str] = &[trace::ENVIRONMENT, trace::RELEASE, trace::VERSION];

/// The same resource with the environment in the server's alphabet and a release. The version of
/// the service is the release unless one was named. Its metadata tab repeats the resource on every observation,
/// so the SDK's name and a translated environment stay only on request.
pub(crate) fn resource(resource: &Resource, options: MapOptions) -> Resource {
    let get = |key: &'static str| resource.get_ref(&Key::from_static_str(key));
    let mut attributes: Vec<KeyValue> = resource
        .iter()
        .filter(|(key, _)| !CONSUMED.contains(&key.as_str()))
        .map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
        .collect();
    if get(keys::ENVIRONMENT).is_none() {
        let name = get(trace::ENVIRONMENT)
            .or_else(|| get(conventions::DEPLOYMENT_ENVIRONMENT_NAME))
            .and_then(|value| environment(&value.as_str()));
        attributes.extend(name.map(|name| KeyValue::new(keys::ENVIRONMENT, name)));
    }
    let is_environment = |one: &KeyValue| one.key.as_str() == keys::ENVIRONMENT;
    let has_environment = attributes.iter().any(is_environment);
    if get(keys::RELEASE).is_none() {
        let release = get(trace::RELEASE)
            .or_else(|| get(conventions::SERVICE_VERSION))
            .filter(|value| !value.as_str().is_empty())
            .map(|value| Value::from(value.as_str().into_owned()));
        attributes.extend(release.map(|release| KeyValue::new(keys::RELEASE, release)));
    }
    if get(conventions::SERVICE_VERSION).is_none() {
        let version = get(trace::VERSION).cloned();
        attributes
            .extend(version.map(|version| KeyValue::new(conventions::SERVICE_VERSION, version)));
    }
    if !options.keep_translated {
        attributes.retain(|one| {
            let key = one.key.as_str();
            let is_translated = key == conventions::DEPLOYMENT_ENVIRONMENT_NAME && has_environment;
            !is_translated && !key.starts_with(conventions::TELEMETRY_SDK_PREFIX)
        });
    }
    let builder = Resource::builder_empty();
    match resource.schema_url() {
        Some(url) => builder.with_schema_url(attributes, url.to_owned()),
        None => builder.with_attributes(attributes),
    }
    .build()
}
