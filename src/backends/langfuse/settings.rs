//! Langfuse's variables.
//!
//! Names and meanings are those of Langfuse's own SDKs (Python 5), so that a deployment's variables
//! serve both; only the timeout's default is longer. Those about the process go to the resource, whatever
//! the destinations are; those about the delivery count for destinations with Langfuse's mapping, also
//! through a collector.

use std::time::Duration;

use crate::backends::backend::{Delivery, Variables};
use crate::config::display;
use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::parser;
use crate::config::parser::Parser;
use crate::config::secret::Secret;
use crate::config::setting::{Row, Setting};

/// Variables of the keys: the public one, the secret one.
pub(crate) const KEY_NAMES: [&str; 2] = ["LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"];
/// The European cloud, as in Langfuse's own SDKs.
pub(crate) const DEFAULT_BASE_URL: &str = "https://cloud.langfuse.com";

/// The longest name of an environment that the server takes.
const ENVIRONMENT_LIMIT: usize = 40;

pub(crate) static PUBLIC_KEY: Setting<String> = Setting::new(
    &[KEY_NAMES[0]],
    "the project's public key",
    parser::text().displayed_by(displayed_key),
)
.methods(&["Destination::langfuse"])
.names_destination();

pub(crate) static SECRET_KEY: Setting<Secret> = Setting::new(
    &[KEY_NAMES[1]],
    "the project's secret key; both keys or neither",
    parser::secret(),
)
.methods(&["Destination::langfuse"])
.names_destination();

pub(crate) static BASE_URL: Setting<String> = Setting::new(
    &["LANGFUSE_BASE_URL", "LANGFUSE_HOST"],
    "Langfuse's address; the first counts",
    parser::url_text(),
)
.default(DEFAULT_BASE_URL)
.methods(&["Destination::with_base_url"])
.names_destination();

pub(crate) static TRACING_ENABLED: Setting<bool> = Setting::new(
    &["LANGFUSE_TRACING_ENABLED"],
    "`false` switches Langfuse off",
    parser::switch(),
)
.default("true")
.names_destination();

static ENVIRONMENT: Setting<String> = Setting::new(
    &["LANGFUSE_TRACING_ENVIRONMENT"],
    "where the program runs, such as `production`: lower-case letters, digits, `-` and `_`",
    environment_name(),
)
.methods(&["with_deployment_environment"]);

/// Platforms that build and run programs provide the commit, in variables that the SDKs read in this
/// order.
static RELEASE: Setting<String> = Setting::new(
    &[
        "LANGFUSE_RELEASE",
        "RENDER_GIT_COMMIT",
        "CI_COMMIT_SHA",
        "CIRCLE_SHA1",
        "SOURCE_VERSION",
        "TRAVIS_COMMIT",
        "GIT_COMMIT",
        "GITHUB_SHA",
        "BITBUCKET_COMMIT",
        "BUILD_SOURCEVERSION",
        "DRONE_COMMIT_SHA",
    ],
    "the release of the program: the first that is set counts; all but the first are the commit, set by \
     the platform",
    // A commit's hash looks like a token.
    parser::text().displayed_by(display::redacted),
)
.methods(&["with_release"]);

static SAMPLE_RATE: Setting<f64> = Setting::new(
    &["LANGFUSE_SAMPLE_RATE"],
    "the share of traces that Langfuse gets, 0 to 1, always whole traces",
    parser::share(),
)
.default("1")
.methods(&["Destination::with_sample_rate"]);

pub(super) static TIMEOUT: Setting<Duration> = Setting::new(
    &["LANGFUSE_TIMEOUT"],
    "seconds that a request to Langfuse may take",
    parser::positive_seconds(),
)
.default("10")
.methods(&["Destination::with_timeout"]);

static FLUSH_AT: Setting<usize> = Setting::new(
    &["LANGFUSE_FLUSH_AT"],
    "spans after which a request to Langfuse is sent at once",
    Parser::new(
        "a whole number of spans above zero, such as `512`",
        |value| value.parse().ok().filter(|spans| *spans > 0),
    ),
)
.default("512")
.methods(&["Destination::with_flush_at"]);

static FLUSH_INTERVAL: Setting<Duration> = Setting::new(
    &["LANGFUSE_FLUSH_INTERVAL"],
    "seconds after which a request to Langfuse is sent anyway",
    parser::seconds(),
)
.default("1")
.methods(&["Destination::with_flush_interval"]);

static DEBUG: Setting<bool> = Setting::new(
    &["LANGFUSE_DEBUG"],
    "`true`: logs what is configured and what became of every request; never content, never keys",
    parser::switch(),
)
.default("false")
.methods(&["with_debug"]);

static FUNCTION_CONTENT: Setting<bool> = Setting::new(
    &["LANGFUSE_OBSERVE_DECORATOR_IO_CAPTURE_ENABLED"],
    "`false`: arguments and results of functions are not sent (messages of model calls still are)",
    parser::switch(),
)
.default("true")
.methods(&["with_function_content"]);

pub(crate) static SETTINGS: &[&Row] = &[
    &PUBLIC_KEY.row,
    &SECRET_KEY.row,
    &BASE_URL.row,
    &TRACING_ENABLED.row,
    &ENVIRONMENT.row,
    &RELEASE.row,
    &SAMPLE_RATE.row,
    &TIMEOUT.row,
    &FLUSH_AT.row,
    &FLUSH_INTERVAL.row,
    &DEBUG.row,
    &FUNCTION_CONTENT.row,
];

impl Variables {
    /// Reads Langfuse's variables.
    pub(super) fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            environment_name: ENVIRONMENT.read(environment)?,
            release: RELEASE.read(environment)?,
            debug: DEBUG.read(environment)?,
            function_content: FUNCTION_CONTENT.read(environment)?,
            delivery: Delivery {
                sample_rate: SAMPLE_RATE.read(environment)?,
                timeout: TIMEOUT.read(environment)?,
                flush_at: FLUSH_AT.read(environment)?,
                flush_interval: FLUSH_INTERVAL.read(environment)?,
            },
        })
    }
}

/// Refuses a name that the server would replace by `default`.
pub(crate) fn check_environment(setting: &str, name: &str) -> Result<(), ConfigError> {
    environment_name().parse(setting, name).map(|_| ())
}

const fn environment_name() -> Parser<String> {
    Parser::new(
        "at most 40 lower-case letters, digits, `-` and `_`, and not begin with `langfuse`",
        |name| {
            let is_word = name
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
            let is_name = !name.is_empty()
                && is_word
                && name.len() <= ENVIRONMENT_LIMIT
                && !name.starts_with("langfuse");
            is_name.then(|| name.to_owned())
        },
    )
}

/// What may be displayed of a public key: its prefix, if it has the right one, and its end.
pub(crate) fn displayed_key(key: &str) -> String {
    const PREFIX: &str = "pk-lf-";
    match key.strip_prefix(PREFIX) {
        Some(rest) if rest.chars().count() >= 8 => {
            let last: Vec<char> = rest.chars().rev().take(4).collect();
            let last: String = last.into_iter().rev().collect();
            format!("{PREFIX}…{last}")
        }
        _ => format!("(not shown, {} characters)", key.chars().count()),
    }
}
