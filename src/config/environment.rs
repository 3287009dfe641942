//! Environment variables, of the process or given in code.
//!
//! A variable that is empty counts as not set, as OpenTelemetry's specification says.

use std::collections::BTreeMap;
use std::fmt;

/// Variables, of the process or given in code.
#[derive(Clone, Default)]
pub(crate) enum Environment {
    #[default]
    Process,
    Given(BTreeMap<String, String>),
}

impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The values stay out: keys are among them.
        match self {
            Self::Process => formatter.write_str("Process"),
            Self::Given(variables) => formatter
                .debug_tuple("Given")
                .field(&variables.keys())
                .finish(),
        }
    }
}

impl Environment {
    /// The value of a variable without surrounding white space; `None` if it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let value = match self {
            Self::Process => std::env::var(name).ok()?,
            Self::Given(variables) => variables.get(name)?.clone(),
        };
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }
}
