//! The life of requests with a clock of the test's own.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{Permit, Room, SENDERS, Scheduler, Waiting};
use crate::otlp::retry::LONGEST_ALONE;

const BUDGET: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
/// Pauses are as long as they can be.
const CHANCE: f64 = 1.0;
const MEMORY: Room = Room {
    in_memory: true,
    on_disk: false,
};
const DISK: Room = Room {
    in_memory: true,
    on_disk: true,
};

fn scheduler(requests: u32, now: Instant) -> Scheduler<u32> {
    let mut scheduler = Scheduler::new(BUDGET);
    (0..requests).for_each(|request| scheduler.push(Waiting::new(request, now)));
    scheduler
}

fn next(scheduler: &mut Scheduler<u32>, now: Instant) -> Option<(Permit, Waiting<u32>)> {
    scheduler.next(now, |_| None)
}

/// Sends what may be sent; which requests that were.
fn sent(scheduler: &mut Scheduler<u32>, now: Instant) -> Vec<(Permit, Waiting<u32>)> {
    std::iter::from_fn(|| next(scheduler, now)).collect()
}

fn wake_at(scheduler: &Scheduler<u32>) -> Option<Instant> {
    scheduler.wake_at(|_| None, false)
}

/// The backend did not take it; how often that has happened, and the request if it is given up.
fn fail(
    scheduler: &mut Scheduler<u32>,
    (permit, mut waiting): (Permit, Waiting<u32>),
    room: Room,
    now: Instant,
) -> (u32, Option<u32>) {
    let failures = scheduler.failed(permit, &mut waiting.history, None, CHANCE, now);
    let given_up = scheduler.put_back(waiting, room, now);
    (failures, given_up.map(|waiting| waiting.request))
}

#[test]
fn a_backend_that_takes_requests_gets_several_at_once() {
    let now = Instant::now();
    let mut scheduler = scheduler(10, now);
    let mut first = sent(&mut scheduler, now);
    assert_eq!(first.len(), SENDERS);
    assert!(sent(&mut scheduler, now).is_empty());
    scheduler.answered(first.remove(0).0, now);
    assert_eq!(sent(&mut scheduler, now).len(), 1);
}

#[test]
fn a_backend_that_is_down_is_probed_with_one_request_at_a_time() {
    let start = Instant::now();
    let mut scheduler = scheduler(100, start);
    for one in sent(&mut scheduler, start) {
        // Under way together, so this is one failure.
        assert_eq!(fail(&mut scheduler, one, MEMORY, start + SECOND), (1, None));
    }
    // Thirty seconds of outage.
    let mut now = start + SECOND;
    let (mut probes, mut probed) = (0, Vec::new());
    while now < start + 30 * SECOND {
        assert!(
            sent(&mut scheduler, now).is_empty(),
            "nothing before its time"
        );
        now = wake_at(&scheduler).expect("the test gives one");
        let mut probe = sent(&mut scheduler, now);
        assert_eq!(probe.len(), 1);
        let probe = probe.remove(0);
        assert!(sent(&mut scheduler, now).is_empty(), "one at a time");
        probed.push(probe.1.request);
        assert_eq!(fail(&mut scheduler, probe, MEMORY, now).1, None);
        probes += 1;
    }
    assert!((5..=10).contains(&probes), "{probes}");
    probed.sort_unstable();
    probed.dedup();
    assert_eq!(probed.len(), probes, "each probe is another request");

    now = wake_at(&scheduler).expect("the test gives one");
    let (permit, _) = sent(&mut scheduler, now).remove(0);
    scheduler.answered(permit, now);
    assert_eq!(sent(&mut scheduler, now).len(), SENDERS, "it is up again");
}

#[test]
fn a_backend_that_says_when_is_not_asked_before_but_within_the_budget() {
    for (asked, expected) in [(7, 7), (3_600, 60)] {
        let now = Instant::now();
        let mut scheduler = scheduler(1, now);
        let (permit, mut waiting) = sent(&mut scheduler, now).remove(0);
        let asked = Some(asked * SECOND);
        scheduler.failed(permit, &mut waiting.history, asked, CHANCE, now);
        scheduler.put_back(waiting, MEMORY, now);
        scheduler.hurry(now);
        assert_eq!(wake_at(&scheduler), Some(now + expected * SECOND));
    }
}

#[test]
fn whoever_waits_has_it_asked_at_once() {
    let now = Instant::now();
    let mut scheduler = scheduler(1, now);
    let one = sent(&mut scheduler, now).remove(0);
    fail(&mut scheduler, one, MEMORY, now);
    assert!(sent(&mut scheduler, now).is_empty());
    scheduler.hurry(now);
    assert_eq!(sent(&mut scheduler, now).len(), 1);
}

/// Fails one request for the first time after its budget; what is given up.
fn late(in_memory: bool, budget: Duration) -> Option<u32> {
    let start = Instant::now();
    let mut scheduler = Scheduler::new(budget);
    scheduler.push(Waiting::new(1, start));
    let one = sent(&mut scheduler, start).remove(0);
    let room = Room {
        in_memory,
        on_disk: false,
    };
    fail(&mut scheduler, one, room, start + budget + SECOND).1
}

#[test]
fn what_nobody_could_deliver_is_kept_while_there_is_room() {
    assert_eq!(late(true, BUDGET), None);
    assert_eq!(late(false, BUDGET), Some(1));
    assert_eq!(late(true, Duration::ZERO), Some(1));
}

#[test]
fn what_fails_while_others_get_through_is_given_up_but_not_at_once() {
    let start = Instant::now();
    let mut scheduler = scheduler(1, start);
    let mut now = start + BUDGET;
    for round in 1..=3 {
        // Another one gets through, whatever this one does.
        const GOOD: u32 = 9;
        let mut bad = None;
        scheduler.push(Waiting::new(GOOD, now));
        for (permit, waiting) in sent(&mut scheduler, now) {
            match waiting.request {
                GOOD => scheduler.answered(permit, now + SECOND),
                _ => bad = Some((permit, waiting)),
            }
        }
        now += 10 * SECOND;
        let bad = bad.or_else(|| next(&mut scheduler, now));
        let bad = bad.expect("the one that fails");
        let (_, given_up) = fail(&mut scheduler, bad, MEMORY, now);
        assert_eq!(given_up, (round == 3).then_some(0), "{round}");
        now += 10 * SECOND;
    }
}

#[test]
fn what_waits_for_longer_than_the_budget_can_go_elsewhere() {
    let now = Instant::now();
    let mut scheduler = scheduler(3, now);
    scheduler.push(Waiting::new(3, now + SECOND));
    let expired = |scheduler: &mut Scheduler<u32>, now| -> Vec<u32> {
        let expired = scheduler.expired(now).into_iter();
        expired.map(|waiting| waiting.request).collect()
    };
    assert_eq!(expired(&mut scheduler, now + BUDGET / 2), [0; 0]);
    assert_eq!(expired(&mut scheduler, now + BUDGET), [0, 1, 2]);
    assert!(!scheduler.is_empty());
    assert_eq!(scheduler.wake_at(|_| None, true), Some(now + SECOND));
}

#[test]
fn a_budget_without_end_expires_nothing() {
    let now = Instant::now();
    let mut scheduler = Scheduler::new(Duration::MAX);
    scheduler.push(Waiting::new(1, now));
    assert!(scheduler.expired(now + 1_000_000 * BUDGET).is_empty());
    let (permit, mut waiting) = sent(&mut scheduler, now).remove(0);
    let asked = Some(Duration::MAX);
    scheduler.failed(permit, &mut waiting.history, asked, CHANCE, now);
    assert!(scheduler.put_back(waiting, MEMORY, now).is_none());
    assert_eq!(wake_at(&scheduler), Some(now + LONGEST_ALONE));
}

#[test]
fn a_request_that_fails_while_others_get_through_comes_after_all_others() {
    const GOOD: u32 = 9;
    let mut now = Instant::now();
    let mut scheduler = scheduler(1, now);
    let mut pauses = Vec::new();
    loop {
        let (permit, mut bad) = next(&mut scheduler, now).expect("the bad one");
        scheduler.failed(permit, &mut bad.history, None, CHANCE, now);
        if bad.history.is_exhausted() {
            break;
        }
        let due_at = bad.history.due_at().expect("it has failed");
        pauses.push(due_at - now);
        scheduler.push(bad);
        now = due_at;
        scheduler.push(Waiting::new(GOOD, now));
        let (permit, first) = next(&mut scheduler, now).expect("both are due");
        assert_eq!(first.request, GOOD);
        scheduler.answered(permit, now);
    }
    assert!(pauses.is_sorted(), "{pauses:?}");
    assert_eq!(pauses.last(), Some(&LONGEST_ALONE));
    let hours = pauses.iter().sum::<Duration>().as_secs() / 3_600;
    assert_eq!((pauses.len(), hours), (16, 12));
}

#[test]
fn a_suspect_waits_on_disk_if_there_is_one() {
    let mut now = Instant::now();
    let mut scheduler = scheduler(1, now);
    for round in 0..2 {
        let bad = sent(&mut scheduler, now).remove(0);
        let (_, saved) = fail(&mut scheduler, bad, DISK, now);
        assert_eq!(saved, (round == 1).then_some(0));
        now += SECOND;
        scheduler.push(Waiting::new(9, now));
        let (permit, waiting) = next(&mut scheduler, now).expect("the test gives one");
        assert_eq!(waiting.request, 9);
        scheduler.answered(permit, now);
        now += SECOND;
    }
}

/// A backend that cannot take some requests, as a state machine in simulated time.
struct Simulation {
    scheduler: Scheduler<u32>,
    files: Vec<Waiting<u32>>,
    under_way: Vec<(Instant, Permit, Waiting<u32>)>,
    /// Requests that are never taken, and how long the backend needs to say so.
    bad: u32,
    failing_takes: Duration,
    made: HashMap<u32, Instant>,
    delays: HashMap<u32, Duration>,
}

const TAKES: Duration = Duration::from_millis(5);

impl Simulation {
    fn send(&mut self, now: Instant) {
        let files = &mut self.files;
        loop {
            let file = |standing| {
                let is_next =
                    |w: &Waiting<u32>| w.history.standing() == standing && w.history.is_due(now);
                let index = files.iter().position(is_next)?;
                Some(files.remove(index))
            };
            let Some((permit, waiting)) = self.scheduler.next(now, file) else {
                break;
            };
            let takes = match waiting.request < self.bad {
                true => self.failing_takes,
                false => TAKES,
            };
            self.under_way.push((now + takes, permit, waiting));
        }
    }

    fn settle(&mut self, now: Instant) {
        self.files.extend(self.scheduler.expired(now));
        while let Some(index) = self.under_way.iter().position(|(at, ..)| *at <= now) {
            let (_, permit, mut waiting) = self.under_way.remove(index);
            if waiting.request >= self.bad {
                self.scheduler.answered(permit, now);
                let delay = now - self.made[&waiting.request];
                self.delays.insert(waiting.request, delay);
                continue;
            }
            let history = &mut waiting.history;
            self.scheduler.failed(permit, history, None, CHANCE, now);
            if let Some(waiting) = self.scheduler.put_back(waiting, DISK, now) {
                self.files.push(waiting);
            }
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        let files = |standing| {
            let of = self.files.iter();
            let of = of.filter(|w| w.history.standing() == standing);
            of.map(|w| w.history.due_at().unwrap_or(w.since)).min()
        };
        let done = self.under_way.iter().map(|(at, ..)| *at).min();
        let wake_at = self.scheduler.wake_at(files, true);
        done.into_iter().chain(wake_at).min()
    }
}

/// How long the slowest of the good requests took. The clock jumps once, at this step by so much.
fn simulated(
    bad: u32,
    on_disk: bool,
    failing_takes: Duration,
    every: Duration,
    requests: u32,
    (jump_at, jump): (u32, Duration),
) -> Duration {
    let start = Instant::now();
    let mut simulation = Simulation {
        scheduler: Scheduler::new(BUDGET),
        files: Vec::new(),
        under_way: Vec::new(),
        bad,
        failing_takes,
        made: HashMap::new(),
        delays: HashMap::new(),
    };
    let mut arrivals: Vec<_> = (0..requests).map(|n| (start + every * n, n)).collect();
    if on_disk {
        let left = arrivals.drain(..bad as usize);
        simulation.files = left.map(|(_, n)| Waiting::new(n, start)).collect();
    }
    let mut arrivals = arrivals.into_iter().peekable();
    let end = start + every * requests + 600 * SECOND + jump;
    let (mut now, mut steps) = (start, 0);
    while now < end {
        steps += 1;
        assert!(steps < 100_000, "it runs in circles");
        while let Some((at, request)) = arrivals.next_if(|(at, _)| *at <= now) {
            simulation.made.insert(request, at);
            simulation.scheduler.push(Waiting::new(request, at));
        }
        simulation.settle(now);
        simulation.send(now);
        let arrival = arrivals.peek().map(|(at, _)| *at);
        let Some(next) = simulation.wake_at().into_iter().chain(arrival).min() else {
            break;
        };
        now = next.max(now);
        if steps == jump_at {
            now += jump;
        }
    }
    let good = (bad..requests).map(|request| simulation.delays.get(&request));
    let slowest = good.map(|delay| delay.copied().unwrap_or(Duration::MAX));
    slowest.max().unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whether the backend fails at once or after a time-out, from memory or from disk, at any rate.
    #[test]
    fn two_bad_requests_delay_no_other_by_more_than_a_second(
        bad in 0..=2_u32,
        on_disk: bool,
        failing_takes in 1..12_000_u64,
        every in 5..3_000_u64,
    ) {
        let failing_takes = Duration::from_millis(failing_takes);
        let every = Duration::from_millis(every);
        let slowest = simulated(bad, on_disk, failing_takes, every, 200, (0, Duration::ZERO));
        prop_assert!(slowest <= SECOND + TAKES, "{slowest:?}");
    }

    /// A machine that sleeps for days wakes up with all of its requests, and sends them at once.
    #[test]
    fn a_clock_that_jumps_delays_no_request_by_more_than_the_jump(
        bad in 0..=2_u32,
        every in 5..3_000_u64,
        jump_at in 1..400_u32,
        jump in 0..10 * 86_400_u64,
    ) {
        let (every, jump) = (Duration::from_millis(every), Duration::from_secs(jump));
        let failing_takes = Duration::from_millis(100);
        let slowest = simulated(bad, false, failing_takes, every, 200, (jump_at, jump));
        // What has come meanwhile is sent one after the other.
        prop_assert!(slowest <= jump + 10 * SECOND, "{slowest:?}");
    }
}
