//! Environment variables, of the process or given in code.
//!
//! A variable that is empty counts as not set, as OpenTelemetry's specification says. Quotes around a value
//! are not part of it: files of variables are read by programs that keep them.

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
    /// The value of a variable without surrounding white space and quotes; `None` if it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let value = match self {
            Self::Process => std::env::var(name).ok()?,
            Self::Given(variables) => variables.get(name)?.clone(),
        };
        let value = unquoted(value.trim());
        (!value.is_empty()).then(|| value.to_owned())
    }
}

fn unquoted(value: &str) -> &str {
    let inside = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    inside('"')
        .or_else(|| inside('\''))
        .map_or(value, str::trim)
}

#[cfg(test)]
mod tests {
    use super::Environment;

    #[test]
    fn quotes_and_white_space_around_a_value_are_no_part_of_it() {
        for (value, expected) in [
            ("pk-lf-1", Some("pk-lf-1")),
            (" \"pk-lf-1\" ", Some("pk-lf-1")),
            ("'a b'", Some("a b")),
            ("\"", Some("\"")),
            ("\"a'", Some("\"a'")),
            ("a=\"b\"", Some("a=\"b\"")),
            ("\"\"", None),
            ("  ", None),
        ] {
            let variables = [("NAME".to_owned(), value.to_owned())];
            let environment = Environment::Given(variables.into());
            assert_eq!(environment.get("NAME").as_deref(), expected, "{value}");
        }
    }
}
