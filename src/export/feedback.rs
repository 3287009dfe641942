//! Whether a mask feeds itself.
//!
//! What a mask does on its own thread makes no spans, and neither does what takes over its OpenTelemetry
//! context. Spans that it makes elsewhere are like all others: each is masked in its turn, which makes more.
//! Nothing tells them from spans of the program, so none is left out. But they start only while masks run.
//! The longer masks rest without any span starting meanwhile, the more that speaks for it; a single span that
//! starts in a rest speaks against it. Once there is something to it, the rests have lengths of chance, so
//! that no program keeps time with them. Once it is beyond chance, it is said, and masks rest for most of the
//! time, until a span starts while they do.
//!
//! Contract: no span is lost or changed by this, and none waits for longer than [`LONGEST_REST`] and the usual
//! time.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::queue::{Item, Taken};
use crate::diagnostics::Diagnostics;
use crate::otlp::retry::chance;

/// Threads that masks have started may need so long to begin, and as long again as the masks ran.
const GRACE: Duration = Duration::from_millis(100);
/// Runs that are remembered.
const MOST_RUNS: usize = 64;
/// The odds against chance are e to the power of this: enough to look closer, and enough to say so.
const SUSPICIOUS: f64 = 6.0;
const CERTAIN: f64 = 20.0;
/// So many batches in a row with nothing but spans that started while masks ran are a reason to look closer
/// as well: where masks never rest, there is no other.
const STREAK: u32 = 64;
const SHORTEST_REST: Duration = Duration::from_millis(200);
const LONGEST_REST: Duration = Duration::from_secs(10);
/// How much longer masks rest than they run.
const REST_PER_RUN: u32 = 9;

/// What is known of when masks run, for all destinations of a telemetry.
#[derive(Debug, Default)]
pub(crate) struct Feedback {
    state: Mutex<State>,
    diagnostics: Diagnostics,
}

/// Masks run until this is dropped.
#[derive(Debug)]
pub(crate) struct Run<'a>(&'a Feedback);

impl Feedback {
    pub(crate) fn new(diagnostics: Diagnostics) -> Self {
        let state = Mutex::default();
        Self { state, diagnostics }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long masks should rest before they run again, if they should.
    pub(crate) fn rest(&self) -> Option<Duration> {
        self.lock().rest(chance())
    }

    /// Masks are about to run on what was taken from a queue; `newest` is when the last span that is left in
    /// there has started.
    pub(crate) fn run(&self, taken: &Taken, newest: Option<SystemTime>) -> Run<'_> {
        let starts = taken.items.iter().filter_map(|item| match item {
            Item::Ended(span) => Some(span.start_time),
            Item::Opened { .. } | Item::Resource(_) => None,
        });
        let mut state = self.lock();
        let is_new = state.begin(starts.chain(newest), taken.flush, SystemTime::now());
        drop(state);
        if is_new {
            self.diagnostics.warn(
                "mask feedback",
                format_args!(
                    "spans start only while a mask runs: it makes spans on another thread, and each is masked \
                     in its turn, which makes more. They are sent at a slower pace now. Do that work in the \
                     mask's own OpenTelemetry context (`Context::current()`, attached on that thread), where \
                     no spans are recorded"
                ),
            );
        }
        Run(self)
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.0.lock().end(SystemTime::now());
    }
}

#[derive(Debug, Default)]
struct State {
    /// Destinations whose masks run.
    running: usize,
    since: Option<SystemTime>,
    /// When masks have run, and what they had started may have begun, the latest last.
    runs: VecDeque<(SystemTime, SystemTime)>,
    evidence: f64,
    streak: u32,
}

impl State {
    /// Whether it has just become certain.
    fn begin(
        &mut self,
        starts: impl Iterator<Item = SystemTime>,
        is_flush: bool,
        now: SystemTime,
    ) -> bool {
        let before = self.evidence;
        self.judge(starts, is_flush, now);
        self.running += 1;
        self.since.get_or_insert(now);
        before < CERTAIN && self.evidence >= CERTAIN
    }

    fn judge(
        &mut self,
        mut starts: impl Iterator<Item = SystemTime>,
        is_flush: bool,
        now: SystemTime,
    ) {
        let Some(first) = starts.next() else {
            return;
        };
        let all = std::iter::once(first).chain(starts);
        // Whoever waits for a flush goes on after it.
        if is_flush || !all.into_iter().all(|start| self.has_run_at(start)) {
            (self.evidence, self.streak) = (0.0, 0);
            return;
        }
        self.streak += 1;
        if let (None, Some(&(began, ended))) = (self.since, self.runs.back()) {
            let rest = since(ended, now).as_secs_f64();
            let run = since(began, ended).as_secs_f64();
            self.evidence += (rest / run).ln_1p();
        }
    }

    fn has_run_at(&self, start: SystemTime) -> bool {
        self.since.is_some_and(|since| since <= start)
            || self
                .runs
                .iter()
                .rev()
                .any(|&(began, ended)| (began..ended).contains(&start))
    }

    fn end(&mut self, now: SystemTime) {
        self.running = self.running.saturating_sub(1);
        if self.running > 0 {
            return;
        }
        if let Some(began) = self.since.take() {
            let ended = now + GRACE + since(began, now);
            self.runs.push_back((began, ended));
        }
        if self.runs.len() > MOST_RUNS {
            self.runs.pop_front();
        }
    }

    /// `chance` is between 0 and 1.
    fn rest(&self, chance: f64) -> Option<Duration> {
        let &(began, ended) = self.runs.back()?;
        let run = since(began, ended);
        let by_chance = SHORTEST_REST.mul_f64(1.0 + 2.0 * chance);
        let rest = if self.evidence >= CERTAIN {
            run.saturating_mul(REST_PER_RUN) + by_chance
        } else if self.evidence >= SUSPICIOUS || self.streak >= STREAK {
            run + by_chance
        } else {
            return None;
        };
        Some(rest.min(LONGEST_REST))
    }
}

/// Nothing if the clock was set back.
fn since(earlier: SystemTime, later: SystemTime) -> Duration {
    later.duration_since(earlier).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    /// What a program and a mask do: the masks run for `run`, with rests of `linger` and what is asked for.
    struct Clock {
        state: State,
        now: SystemTime,
    }

    impl Clock {
        fn new() -> Self {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
            Self {
                state: State::default(),
                now,
            }
        }

        /// Takes a batch of spans that started then; whether that made it certain.
        fn round(
            &mut self,
            starts: &[SystemTime],
            linger: Duration,
            run: Duration,
            chance: f64,
        ) -> bool {
            self.now += linger + self.state.rest(chance).unwrap_or_default();
            let is_new = self.state.begin(starts.iter().copied(), false, self.now);
            self.now += run;
            self.state.end(self.now);
            is_new
        }
    }

    /// How many rounds it takes until it is certain that a mask feeds itself.
    fn rounds(linger: Duration, run: Duration) -> Option<usize> {
        let mut clock = Clock::new();
        let mut start = clock.now;
        (0..10_000).find(|_| {
            let is_new = clock.round(&[start], linger, run, 0.5);
            start = clock.now - run / 2;
            is_new
        })
    }

    #[test]
    fn a_mask_that_feeds_itself_is_found() {
        for (linger, run, most) in [
            (1_000, 1, 20),
            (1_000, 300, 100),
            (50, 1, 100),
            // The terminal does not wait, and a full queue neither.
            (0, 1, 100),
            (0, 100, 100),
        ] {
            let found = rounds(MILLI * linger, MILLI * run);
            assert!(
                found.is_some_and(|rounds| rounds < most),
                "{linger} {run}: {found:?}"
            );
        }
    }

    #[test]
    fn then_masks_rest_for_most_of_the_time_until_a_span_starts_meanwhile() {
        let mut clock = Clock::new();
        let run = 100 * MILLI;
        let mut start = clock.now;
        while !clock.round(&[start], MILLI, run, 0.5) {
            start = clock.now - run / 2;
        }
        let rest = clock.state.rest(0.5).unwrap_or_default();
        assert!(rest >= run * 9 && rest < run * 35, "{rest:?}");
        let of_program = clock.now + rest / 2;
        clock.now += rest;
        assert!(!clock.round(&[clock.now - rest, of_program], MILLI, run, 0.5));
        assert_eq!(clock.state.rest(0.5), None);
    }

    #[test]
    fn a_program_that_waits_for_flushes_is_none() {
        let mut clock = Clock::new();
        let mut start = clock.now;
        for _ in 0..1_000 {
            clock.now += 500 * MILLI;
            assert!(!clock.state.begin([start].into_iter(), true, clock.now));
            clock.now += MILLI;
            clock.state.end(clock.now);
            start = clock.now + MILLI;
        }
    }

    #[test]
    fn a_program_that_keeps_time_with_the_batches_is_none() {
        // A span a second, which starts just after the batch of the one before was taken.
        let mut clock = Clock::new();
        let mut start = clock.now;
        let mut chance = 0.0_f64;
        for _ in 0..10_000 {
            chance = (chance + 0.618) % 1.0;
            let is_new = clock.round(&[start], 1_000 * MILLI, MILLI, chance);
            assert!(!is_new);
            start += 1_001 * MILLI;
            // It is taken a second after it has ended.
            clock.now = clock.now.max(start);
        }
    }

    proptest! {
        #[test]
        fn spans_that_start_at_any_time_are_none(
            gaps in proptest::collection::vec(0_u32..2_000, 1..500),
            run in 1_u32..1_000,
            chance in 0.0..1.0_f64,
        ) {
            let mut clock = Clock::new();
            let mut start = clock.now;
            for gap in gaps {
                start = (start + MILLI * gap).min(clock.now);
                clock.round(&[start], MILLI * 100, MILLI * run, chance);
            }
            // It may look like it for a while, and waits for no longer than this then.
            prop_assert!(clock.state.rest(chance).unwrap_or_default() <= LONGEST_REST);
        }
    }
}
