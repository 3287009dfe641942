//! Which spans the masks themselves make, on other threads.
//!
//! A mask runs where no spans are recorded. Work that it gives to other threads may make spans all the same;
//! if these were exported, they would be masked, and so make more of them, for ever. Nothing tells directly
//! that a span comes of a mask, so this is a matter of evidence, for each name of a span: starts while a mask
//! runs speak for it, the more so the less masks run at all, and other starts speak against it.
//!
//! Contract: without masks a span costs two atomic loads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A thread that a mask has started may need so long to make its span.
const GRACE: Duration = Duration::from_millis(5);
/// What one start can say at most, and what another start says against it.
const MOST_FOR: f64 = 2.0;
const AGAINST: f64 = 2.0;
/// The odds against chance are e to the power of this.
const ENOUGH: f64 = 40.0;
/// Names that are looked at.
const MOST_NAMES: usize = 64;

/// When masks run, and what that says of spans.
#[derive(Debug, Default)]
pub(crate) struct MaskWork {
    /// Whether a mask has ever run, and how many names are looked at, readable without the lock.
    has_run: AtomicBool,
    names: AtomicUsize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    /// Since when masks run, and until when they count as running.
    since: Option<Instant>,
    until: Option<Instant>,
    /// How long masks have run before.
    busy: Duration,
    evidence: HashMap<String, Evidence>,
    /// A name that has just become known.
    found: Option<String>,
}

#[derive(Debug)]
struct Evidence {
    sum: f64,
    at: Instant,
    busy: Duration,
}

/// A mask that runs until this is dropped.
#[derive(Debug)]
pub(super) struct Running<'a>(&'a MaskWork);

impl MaskWork {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A mask runs.
    pub(super) fn run(&self) -> Running<'_> {
        let now = Instant::now();
        let mut state = self.lock();
        state.settle(now);
        state.since.get_or_insert(now);
        state.running += 1;
        self.has_run.store(true, Ordering::Relaxed);
        Running(self)
    }

    /// Whether a span that starts now may be the work of a mask.
    pub(crate) fn may_start_spans(&self) -> bool {
        if !self.has_run() {
            return false;
        }
        let state = self.lock();
        state.running > 0 || state.until.is_some_and(|until| Instant::now() < until)
    }

    /// Whether a mask has ever run.
    pub(crate) fn has_run(&self) -> bool {
        self.has_run.load(Ordering::Relaxed)
    }

    /// Whether a span of this name that ends now is the work of a mask.
    pub(crate) fn made(&self, name: &str, started_while_running: bool) -> bool {
        if !started_while_running && self.names.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let now = Instant::now();
        let mut state = self.lock();
        let made = state.judge(name, started_while_running, now);
        self.names.store(state.evidence.len(), Ordering::Relaxed);
        made
    }

    /// A name of spans that are masks' work, which was found since the last time.
    pub(super) fn take_found(&self) -> Option<String> {
        match self.names.load(Ordering::Relaxed) {
            0 => None,
            _ => self.lock().found.take(),
        }
    }
}

impl State {
    /// Adds the time that is over.
    fn settle(&mut self, now: Instant) {
        if let (Some(since), Some(until)) = (self.since, self.until)
            && until <= now
        {
            self.busy += until.saturating_duration_since(since);
            (self.since, self.until) = (None, None);
        }
        if self.running > 0 {
            self.until = None;
        }
    }

    fn busy(&mut self, now: Instant) -> Duration {
        self.settle(now);
        let current = self.since.map(|since| now.saturating_duration_since(since));
        self.busy + current.unwrap_or_default()
    }

    fn judge(&mut self, name: &str, is_inside: bool, now: Instant) -> bool {
        let busy = self.busy(now);
        let Some(evidence) = self.evidence.get_mut(name) else {
            if is_inside && self.evidence.len() < MOST_NAMES {
                let sum = 0.0;
                let evidence = Evidence { sum, at: now, busy };
                self.evidence.insert(name.to_owned(), evidence);
            }
            return false;
        };
        let was_known = evidence.sum >= ENOUGH;
        if is_inside {
            let elapsed = now.saturating_duration_since(evidence.at).as_secs_f64();
            let of_masks = busy.saturating_sub(evidence.busy).as_secs_f64();
            let share = (of_masks / elapsed.max(f64::MIN_POSITIVE)).clamp(f64::MIN_POSITIVE, 1.0);
            evidence.sum = (evidence.sum - share.ln().max(-MOST_FOR)).min(ENOUGH);
            (evidence.at, evidence.busy) = (now, busy);
        } else {
            evidence.sum -= AGAINST;
        }
        let (is_known, is_over) = (evidence.sum >= ENOUGH, evidence.sum <= 0.0);
        if is_over && !is_inside {
            self.evidence.remove(name);
        }
        if is_known && !was_known {
            self.found = Some(name.to_string());
        }
        is_known && is_inside
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.running = state.running.saturating_sub(1);
        if state.running == 0 {
            state.until = Instant::now().checked_add(GRACE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Masks that run for a part of every second, and spans of one name that end with these pauses.
    fn known_after(share: f64, ends: impl Iterator<Item = (Duration, bool)>) -> Option<usize> {
        let (start, mut state) = (Instant::now(), State::default());
        let mut at = Duration::ZERO;
        for (number, (pause, is_inside)) in ends.enumerate() {
            at += pause;
            let seconds = at.as_secs_f64();
            state.busy = SECOND.mul_f64(seconds.floor() * share + seconds.fract().min(share));
            if state.judge("s", is_inside, start + at) {
                return Some(number);
            }
        }
        None
    }

    #[test]
    fn spans_that_start_only_while_masks_run_are_known() {
        let always = |_| (SECOND, true);
        assert!(known_after(0.01, (0..100).map(always)).is_some_and(|number| number < 30));
        assert!(known_after(0.5, (0..100).map(always)).is_some_and(|number| number < 70));
    }

    #[test]
    fn spans_that_also_start_at_other_times_are_not() {
        for share in [0.01, 0.5, 0.9, 0.99] {
            let mut seed = 1_u64;
            let by_chance = (0..200_000).map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (
                    SECOND,
                    (seed >> 33) as f64 / f64::from(u32::MAX >> 1) < share,
                )
            });
            assert_eq!(known_after(share, by_chance), None, "{share}");
        }
    }

    #[test]
    fn a_mask_that_always_runs_says_nothing() {
        let quickly = |_| (Duration::from_micros(10), true);
        assert_eq!(known_after(1.0, (0..100_000).map(quickly)), None);
    }
}
