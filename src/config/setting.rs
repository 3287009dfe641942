//! What a setting is: declared once, beside the code that reads it. How it is read, the tables in the
//! documentation, and the lists of a check-up follow from the declaration.

use super::environment::Environment;
use super::error::ConfigError;
use super::parser::Parser;

/// A setting whose value is a `T`.
pub(crate) struct Setting<T: 'static> {
    pub(crate) row: Row,
    parser: Parser<T>,
}

/// A row of the tables: what is known of a setting, whatever its type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// Variables with this meaning; the first that is set counts.
    pub(crate) names: &'static [&'static str],
    /// Variables of other rows, which count if none of `names` is set.
    general: &'static [&'static str],
    #[cfg_attr(not(test), expect(dead_code, reason = "for the documentation"))]
    pub(crate) meaning: &'static str,
    pub(crate) default: Default,
    /// Methods that set the same in code, which takes precedence.
    pub(crate) methods: &'static [&'static str],
    /// Whether it says which destinations there are.
    pub(crate) names_destination: bool,
    /// Whether it is read from the process only, by a library.
    pub(crate) of_process: bool,
    /// A value as it may be displayed.
    pub(crate) display: fn(&str) -> String,
}

/// What counts if a setting is not set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Default {
    /// Nothing.
    None,
    /// This value, written as in the variable.
    Value(&'static str),
    /// What this sentence says.
    Described(&'static str),
}

impl<T> Setting<T> {
    pub(crate) const fn new(
        names: &'static [&'static str],
        meaning: &'static str,
        parser: Parser<T>,
    ) -> Self {
        Self {
            row: Row {
                names,
                general: &[],
                meaning,
                default: Default::None,
                methods: &[],
                names_destination: false,
                of_process: false,
                display: parser.display,
            },
            parser,
        }
    }

    pub(crate) const fn general(mut self, names: &'static [&'static str]) -> Self {
        self.row.general = names;
        self
    }

    pub(crate) const fn default(mut self, value: &'static str) -> Self {
        self.row.default = Default::Value(value);
        self
    }

    pub(crate) const fn described_default(mut self, sentence: &'static str) -> Self {
        self.row.default = Default::Described(sentence);
        self
    }

    pub(crate) const fn methods(mut self, methods: &'static [&'static str]) -> Self {
        self.row.methods = methods;
        self
    }

    pub(crate) const fn names_destination(mut self) -> Self {
        self.row.names_destination = true;
        self
    }

    pub(crate) const fn of_process(mut self) -> Self {
        self.row.of_process = true;
        self
    }

    /// The value of the first variable that is set.
    pub(crate) fn read(&self, environment: &Environment) -> Result<Option<T>, ConfigError> {
        Ok(self.read_named(environment)?.map(|(_, value)| value))
    }

    /// The value of the first variable that is set, and which one that is.
    pub(crate) fn read_named(
        &self,
        environment: &Environment,
    ) -> Result<Option<(&'static str, T)>, ConfigError> {
        let names = self.row.names.iter().chain(self.row.general);
        let mut set = names.filter_map(|name| Some((*name, environment.get(name)?)));
        set.next()
            .map(|(name, value)| Ok((name, self.parser.parse(name, &value)?)))
            .transpose()
    }

    /// What the code says, else the environment.
    pub(crate) fn choose(
        &self,
        in_code: Option<T>,
        environment: &Environment,
    ) -> Result<Option<T>, ConfigError> {
        match in_code {
            Some(value) => Ok(Some(value)),
            None => self.read(environment),
        }
    }

    /// What the code says, else the environment, else the default.
    pub(crate) fn resolve(
        &self,
        in_code: Option<T>,
        environment: &Environment,
    ) -> Result<T, ConfigError> {
        match self.choose(in_code, environment)? {
            Some(value) => Ok(value),
            None => self.default_value(),
        }
    }

    fn default_value(&self) -> Result<T, ConfigError> {
        let value = match self.row.default {
            Default::Value(value) => value,
            Default::None | Default::Described(_) => "",
        };
        let name = self.row.names.first().copied().unwrap_or_default();
        self.parser.parse(name, value)
    }
}

impl Row {
    pub(crate) fn is_set(&self, environment: &Environment) -> bool {
        self.names
            .iter()
            .any(|name| environment.get(name).is_some())
    }
}
