//! How hard delivery tries, and where it turns to: settings for all destinations.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::settings::Setting;

const RETRY_BUDGET: &str = "TRACING_GENAI_RETRY_BUDGET";
const SPOOL_DIR: &str = "TRACING_GENAI_SPOOL_DIR";
const SPOOL_LIMIT: &str = "TRACING_GENAI_SPOOL_LIMIT";

const DEFAULT_BUDGET: Duration = Duration::from_secs(60);
const DEFAULT_LIMIT: u64 = 1 << 30;

pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        names: &[RETRY_BUDGET],
        meaning: "seconds for which a request is repeated before it goes to the spool, or is lost if others \
                  get through or memory runs short; `0`: once only",
        default: "`60`",
        in_code: "`with_retry_budget`",
    },
    Setting {
        names: &[SPOOL_DIR],
        meaning: "a folder that keeps what cannot be delivered, for later or for the next process",
        default: "–",
        in_code: "`with_spool_dir`",
    },
    Setting {
        names: &[SPOOL_LIMIT],
        meaning: "bytes that may be kept there; over it, the oldest are lost",
        default: "`1073741824`",
        in_code: "`with_spool_limit`",
    },
];

/// What the code says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) budget: Option<Duration>,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) limit: Option<u64>,
}

/// What counts.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) budget: Duration,
    /// The folder and its bound in bytes.
    pub(crate) spool: Option<(PathBuf, u64)>,
}

impl Said {
    pub(crate) fn or(self, environment: &Environment) -> Result<Delivery, ConfigError> {
        let budget = environment.seconds(RETRY_BUDGET)?;
        let folder = environment.get(SPOOL_DIR).map(PathBuf::from);
        let expected = "a whole number of bytes, such as `1073741824`";
        let limit = environment.parsed(SPOOL_LIMIT, expected, |value| value.parse().ok())?;
        let limit = self.limit.or(limit).unwrap_or(DEFAULT_LIMIT);
        Ok(Delivery {
            budget: self.budget.or(budget).unwrap_or(DEFAULT_BUDGET),
            spool: self.folder.or(folder).map(|folder| (folder, limit)),
        })
    }
}
