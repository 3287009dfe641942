//! Which request is sent next, and when: the state of a backend and of what waits for it.
//!
//! Contract: no clock, no chance and no network in here; whoever holds the scheduler gives the time.
//! While the backend takes requests, up to [`SENDERS`] are under way, so a slow one does not hold back
//! the next. After a failure the backend counts as down: it is probed, at pauses that grow with the number
//! of different requests that have failed, and the others wait untouched, however many they are. Probes
//! alternate between what is new and what is old, so that neither requests that the backend cannot take
//! nor a long backlog stand before the others.
//!
//! A request that fails again after others got through is a [suspect](Standing::Suspect): its failures say
//! nothing of the backend, it comes after all others, and only one suspect is under way at once.

mod history;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

pub(crate) use self::history::{History, Standing};
use crate::otlp::retry;
use crate::text::deadline;

/// Requests under way at once.
pub(crate) const SENDERS: usize = 4;
/// Files under way while requests from memory wait.
const FILES: usize = 2;

/// The pause after the first failure: most are no outage.
const PROMPT: Duration = Duration::from_millis(100);
/// How long a probe may take before the next one goes out.
const PROBE: Duration = Duration::from_millis(400);
/// So few failures may be those of requests that no backend would take: only a failure that says something
/// new of the backend lengthens the pause.
const FEW: u32 = 3;

/// How often others get through before a request that does not is given up where there is no disk: a
/// backend that comes back may fail once more.
const OVERTAKEN: u32 = 2;

/// A request that waits, with what is known of it.
#[derive(Debug)]
pub(crate) struct Waiting<R> {
    pub(crate) request: R,
    pub(crate) history: History,
    /// Since when it could have been sent.
    since: Instant,
}

impl<R> Waiting<R> {
    pub(crate) fn new(request: R, now: Instant) -> Self {
        Self::with_history(request, History::default(), now)
    }

    /// One that was tried before.
    pub(crate) fn with_history(request: R, history: History, now: Instant) -> Self {
        Self {
            request,
            history,
            since: now,
        }
    }

    fn due_at(&self) -> Instant {
        self.history.due_at().unwrap_or(self.since)
    }
}

/// The right to send one request, to be given back with what came of it.
#[derive(Debug)]
#[must_use = "the scheduler waits for it"]
pub(crate) struct Permit {
    since: Instant,
    is_file: bool,
    standing: Standing,
}

/// Where a request that could not be delivered can wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) in_memory: bool,
    pub(crate) on_disk: bool,
}

#[derive(Clone, Copy, Debug)]
enum Reachability {
    Up,
    Down(Outage),
}

#[derive(Clone, Copy, Debug)]
struct Outage {
    began: Instant,
    /// Different requests that have failed, not counting those that were under way together.
    failures: u32,
    failed_at: Instant,
    /// When the next probe may be sent.
    probe_at: Instant,
    /// The backend has said when it wants to be asked again.
    is_asked_for: bool,
    probes_old: bool,
}

#[derive(Clone, Copy)]
enum Source {
    File,
    Fresh,
    Failed,
}

/// The requests of one destination.
#[derive(Debug)]
pub(crate) struct Scheduler<R> {
    /// Never failed, in the order in which they came.
    fresh: VecDeque<Waiting<R>>,
    /// In the order in which they failed.
    failed: VecDeque<Waiting<R>>,
    backend: Reachability,
    under_way: usize,
    /// Files under way that are no suspects.
    files_under_way: usize,
    suspects_under_way: usize,
    budget: Duration,
    last_success: Option<Instant>,
}

impl<R> Scheduler<R> {
    pub(crate) fn new(budget: Duration) -> Self {
        Self {
            fresh: VecDeque::new(),
            failed: VecDeque::new(),
            backend: Reachability::Up,
            under_way: 0,
            files_under_way: 0,
            suspects_under_way: 0,
            budget,
            last_success: None,
        }
    }

    /// Whether nothing waits in memory.
    pub(crate) fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.failed.is_empty()
    }

    pub(crate) fn is_up(&self) -> bool {
        matches!(self.backend, Reachability::Up)
    }

    /// Files under way, leaving out suspects.
    pub(crate) fn files_under_way(&self) -> usize {
        self.files_under_way
    }

    /// Puts in a request that has not been tried, or one that goes on where it was.
    pub(crate) fn push(&mut self, waiting: Waiting<R>) {
        match waiting.history.has_failed() {
            true => self.failed.push_back(waiting),
            false => self.fresh.push_back(waiting),
        }
    }

    /// Puts a request that has not been tried before all others.
    pub(crate) fn push_front(&mut self, waiting: Waiting<R>) {
        self.fresh.push_front(waiting);
    }

    /// The next request that may be sent now. `file` takes one from the disk.
    pub(crate) fn next(
        &mut self,
        now: Instant,
        mut file: impl FnMut(Standing) -> Option<Waiting<R>>,
    ) -> Option<(Permit, Waiting<R>)> {
        if self.under_way >= SENDERS {
            return None;
        }
        use Source::{Failed, File, Fresh};
        let order = match self.backend {
            Reachability::Up if self.files_under_way < FILES => [File, Failed, Fresh],
            Reachability::Up => [Failed, Fresh, File],
            Reachability::Down(outage) if outage.probe_at > now => return None,
            Reachability::Down(outage) if outage.probes_old => [File, Fresh, Failed],
            Reachability::Down(_) => [Fresh, Failed, File],
        };
        let regular = order.into_iter().find_map(|source| match source {
            File => Some((file(Standing::Regular)?, true)),
            Fresh => Some((self.fresh.pop_front()?, false)),
            Failed => Some((self.take_failed(Standing::Regular, now)?, false)),
        });
        let (waiting, is_file) = match regular {
            Some(found) => found,
            None if self.suspects_under_way > 0 => return None,
            None => match self.take_failed(Standing::Suspect, now) {
                Some(waiting) => (waiting, false),
                None => (file(Standing::Suspect)?, true),
            },
        };
        let permit = Permit {
            since: now,
            is_file,
            standing: waiting.history.standing(),
        };
        self.count(&permit, |count| *count += 1);
        if let Reachability::Down(outage) = &mut self.backend {
            outage.probe_at = deadline::after(now, PROBE);
            outage.probes_old = !outage.probes_old;
        }
        Some((permit, waiting))
    }

    fn take_failed(&mut self, standing: Standing, now: Instant) -> Option<Waiting<R>> {
        let is_next = |waiting: &Waiting<R>| {
            waiting.history.standing() == standing && waiting.history.is_due(now)
        };
        let index = self.failed.iter().position(is_next)?;
        self.failed.remove(index)
    }

    fn count(&mut self, permit: &Permit, change: impl Fn(&mut usize)) {
        change(&mut self.under_way);
        match permit.standing {
            Standing::Suspect => change(&mut self.suspects_under_way),
            Standing::Regular if permit.is_file => change(&mut self.files_under_way),
            Standing::Regular => {}
        }
    }

    /// Gives a permit back: nothing is known of what came of it.
    pub(crate) fn give_back(&mut self, permit: Permit) {
        self.count(&permit, |count| *count -= 1);
    }

    /// The backend has answered, whatever it said of this request.
    pub(crate) fn answered(&mut self, permit: Permit, now: Instant) {
        self.give_back(permit);
        self.backend = Reachability::Up;
        self.last_success = Some(now);
    }

    /// The backend did not take a request. Returns how many different requests have failed since one got
    /// through, or 0 if that says nothing of the backend: others got through meanwhile, or it is a suspect.
    pub(crate) fn failed(
        &mut self,
        permit: Permit,
        history: &mut History,
        retry_after: Option<Duration>,
        chance: f64,
        now: Instant,
    ) -> u32 {
        let since = permit.since;
        self.give_back(permit);
        let before = *history;
        history.fail(self.last_success, retry_after, chance, now);
        let others_got_through = self.last_success.is_some_and(|at| at > since);
        if history.is_suspect() || (others_got_through && retry_after.is_none()) {
            return 0;
        }
        let (mut outage, is_counted) = match self.backend {
            Reachability::Up => (Outage::new(now), true),
            Reachability::Down(outage) => {
                // Requests that were under way together fail together: that is one failure.
                let is_news = since >= outage.failed_at && !before.has_failed_since(outage.began);
                (outage, is_news)
            }
        };
        if is_counted {
            outage.failures = outage.failures.saturating_add(1);
            outage.failed_at = now;
        }
        let pause = match outage.failures {
            0 | 1 => PROMPT,
            failures => retry::backoff(failures - 1, chance),
        };
        // A backend that asks for more than the budget is asked again when that is used up.
        let longest = self.budget.min(retry::LONGEST_ALONE);
        let pause = retry_after.map_or(pause, |asked| asked.min(longest).max(pause));
        if is_counted || outage.failures > FEW || retry_after.is_some() {
            outage.probe_at = deadline::after(now, pause);
            outage.is_asked_for = retry_after.is_some();
        }
        self.backend = Reachability::Down(outage);
        outage.failures
    }

    /// Puts a request back that could not be delivered, behind the others. It is returned if it is not to
    /// wait in memory any longer: a suspect if there is a disk, and one whose budget is used up unless
    /// there is room for it and it was not overtaken.
    pub(crate) fn put_back(
        &mut self,
        waiting: Waiting<R>,
        room: Room,
        now: Instant,
    ) -> Option<Waiting<R>> {
        let history = &waiting.history;
        let is_late = deadline::after(waiting.since, self.budget) <= now;
        let is_overtaken = history.overtaken() >= OVERTAKEN;
        let is_given_up = is_late && (self.budget.is_zero() || is_overtaken || !room.in_memory);
        if is_given_up || (room.on_disk && history.is_suspect()) {
            return Some(waiting);
        }
        self.failed.push_back(waiting);
        None
    }

    /// Takes out what has waited for longer than the budget.
    pub(crate) fn expired(&mut self, now: Instant) -> Vec<Waiting<R>> {
        let budget = self.budget;
        if budget.is_zero() {
            // They are to be tried once.
            return Vec::new();
        }
        let is_late = |waiting: &mut Waiting<R>| deadline::after(waiting.since, budget) <= now;
        let mut expired = Vec::new();
        while self.fresh.front_mut().is_some_and(is_late) {
            expired.extend(self.fresh.pop_front());
        }
        if self.failed.iter_mut().any(is_late) {
            let failed = std::mem::take(&mut self.failed);
            for mut waiting in failed {
                match is_late(&mut waiting) {
                    true => expired.push(waiting),
                    false => self.failed.push_back(waiting),
                }
            }
        }
        expired
    }

    /// Takes out everything.
    pub(crate) fn drain(&mut self) -> Vec<Waiting<R>> {
        let fresh = std::mem::take(&mut self.fresh);
        let failed = std::mem::take(&mut self.failed);
        fresh.into_iter().chain(failed).collect()
    }

    /// Somebody waits: the backend is asked now, unless it has said when.
    pub(crate) fn hurry(&mut self, now: Instant) {
        if let Reachability::Down(outage) = &mut self.backend
            && !outage.is_asked_for
        {
            outage.probe_at = now.min(outage.probe_at);
            self.failed.iter_mut().for_each(|w| w.history.hurry());
        }
    }

    /// When there is something to do without anything happening. `files` is when the next file of each
    /// standing may be sent, `expires` whether it matters how long requests wait.
    pub(crate) fn wake_at(
        &self,
        files: impl Fn(Standing) -> Option<Instant>,
        expires: bool,
    ) -> Option<Instant> {
        let expires = expires && !self.budget.is_zero();
        let oldest = self.fresh.front().into_iter().chain(&self.failed);
        let expiry = oldest.map(|w| deadline::after(w.since, self.budget)).min();
        let expiry = expiry.filter(|_| expires);
        [self.send_at(files), expiry].into_iter().flatten().min()
    }

    fn send_at(&self, files: impl Fn(Standing) -> Option<Instant>) -> Option<Instant> {
        if self.under_way >= SENDERS {
            return None;
        }
        let may_be_sent = |standing| standing == Standing::Regular || self.suspects_under_way == 0;
        let failed = self.failed.iter();
        let failed = failed.filter(|waiting| may_be_sent(waiting.history.standing()));
        let in_memory = self.fresh.front().into_iter().chain(failed);
        let in_memory = in_memory.map(Waiting::due_at);
        let standings = [Standing::Regular, Standing::Suspect].into_iter();
        let on_disk = standings.filter(|s| may_be_sent(*s)).filter_map(files);
        let next = in_memory.chain(on_disk).min()?;
        Some(match self.backend {
            Reachability::Up => next,
            Reachability::Down(outage) => next.max(outage.probe_at),
        })
    }
}

impl Outage {
    fn new(now: Instant) -> Self {
        Self {
            began: now,
            failures: 0,
            failed_at: now,
            probe_at: now,
            is_asked_for: false,
            probes_old: false,
        }
    }
}
