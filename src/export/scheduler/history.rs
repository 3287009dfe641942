//! What is known of a request that has failed, and what follows from it.
//!
//! A backend that is down fails for every request, so a failure alone says nothing of the request. One
//! that fails again after others got through is a suspect: it may be the request that the backend
//! cannot take. It waits on its own pause, which grows to hours, and holds back nobody.

use std::time::{Duration, Instant};

use crate::otlp::retry;
use crate::text::deadline;

/// Failures of a suspect after which it is not tried any more, half a day after the first.
const TRIES: u32 = 16;

/// Whether a request may be what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Regular,
    Suspect,
}

/// The failures of one request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct History {
    failures: u32,
    failed_at: Option<Instant>,
    /// How often it failed after others had got through since the failure before.
    overtaken: u32,
    not_before: Option<Instant>,
}

impl History {
    /// Of a request that is not to be tried for so long, whatever the reason.
    pub(crate) fn postponed(by: Duration, now: Instant) -> Self {
        Self {
            failures: 1,
            failed_at: Some(now),
            overtaken: 1,
            not_before: Some(deadline::after(now, by)),
        }
    }

    /// Of a request that has failed together with others: it is sent alone, at once.
    pub(crate) fn joined() -> Self {
        Self {
            failures: 1,
            ..Self::default()
        }
    }

    pub(crate) fn standing(&self) -> Standing {
        match self.overtaken {
            0 => Standing::Regular,
            _ => Standing::Suspect,
        }
    }

    pub(crate) fn is_suspect(&self) -> bool {
        self.standing() == Standing::Suspect
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failures > 0
    }

    /// Whether it has failed since then.
    pub(super) fn has_failed_since(&self, instant: Instant) -> bool {
        self.failed_at.is_some_and(|at| at >= instant)
    }

    /// How often it failed while others got through.
    pub(crate) fn overtaken(&self) -> u32 {
        self.overtaken
    }

    /// Whether it was tried often enough to give it up.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.overtaken >= TRIES
    }

    /// When it may be sent again; `None` if at once.
    pub(crate) fn due_at(&self) -> Option<Instant> {
        self.not_before
    }

    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|at| at <= now)
    }

    /// It has failed. `success` is when a request got through last, `retry_after` what the backend asks
    /// for.
    pub(crate) fn fail(
        &mut self,
        success: Option<Instant>,
        retry_after: Option<Duration>,
        chance: f64,
        now: Instant,
    ) {
        let before = self.failed_at.replace(now);
        let is_overtaken = before
            .zip(success)
            .is_some_and(|(at, success)| success > at);
        self.failures = self.failures.saturating_add(1);
        self.overtaken += u32::from(is_overtaken);
        let pause = match self.standing() {
            Standing::Regular => retry::backoff(self.failures, chance),
            Standing::Suspect => {
                let asked = retry_after.unwrap_or_default().min(retry::LONGEST_ALONE);
                retry::backoff_alone(self.overtaken, chance).max(asked)
            }
        };
        self.not_before = Some(deadline::after(now, pause));
    }

    /// Somebody waits: it may be sent at once, unless it is a suspect.
    pub(crate) fn hurry(&mut self) {
        if !self.is_suspect() {
            self.not_before = None;
        }
    }
}
