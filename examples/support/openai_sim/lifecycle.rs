//! How what takes its time moves through its states: runs and background responses.
//!
//! Contract: pure; the state is a function of the time it is asked for, so no timer runs and
//! a run nobody looks at costs nothing. Times are since 1970.

use std::time::Duration;

/// How long a run waits and how long it takes in all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    queued: Duration,
    total: Duration,
}

impl Pace {
    /// A sixth of `total` is spent in the queue.
    pub(crate) fn lasting(total: Duration) -> Self {
        Self {
            queued: total / 6,
            total,
        }
    }

    pub(crate) fn queued(self) -> Duration {
        self.queued
    }

    pub(crate) fn total(self) -> Duration {
        self.total
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::lasting(Duration::from_millis(1200))
    }
}

/// Every state of a run, a step or a background response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Queued,
    InProgress,
    RequiresAction,
    Cancelling,
    Cancelled,
    Failed,
    Completed,
    Incomplete,
    Expired,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::RequiresAction => "requires_action",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
            Self::Expired => "expired",
        }
    }

    /// Whether nothing comes after it.
    pub(crate) fn is_terminal(self) -> bool {
        match self {
            Self::Queued | Self::InProgress | Self::RequiresAction | Self::Cancelling => false,
            Self::Cancelled | Self::Failed | Self::Completed | Self::Incomplete | Self::Expired => {
                true
            }
        }
    }
}

/// When something that goes well was made, and the pace it has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifecycle {
    created: Duration,
    pace: Pace,
}

impl Lifecycle {
    pub(crate) fn new(created: Duration, pace: Pace) -> Self {
        Self { created, pace }
    }

    pub(crate) fn completed(&self) -> Duration {
        self.created.saturating_add(self.pace.total)
    }

    pub(crate) fn status(&self, now: Duration) -> Status {
        if now >= self.completed() {
            Status::Completed
        } else if now >= self.created.saturating_add(self.pace.queued) {
            Status::InProgress
        } else {
            Status::Queued
        }
    }
}
