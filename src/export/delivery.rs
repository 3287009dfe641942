//! How long delivery is tried, and what happens afterwards: settings for all destinations.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::parser;
use crate::config::parser::Parser;
use crate::config::setting::{Row, Setting};

static RETRY_BUDGET: Setting<Duration> = Setting::new(
    &["TRACING_GENAI_RETRY_BUDGET"],
    "seconds for which a request is repeated before it goes to the spool, or is lost if others get through \
     or memory runs short; `0`: once only",
    parser::seconds(),
)
.default("60")
.methods(&["with_retry_budget"]);

static SPOOL_DIR: Setting<PathBuf> = Setting::new(
    &["TRACING_GENAI_SPOOL_DIR"],
    "a folder that keeps what cannot be delivered, for later or for the next process",
    Parser::new("the path of a folder", |value| Some(PathBuf::from(value))),
)
.methods(&["with_spool_dir"]);

static SPOOL_LIMIT: Setting<u64> = Setting::new(
    &["TRACING_GENAI_SPOOL_LIMIT"],
    "bytes that may be kept there, each destination of a telemetry its equal part; over it, the oldest are lost",
    parser::number("a whole number of bytes, such as `1073741824`"),
)
.default("1073741824")
.methods(&["with_spool_limit"]);

pub(crate) static SETTINGS: &[&Row] = &[&RETRY_BUDGET.row, &SPOOL_DIR.row, &SPOOL_LIMIT.row];

/// What is set in code.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeliverySettings {
    pub(crate) budget: Option<Duration>,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) limit: Option<u64>,
}

/// How hard delivery tries.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) budget: Duration,
    /// The folder and its bound in bytes.
    pub(crate) spool: Option<(PathBuf, u64)>,
}

impl DeliverySettings {
    pub(crate) fn resolve(self, environment: &Environment) -> Result<Delivery, ConfigError> {
        let folder = SPOOL_DIR.choose(self.folder, environment)?;
        let limit = SPOOL_LIMIT.resolve(self.limit, environment)?;
        Ok(Delivery {
            budget: RETRY_BUDGET.resolve(self.budget, environment)?,
            spool: folder.map(|folder| (folder, limit)),
        })
    }
}
