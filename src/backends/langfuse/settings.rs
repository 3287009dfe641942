//! What Langfuse's variables say besides address and keys.
//!
//! Names and meanings are those of Langfuse's own SDKs (Python 5), so that a deployment's variables
//! serve both; only the timeout's default is longer. What belongs to the process goes to the
//! resource, whoever the destination is; what belongs to the delivery counts for destinations that
//! speak to Langfuse, directly or through a collector.

use std::time::Duration;

use super::config::{BASE_URL, HOST, PUBLIC_KEY, SECRET_KEY, TRACING_ENABLED};
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

/// What the variables say; `None` where they say nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Where the program runs; checked.
    pub(crate) environment: Option<String>,
    /// Which release runs.
    pub(crate) release: Option<String>,
    /// Whether to say what is done.
    pub(crate) debug: Option<bool>,
    /// Whether arguments and results of functions are sent, to anybody.
    pub(crate) function_content: Option<bool>,
    pub(crate) delivery: Delivery,
}

/// How spans are delivered to Langfuse.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Delivery {
    /// Share of the traces, 0 to 1.
    pub(crate) sample_rate: Option<f64>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) flush_at: Option<usize>,
    pub(crate) flush_interval: Option<Duration>,
}

impl Settings {
    pub(crate) fn from_environment(environment: &Environment) -> Result<Self, ConfigError> {
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
            environment: name,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::langfuse::config;
    use crate::export::queue::Limits;

    #[test]
    fn the_defaults_in_the_table_are_those_of_the_code() {
        let default = |name: &str| {
            let row = SETTINGS.iter().find(|row| row.names.contains(&name));
            row.map(|row| row.default.trim_matches('`'))
        };
        let limits = Limits::default();
        let text = |number: u64| Some(number.to_string());
        let owned = |name| default(name).map(str::to_owned);
        assert_eq!(owned(TIMEOUT), text(config::TIMEOUT.as_secs()));
        assert_eq!(owned(FLUSH_AT), text(limits.batch_spans as u64));
        assert_eq!(owned(FLUSH_INTERVAL), text(limits.linger.as_secs()));
        assert_eq!(default(BASE_URL), Some(config::DEFAULT_BASE_URL));
    }
}
