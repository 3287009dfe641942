//! stub
pub(crate) mod config;
pub(crate) use config::{FromEnvironment, HINT, LangfuseConfig, NAME};
#[derive(Default)]
pub(crate) struct MappingSettings;
pub(crate) fn map(_: &mut opentelemetry_sdk::trace::SpanData, _: &MappingSettings) {}
pub(crate) fn resource(r: &opentelemetry_sdk::Resource) -> opentelemetry_sdk::Resource {
    r.clone()
}
