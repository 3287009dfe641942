//! Which request is sent next, and when: the state of a backend and of what waits for it.
//!
//! Contract: no clock, no chance and no network in here; whoever holds the outbox gives the time.
//! While the backend takes requests, up to [`SENDERS`] are under way, so a slow one does not hold back
//! the next. After a failure it counts as down: one request at a time probes it, at growing pauses, and
//! the others wait untouched, however many they are. Each probe is another request, so that one that
//! the backend cannot take does not stand before all others.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::otlp::retry;

/// Requests under way at once.
pub(crate) const SENDERS: usize = 4;

/// How often others get through before a request that does not is what is wrong: a backend that comes
/// back may fail once more.
const OVERTAKEN: u32 = 3;

/// A request that waits, with what is known of it.
#[derive(Debug)]
pub(crate) struct Waiting<R> {
    pub(crate) request: R,
    /// Since when it could have been sent.
    since: Instant,
    failures: u32,
    failed_at: Option<Instant>,
    /// How often it failed after others had got through.
    overtaken: u32,
    not_before: Option<Instant>,
}

impl<R> Waiting<R> {
    pub(crate) fn new(request: R, now: Instant) -> Self {
        Self {
            request,
            since: now,
            failures: 0,
            failed_at: None,
            overtaken: 0,
            not_before: None,
        }
    }

    /// The same attempts and times, with something else to send.
    pub(crate) fn map<S>(self, map: impl FnOnce(R) -> S) -> Waiting<S> {
        Waiting {
            request: map(self.request),
            since: self.since,
            failures: self.failures,
            failed_at: self.failed_at,
            overtaken: self.overtaken,
            not_before: self.not_before,
        }
    }
}

/// The right to send one request, to be given back with what came of it.
#[derive(Debug)]
#[must_use = "the outbox waits for it"]
pub(crate) struct Permit {
    at: Instant,
    is_probe: bool,
}

#[derive(Clone, Copy, Debug)]
enum Backend {
    Up,
    Down {
        failures: u32,
        since: Instant,
        probe_at: Instant,
        /// The backend has said when it wants to be asked again.
        is_told: bool,
        is_probing: bool,
    },
}

/// The requests of one destination.
#[derive(Debug)]
pub(crate) struct Outbox<R> {
    waiting: VecDeque<Waiting<R>>,
    backend: Backend,
    under_way: usize,
    budget: Duration,
    last_success: Option<Instant>,
}

impl<R> Outbox<R> {
    pub(crate) fn new(budget: Duration) -> Self {
        Self {
            waiting: VecDeque::new(),
            backend: Backend::Up,
            under_way: 0,
            budget,
            last_success: None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn is_up(&self) -> bool {
        matches!(self.backend, Backend::Up)
    }

    /// Puts in a request that has not been tried, or one that goes on where it was.
    pub(crate) fn push(&mut self, waiting: Waiting<R>) {
        self.waiting.push_back(waiting);
    }

    /// Puts a request before all others.
    pub(crate) fn push_front(&mut self, waiting: Waiting<R>) {
        self.waiting.push_front(waiting);
    }

    /// The right to send something now.
    pub(crate) fn permit(&mut self, now: Instant) -> Option<Permit> {
        let is_probe = match &mut self.backend {
            Backend::Up if self.under_way < SENDERS => false,
            Backend::Down {
                probe_at,
                is_probing,
                ..
            } if !*is_probing && *probe_at <= now => {
                *is_probing = true;
                true
            }
            _ => return None,
        };
        self.under_way += 1;
        Some(Permit { at: now, is_probe })
    }

    /// Gives a permit back unused.
    pub(crate) fn give_back(&mut self, permit: Permit) {
        self.under_way -= 1;
        if permit.is_probe
            && let Backend::Down { is_probing, .. } = &mut self.backend
        {
            *is_probing = false;
        }
    }

    /// The next request that may be sent.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<Waiting<R>> {
        let next = self
            .waiting
            .iter()
            .position(|waiting| waiting.is_due(now))?;
        self.waiting.remove(next)
    }

    /// The backend has answered, whatever it said of this request.
    pub(crate) fn answered(&mut self, permit: Permit, now: Instant) {
        self.give_back(permit);
        self.backend = Backend::Up;
        self.last_success = Some(now);
    }

    /// The backend takes nothing now. Returns how often that has happened in a row.
    pub(crate) fn failed(
        &mut self,
        permit: Permit,
        told: Option<Duration>,
        chance: f64,
        now: Instant,
    ) -> u32 {
        let sent_at = permit.at;
        self.give_back(permit);
        let (failures, since) = match self.backend {
            Backend::Up => (1, now),
            // Requests that were under way together fail together: that is one failure.
            Backend::Down {
                failures, since, ..
            } if sent_at < since => (failures, since),
            Backend::Down { failures, .. } => (failures + 1, now),
        };
        let pause = retry::backoff(failures, chance);
        // Whoever asks for more than the budget is asked again when it is used up.
        let pause = told.map_or(pause, |told| told.min(self.budget).max(pause));
        self.backend = Backend::Down {
            failures,
            since,
            probe_at: later(now, pause),
            is_told: told.is_some(),
            is_probing: matches!(
                self.backend,
                Backend::Down {
                    is_probing: true,
                    ..
                }
            ),
        };
        failures
    }

    /// Puts a request back that could not be delivered, behind the others. It is returned if its time
    /// is up and it is not worth keeping: while there is room it is kept, unless others got through again
    /// and again while it did not.
    pub(crate) fn put_back(
        &mut self,
        mut waiting: Waiting<R>,
        has_room: bool,
        chance: f64,
        now: Instant,
    ) -> Option<R> {
        let before = waiting.failed_at.replace(now).unwrap_or(waiting.since);
        waiting.overtaken += u32::from(self.last_success.is_some_and(|at| at > before));
        waiting.failures += 1;
        waiting.not_before = Some(later(now, retry::backoff(waiting.failures, chance)));
        if later(waiting.since, self.budget) <= now {
            let is_overtaken = waiting.overtaken >= OVERTAKEN;
            if self.budget.is_zero() || is_overtaken || !has_room {
                return Some(waiting.request);
            }
        }
        self.waiting.push_back(waiting);
        None
    }

    /// Takes out what has waited for longer than the budget.
    pub(crate) fn expired(&mut self, now: Instant) -> Vec<R> {
        let budget = self.budget;
        if budget.is_zero() {
            // They are to be tried once.
            return Vec::new();
        }
        let (expired, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|waiting| later(waiting.since, budget) <= now);
        self.waiting = waiting.into();
        expired.into_iter().map(|waiting| waiting.request).collect()
    }

    /// Takes out everything.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = R> + '_ {
        self.waiting.drain(..).map(|waiting| waiting.request)
    }

    /// Somebody waits: the backend is asked now, unless it has said when.
    pub(crate) fn hurry(&mut self, now: Instant) {
        if let Backend::Down {
            probe_at,
            is_told: false,
            ..
        } = &mut self.backend
        {
            *probe_at = now.min(*probe_at);
            for waiting in &mut self.waiting {
                waiting.not_before = None;
            }
        }
    }

    /// When there is something to do without anything happening; `more` if there is something to
    /// send besides what waits here from then on, `expires` if it matters how long they wait.
    pub(crate) fn wake_at(&self, more: Option<Instant>, expires: bool) -> Option<Instant> {
        let first = self.waiting.iter().map(|w| w.not_before.unwrap_or(w.since));
        let next = first.chain(more).min();
        let send_at = match self.backend {
            Backend::Up if self.under_way < SENDERS => next,
            Backend::Down {
                probe_at,
                is_probing: false,
                ..
            } => next.map(|next| next.max(probe_at)),
            _ => None,
        };
        let expiry = self.waiting.iter().map(|w| later(w.since, self.budget));
        let expires = expires && !self.budget.is_zero();
        let expiry = expires.then(|| expiry.min()).flatten();
        [send_at, expiry].into_iter().flatten().min()
    }
}

impl<R> Waiting<R> {
    fn is_due(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|at| at <= now)
    }
}

fn later(from: Instant, pause: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    from.checked_add(pause).unwrap_or(from + YEAR)
}

#[cfg(test)]
mod tests;
