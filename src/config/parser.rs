//! How the values of settings are written, and read.
//!
//! A value that cannot be understood is an error that names the setting, never silently replaced by a
//! default.

use std::str::FromStr;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};

use super::display;
use super::error::ConfigError;
use super::secret::Secret;

/// How a kind of value is read and displayed.
pub(crate) struct Parser<T> {
    /// What the value should be, for people: "it should be …".
    expected: &'static str,
    read: fn(&str) -> Option<T>,
    /// A value as it may be displayed, right or wrong.
    pub(super) display: fn(&str) -> String,
}

impl<T> Parser<T> {
    pub(crate) const fn new(expected: &'static str, read: fn(&str) -> Option<T>) -> Self {
        Self {
            expected,
            read,
            display: display::text,
        }
    }

    pub(crate) const fn displayed_by(mut self, display: fn(&str) -> String) -> Self {
        self.display = display;
        self
    }

    /// Reads the value of a variable, or what a method was given.
    pub(crate) fn parse(&self, setting: &str, value: &str) -> Result<T, ConfigError> {
        (self.read)(value).ok_or_else(|| {
            ConfigError::invalid_displayed(setting, (self.display)(value), self.expected)
        })
    }
}

pub(crate) const fn text() -> Parser<String> {
    Parser::new("text", |value| Some(value.to_owned()))
}

pub(crate) const fn secret() -> Parser<Secret> {
    Parser::new("a secret", |value| Some(Secret::new(value))).displayed_by(display::secret)
}

pub(crate) const fn switch() -> Parser<bool> {
    Parser::new("`true` or `false`", read_switch)
}

pub(crate) fn read_switch(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Whatever `T` reads; `expected` says what that is.
pub(crate) const fn number<T: FromStr>(expected: &'static str) -> Parser<T> {
    Parser::new(expected, |value| value.parse().ok())
}

/// Seconds, also in fractions.
pub(crate) const fn seconds() -> Parser<Duration> {
    Parser::new("a number of seconds, such as `10` or `0.5`", read_seconds)
}

/// Seconds, also in fractions, but not zero.
pub(crate) const fn positive_seconds() -> Parser<Duration> {
    Parser::new("a number of seconds above zero, such as `10`", |value| {
        read_seconds(value).filter(|duration| !duration.is_zero())
    })
}

fn read_seconds(value: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(value.parse().ok()?).ok()
}

/// Whole milliseconds, but not zero.
pub(crate) const fn milliseconds() -> Parser<Duration> {
    Parser::new(
        "a whole number of milliseconds above zero, such as `10000`",
        |value| {
            let milliseconds = value.parse().ok().filter(|number| *number > 0);
            milliseconds.map(Duration::from_millis)
        },
    )
}

/// A share between none and all.
pub(crate) const fn share() -> Parser<f64> {
    Parser::new("a number between 0 and 1, such as `0.1`", |value| {
        let share = value.parse().ok();
        share.filter(|share| (0.0..=1.0).contains(share))
    })
}

const ADDRESS: &str =
    "an address with its scheme, such as `https://example.com` or `http://localhost:4318`";

/// An address with the scheme http or https, and a host.
pub(crate) const fn url() -> Parser<Url> {
    Parser::new(ADDRESS, read_url).displayed_by(display::address)
}

/// The same, as it was written: a path may be added to it.
pub(crate) const fn url_text() -> Parser<String> {
    Parser::new(ADDRESS, |value| read_url(value).map(|_| value.to_owned()))
        .displayed_by(display::address)
}

fn read_url(value: &str) -> Option<Url> {
    let url = Url::parse(value).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// `key=value,key=value` with percent-encoded values, as OpenTelemetry writes pairs.
pub(crate) const fn pairs() -> Parser<Vec<(String, String)>> {
    Parser::new(
        "pairs such as `key=value,other=value` with percent-encoded values",
        read_pairs,
    )
}

/// Pairs that are HTTP headers. Nothing of them is displayed: a value may be a credential, and so may
/// be what stands in the place of a name, as in `Authorization: Basic c2VjcmV0=`.
pub(crate) const fn headers() -> Parser<Vec<(String, Secret)>> {
    Parser::new(
        "HTTP headers such as `name=value,other=value`, with values in ASCII, percent-encoded",
        |value| {
            let pairs = read_pairs(value)?.into_iter().map(|(name, value)| {
                header(&name, &value)?;
                Some((name, Secret::new(value)))
            });
            pairs.collect()
        },
    )
    .displayed_by(display::secret)
}

/// A header whose value is marked as sensitive; `None` if it cannot be one.
pub(crate) fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let mut value: HeaderValue = value.parse().ok()?;
    value.set_sensitive(true);
    Some((name.parse().ok()?, value))
}

fn read_pairs(value: &str) -> Option<Vec<(String, String)>> {
    let pairs = value.split(',').filter(|pair| !pair.trim().is_empty());
    let pairs = pairs.map(|pair| {
        let (key, value) = pair.split_once('=')?;
        let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
        let key = key.trim();
        (!key.is_empty()).then(|| (key.to_owned(), value.into_owned()))
    });
    pairs.collect()
}
