//! What Langfuse's variables say besides address and keys.
//!
//! Names and meanings are those of Langfuse's own SDKs (Python 5), so that a deployment's variables
//! serve both; only the timeout's default is longer. What belongs to the process goes to the
//! resource, whoever the destination is; what belongs to the delivery counts for destinations that
//! speak to Langfuse, directly or through a collector.

use super::config::{BASE_URL, HOST, PUBLIC_KEY, SECRET_KEY, TRACING_ENABLED};
use crate::backends::backend::{Delivery, Variables};
use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::settings::Setting;

const ENVIRONMENT: &str = "LANGFUSE_TRACING_ENVIRONMENT";
const RELEASE: &str = "LANGFUSE_RELEASE";
const SAMPLE_RATE: &str = "LANGFUSE_SAMPLE_RATE";
const TIMEOUT: &str = "LANGFUSE_TIMEOUT";
const FLUSH_AT: &str = "LANGFUSE_FLUSH_AT";
const FLUSH_INTERVAL: &str = "LANGFUSE_FLUSH_INTERVAL";
const DEBUG: &str = "LANGFUSE_DEBUG";
const FUNCTION_CONTENT: &str = "LANGFUSE_OBSERVE_DECORATOR_IO_CAPTURE_ENABLED";

/// Where the platforms that build and run programs say which commit it is, in the SDKs' order.
const COMMITS: &[&str] = &[
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
];

/// The longest name of an environment that the server takes.
const ENVIRONMENT_LIMIT: usize = 40;

pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        names: &[PUBLIC_KEY, SECRET_KEY],
        meaning: "the project's keys; both or neither",
        default: "–",
        in_code: "`Destination::langfuse`",
    },
    Setting {
        names: &[BASE_URL, HOST],
        meaning: "Langfuse's address; the first counts",
        default: "`https://cloud.langfuse.com`",
        in_code: "`Destination::with_base_url`",
    },
    Setting {
        names: &[TRACING_ENABLED],
        meaning: "`false` switches Langfuse off",
        default: "`true`",
        in_code: "–",
    },
    Setting {
        names: &[ENVIRONMENT],
        meaning: "where the program runs, such as `production`: lower-case letters, digits, `-` and `_`",
        default: "–",
        in_code: "`with_environment_name`",
    },
    Setting {
        names: &[RELEASE],
        meaning: "which release of the program runs",
        default: "the next row",
        in_code: "`with_release`",
    },
    Setting {
        names: COMMITS,
        meaning: "the release unless one is named: the commit as the platform says it; the first that is set counts",
        default: "–",
        in_code: "`with_release`",
    },
    Setting {
        names: &[SAMPLE_RATE],
        meaning: "the share of traces that Langfuse gets, 0 to 1, always whole traces",
        default: "`1`",
        in_code: "`Destination::with_sample_rate`",
    },
    Setting {
        names: &[TIMEOUT],
        meaning: "seconds that a request to Langfuse may take",
        default: "`10`",
        in_code: "`Destination::with_timeout`",
    },
    Setting {
        names: &[FLUSH_AT],
        meaning: "spans after which a request to Langfuse is sent at once",
        default: "`512`",
        in_code: "`Destination::with_flush_at`",
    },
    Setting {
        names: &[FLUSH_INTERVAL],
        meaning: "seconds after which a request to Langfuse is sent anyway",
        default: "`1`",
        in_code: "`Destination::with_flush_interval`",
    },
    Setting {
        names: &[DEBUG],
        meaning: "`true`: says what is configured and what became of every request; never content, never keys",
        default: "`false`",
        in_code: "`with_debug`",
    },
    Setting {
        names: &[FUNCTION_CONTENT],
        meaning: "`false`: arguments and results of functions go nowhere (messages of model calls still do)",
        default: "`true`",
        in_code: "`with_function_content`",
    },
];

impl Variables {
    /// What Langfuse's variables say.
    pub(super) fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
        let name = environment.get(ENVIRONMENT);
        if let Some(name) = &name {
            check_environment(ENVIRONMENT, name)?;
        }
        let timeout = environment.seconds(TIMEOUT)?;
        if timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Err(ConfigError::invalid(
                TIMEOUT,
                "0",
                "a number of seconds above zero, such as `10`",
            ));
        }
        Ok(Self {
            environment_name: name,
            release: environment
                .get(RELEASE)
                .or_else(|| environment.first(COMMITS).map(|(_, commit)| commit)),
            debug: environment.switch(DEBUG)?,
            function_content: environment.switch(FUNCTION_CONTENT)?,
            delivery: Delivery {
                sample_rate: environment.share(SAMPLE_RATE)?,
                timeout,
                flush_at: environment.parsed(
                    FLUSH_AT,
                    "a whole number of spans above zero, such as `512`",
                    |value| value.parse().ok().filter(|spans| *spans > 0),
                )?,
                flush_interval: environment.seconds(FLUSH_INTERVAL)?,
            },
        })
    }
}

/// Refuses a name that the server would replace by `default`.
pub(crate) fn check_environment(setting: &str, name: &str) -> Result<(), ConfigError> {
    let is_word = !name.is_empty()
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
    if is_word && name.len() <= ENVIRONMENT_LIMIT && !name.starts_with("langfuse") {
        return Ok(());
    }
    Err(ConfigError::invalid(
        setting,
        name,
        "at most 40 lower-case letters, digits, `-` and `_`, and not begin with `langfuse`",
    ))
}
