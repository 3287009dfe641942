//! What was set in code, as text for people.

use std::fmt;

use super::display;

/// The methods of a builder that were called, and what they were given. Contract: no secret is put in.
#[derive(Clone, Debug, Default)]
pub(crate) struct InCode(Vec<CodeSetting>);

/// A call of a builder's method.
#[derive(Clone, Debug)]
pub(crate) struct CodeSetting {
    pub(crate) method: &'static str,
    pub(crate) value: String,
    /// Whether variables of the same meaning do not count.
    pub(crate) replaces: bool,
}

impl InCode {
    /// A method whose last call counts, and beats variables.
    pub(crate) fn set(&mut self, method: &'static str, value: impl fmt::Display) {
        self.0.retain(|setting| setting.method != method);
        self.push(method, display::redacted(&value.to_string()), true);
    }

    /// The same of a method that was given an address.
    pub(crate) fn set_address(&mut self, method: &'static str, value: &str) {
        self.0.retain(|setting| setting.method != method);
        self.push(method, display::address(value), true);
    }

    /// A method all of whose calls count, beside variables.
    pub(crate) fn add(&mut self, method: &'static str, value: impl fmt::Display) {
        self.push(method, value.to_string(), false);
    }

    fn push(&mut self, method: &'static str, value: String, replaces: bool) {
        self.0.push(CodeSetting {
            method,
            value,
            replaces,
        });
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &CodeSetting> {
        self.0.iter()
    }
}
