//! Everything that this crate knows about Langfuse: how its server reads spans.
//!
//! The only room that says its name. [`map`] and [`resource()`] are pure and independent of the
//! endpoint, so they serve a collector in front of Langfuse as well. The facts were read in the
//! server's source and checked by running it; a newer server is a change in [`keys`] first.

mod attributes;
pub(crate) mod baggage;
mod config;
mod examine;
mod input_output;
mod json;
mod keys;
mod kind;
mod mapping;
mod messages;
mod parameters;
mod parts;
mod project;
mod resource;
mod settings;
mod trace;
mod usage;

#[cfg(feature = "metrics")]
pub(crate) use config::is_endpoint;
pub(crate) use config::{FromEnvironment, HINT, LangfuseConfig, NAME};
pub(crate) use examine::{REGIONS, Region, examine, has_key, names_destination, shown_key};
pub(crate) use keys::{is_content, is_error_text, is_kind, is_metadata};
pub(crate) use mapping::{MappingSettings, map};
pub(crate) use project::Project;
pub(crate) use resource::resource;
pub(crate) use settings::{Delivery, SETTINGS, Settings, check_environment};

#[cfg(test)]
mod tests;
