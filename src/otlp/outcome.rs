//! What became of a request that was sent once.

use std::fmt;
use std::time::Duration;

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SendOutcome {
    /// The backend took it, except for this many spans, and may have said why.
    Delivered { rejected: u64, message: String },
    /// The backend refused it, and will refuse it again.
    Rejected { message: String },
    /// The backend refuses everything until somebody corrects the settings.
    Misconfigured { message: String },
    /// The backend may take it in smaller parts.
    TooLarge { message: String },
    /// The backend may take it later, and may have said when.
    Unavailable {
        message: String,
        retry_after: Option<Duration>,
    },
    /// Nothing can be sent at all: there is no HTTP client.
    NoClient { message: String },
}

impl SendOutcome {
    /// Everything was taken.
    pub(crate) fn delivered() -> Self {
        Self::Delivered {
            rejected: 0,
            message: String::new(),
        }
    }
}

impl fmt::Display for SendOutcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivered { rejected: 0, .. } => formatter.write_str("was delivered"),
            Self::Delivered { rejected, message } => write!(
                formatter,
                "was delivered, {rejected} spans were refused: {message}"
            ),
            Self::Rejected { message }
            | Self::Misconfigured { message }
            | Self::NoClient { message } => write!(formatter, "failed: {message}"),
            Self::TooLarge { message } => write!(formatter, "was too large: {message}"),
            Self::Unavailable { message, .. } => write!(formatter, "failed for now: {message}"),
        }
    }
}
