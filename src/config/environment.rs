//! Environment variables: where they come from and how each form of value is read.
//!
//! A variable that is empty counts as not set, as OpenTelemetry's specification says. A value that
//! cannot be understood is an error that names the variable, never silently replaced by a default.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::error::ConfigError;
use super::settings::variable;

/// What [`variable::CONSOLE`] can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConsoleSwitch {
    Off,
    On,
    /// Also where standard error is no terminal.
    WithContent,
}

/// Variables, of the process or given by hand.
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

    /// The first of several variables that is set, with its name.
    pub(crate) fn first<'n>(&self, names: &[&'n str]) -> Option<(&'n str, String)> {
        names
            .iter()
            .find_map(|&name| self.get(name).map(|value| (name, value)))
    }

    /// A switch.
    pub(crate) fn switch(&self, name: &str) -> Result<Option<bool>, ConfigError> {
        self.get(name)
            .map(|value| match value.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Ok(true),
                "false" | "0" | "no" | "off" => Ok(false),
                _ => Err(ConfigError::invalid(name, value, "`true` or `false`")),
            })
            .transpose()
    }

    /// Whether the terminal tree is wanted.
    pub(crate) fn console(&self) -> Result<Option<ConsoleSwitch>, ConfigError> {
        match self.get(variable::CONSOLE) {
            Some(value) if value.eq_ignore_ascii_case("content") => {
                Ok(Some(ConsoleSwitch::WithContent))
            }
            Some(value) => self
                .switch(variable::CONSOLE)
                .map(|switch| {
                    switch.map(|on| {
                        if on {
                            ConsoleSwitch::On
                        } else {
                            ConsoleSwitch::Off
                        }
                    })
                })
                .map_err(|_| {
                    ConfigError::invalid(variable::CONSOLE, value, "`on`, `off` or `content`")
                }),
            None => Ok(None),
        }
    }

    /// A value that `read` understands, or an error that says what is `expected`.
    pub(crate) fn parsed<T>(
        &self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        self.get(name)
            .map(|value| match read(&value) {
                Some(read) => Ok(read),
                None => Err(ConfigError::invalid(name, value, expected)),
            })
            .transpose()
    }

    /// A duration in seconds, also in fractions of them.
    pub(crate) fn seconds(&self, name: &str) -> Result<Option<Duration>, ConfigError> {
        self.parsed(
            name,
            "a number of seconds, such as `10` or `0.5`",
            |value| Duration::try_from_secs_f64(value.parse().ok()?).ok(),
        )
    }

    /// A share between none and all.
    pub(crate) fn share(&self, name: &str) -> Result<Option<f64>, ConfigError> {
        self.parsed(name, SHARE, |value| value.parse().ok().filter(is_share))
    }

    /// A duration in whole milliseconds.
    pub(crate) fn milliseconds(&self, names: &[&str]) -> Result<Option<Duration>, ConfigError> {
        self.first(names)
            .map(|(name, value)| match value.parse() {
                Ok(milliseconds) if milliseconds > 0 => Ok(Duration::from_millis(milliseconds)),
                _ => Err(ConfigError::invalid(
                    name,
                    value,
                    "a whole number of milliseconds above zero, such as `10000`",
                )),
            })
            .transpose()
    }
}

/// What a share should be.
const SHARE: &str = "a number between 0 (nothing) and 1 (everything), such as `0.1`";

fn is_share(share: &f64) -> bool {
    (0.0..=1.0).contains(share)
}

/// Checks a share that was given in code.
pub(crate) fn share(setting: &str, share: f64) -> Result<f64, ConfigError> {
    if is_share(&share) {
        Ok(share)
    } else {
        Err(ConfigError::invalid(setting, share.to_string(), SHARE))
    }
}

/// Reads an address: http or https, with a host.
pub(crate) fn url(setting: &str, value: &str) -> Result<Url, ConfigError> {
    let expected = "an address with its scheme, such as `https://example.com` or \
                    `http://localhost:4318`";
    let error = || ConfigError::invalid(setting, without_password(value), expected);
    let url = Url::parse(value).map_err(|_| error())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(error());
    }
    Ok(url)
}

/// An address in which a password or a token may stand, for showing.
pub(crate) fn without_password(value: &str) -> String {
    let (address, query) = match value.split_once('?') {
        Some((address, _)) => (address, "?…"),
        None => (value, ""),
    };
    match address.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}{query}"),
        None => format!("{address}{query}"),
    }
}

/// Reads `key=value,key=value` with percent-encoded values, as OpenTelemetry writes pairs.
/// `show` is false where values are secrets.
pub(crate) fn pairs(
    setting: &str,
    value: &str,
    show: bool,
) -> Result<Vec<(String, String)>, ConfigError> {
    let mut pairs = Vec::new();
    for pair in value.split(',').filter(|pair| !pair.trim().is_empty()) {
        let decoded = pair
            .split_once('=')
            .filter(|(key, _)| !key.trim().is_empty())
            .and_then(|(key, value)| {
                let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
                Some((key.trim().to_owned(), value.into_owned()))
            });
        match decoded {
            Some(pair) => pairs.push(pair),
            None => {
                return Err(ConfigError::invalid(
                    setting,
                    if show { value } else { "(secret)" },
                    "pairs such as `key=value,other=value` with percent-encoded values",
                ));
            }
        }
    }
    Ok(pairs)
}

/// Reads a header. Nothing of it is shown: its value may be a credential, and so may be what stands
/// in the place of a name, as in `Authorization: Basic c2VjcmV0=`.
pub(crate) fn header(
    headers: &mut HeaderMap,
    setting: &str,
    name: &str,
    value: &str,
) -> Result<(), ConfigError> {
    let header: HeaderName = name.parse().map_err(|_| {
        ConfigError::secret(setting, "`name=value` with the name of an HTTP header")
    })?;
    let mut value: HeaderValue = value
        .parse()
        .map_err(|_| ConfigError::secret(setting, "visible ASCII text as a header's value"))?;
    value.set_sensitive(true);
    headers.insert(header, value);
    Ok(())
}
