//! How a run moves through its states as time passes.
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
}

impl Default for Pace {
    fn default() -> Self {
        Self::lasting(Duration::from_millis(1200))
    }
}

/// The states of a run that goes well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Queued,
    InProgress,
    Completed,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
        }
    }
}

/// When a run was made, and the pace it has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifecycle {
    created: Duration,
    pace: Pace,
}

impl Lifecycle {
    /// A run that nobody finishes within this time expires.
    const EXPIRY: Duration = Duration::from_secs(600);

    pub(crate) fn new(created: Duration, pace: Pace) -> Self {
        Self { created, pace }
    }

    pub(crate) fn created(&self) -> Duration {
        self.created
    }

    pub(crate) fn started(&self) -> Duration {
        self.created.saturating_add(self.pace.queued)
    }

    /// When the model begins to write its message.
    pub(crate) fn answering(&self) -> Duration {
        let working = self.pace.total.saturating_sub(self.pace.queued);
        self.started().saturating_add(working / 2)
    }

    pub(crate) fn completed(&self) -> Duration {
        self.created.saturating_add(self.pace.total)
    }

    pub(crate) fn expires(&self) -> Duration {
        self.created.saturating_add(Self::EXPIRY)
    }

    pub(crate) fn status(&self, now: Duration) -> Status {
        if now >= self.completed() {
            Status::Completed
        } else if now >= self.started() {
            Status::InProgress
        } else {
            Status::Queued
        }
    }
}
