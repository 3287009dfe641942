//! Particular backends: a folder or a file each, and the list of them.
//!
//! A new backend is an implementation of [`Backend`], a line in [`ALL`], and a variant of the public
//! `Mapping`.

mod backend;
pub(crate) mod checkup;
pub(crate) mod conventional;
mod langfuse;
mod openinference;

use std::sync::Arc;

pub(crate) use backend::{Account, Backend, Credentials, Delivery, MapOptions, Named, Variables};

use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::setting::Row;
use crate::model::BaggageNames;

pub(crate) const LANGFUSE: &dyn Backend = &langfuse::Langfuse;
pub(crate) const OPEN_INFERENCE: &dyn Backend = &openinference::OpenInference;

/// Every backend.
const ALL: [&dyn Backend; 2] = [LANGFUSE, OPEN_INFERENCE];

/// The names that [`named`] finds, for errors.
pub(crate) const MAPPINGS: &str =
    "`openinference` (Arize Phoenix) or `langfuse` (MLflow, collectors in front of Langfuse)";
/// The same for the table of settings.
pub(crate) const MAPPING_MEANING: &str = "whose attributes that backend gets besides the GenAI conventions: `openinference` (Arize Phoenix) or \
     `langfuse` (MLflow, collectors in front of Langfuse)";

/// The backend of this name.
pub(crate) fn named(name: &str) -> Option<&'static dyn Backend> {
    ALL.into_iter()
        .find(|backend| backend.name().eq_ignore_ascii_case(name))
}

/// Whether an attribute of any backend's is content.
pub(crate) fn is_content(key: &str) -> bool {
    ALL.iter().any(|backend| backend.is_content(key))
}

/// Whether an attribute of any backend's is metadata or tags.
pub(crate) fn is_metadata(key: &str) -> bool {
    ALL.iter().any(|backend| backend.is_metadata(key))
}

/// Whether an attribute of any backend's explains what went wrong.
pub(crate) fn is_error_text(key: &str) -> bool {
    ALL.iter().any(|backend| backend.is_error_text(key))
}

/// Whether an attribute of any backend's makes an observation of a span.
pub(crate) fn is_observation(key: &str) -> bool {
    ALL.iter().any(|backend| backend.is_observation(key))
}

/// The backend that this address is known to belong to.
pub(crate) fn at(url: &str) -> Option<&'static dyn Backend> {
    ALL.into_iter().find(|backend| backend.is_endpoint(url))
}

/// The backend whose attributes a server reads, and the server's name, as the headers of its answers tell.
pub(crate) fn of_server<'a>(
    headers: impl Iterator<Item = &'a str>,
) -> Option<(&'static dyn Backend, &'static str)> {
    let found = headers.flat_map(|header| {
        ALL.into_iter()
            .filter_map(move |backend| Some((backend, backend.server_by(header)?)))
    });
    found.into_iter().next()
}

/// The names of the backends that discard metrics.
pub(crate) fn that_discard_metrics() -> String {
    let names = ALL.iter().filter(|backend| !backend.keeps_metrics());
    let names: Vec<_> = names.map(|backend| backend.name()).collect();
    names.join(" or ")
}

/// The names under which a trace's attributes travel in W3C baggage.
pub(crate) fn baggage_names() -> Option<&'static BaggageNames> {
    ALL.iter().find_map(|backend| backend.baggage_names())
}

/// Refuses the name of an environment that one of the backends would replace.
pub(crate) fn check_environment_name(setting: &str, name: &str) -> Result<(), ConfigError> {
    ALL.iter()
        .try_for_each(|backend| backend.check_environment_name(setting, name))
}

/// The settings of every backend.
pub(crate) fn settings() -> impl Iterator<Item = &'static Row> {
    let rows = ALL.into_iter().flat_map(|backend| backend.settings());
    rows.copied()
}

/// The backends' variables about the process, whatever its destinations.
pub(crate) fn variables(environment: &Environment) -> Result<Variables, ConfigError> {
    ALL.iter().try_fold(Variables::default(), |known, backend| {
        Ok(known.or(backend.variables(environment)?))
    })
}

/// An account of a backend.
type BackendAccount = (&'static dyn Backend, Arc<dyn Account>);

/// The accounts that the environment names, and whether it switches a backend off.
pub(crate) fn accounts(
    environment: &Environment,
) -> Result<(Vec<BackendAccount>, bool), ConfigError> {
    let mut accounts = Vec::new();
    let mut is_switched_off = false;
    for backend in ALL {
        match backend.account_from_environment(environment)? {
            Named::Nothing => {}
            Named::SwitchedOff => is_switched_off = true,
            Named::Account(account) => accounts.push((backend, account)),
        }
    }
    Ok((accounts, is_switched_off))
}

/// The advice for a process that has configured nothing.
pub(crate) fn hint() -> &'static str {
    ALL.iter()
        .find_map(|backend| backend.hint())
        .unwrap_or("name a destination")
}
