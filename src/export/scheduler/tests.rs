//! The life of requests with a clock of the test's own.

use std::time::{Duration, Instant};

use super::{Outbox, SENDERS, Waiting};

const BUDGET: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
/// Pauses are as long as they can be.
const CHANCE: f64 = 1.0;

fn outbox(requests: u32, now: Instant) -> Outbox<u32> {
    let mut outbox = Outbox::new(BUDGET);
    (0..requests).for_each(|request| outbox.push(Waiting::new(request, now)));
    outbox
}

/// Sends what may be sent; which requests that were.
fn sent(outbox: &mut Outbox<u32>, now: Instant) -> Vec<(super::Permit, Waiting<u32>)> {
    let mut sent = Vec::new();
    while let Some(permit) = outbox.permit(now) {
        match outbox.pop(now) {
            Some(waiting) => sent.push((permit, waiting)),
            None => {
                outbox.give_back(permit);
                break;
            }
        }
    }
    sent
}

#[test]
fn a_backend_that_takes_requests_gets_several_at_once() {
    let now = Instant::now();
    let mut outbox = outbox(10, now);
    let mut first = sent(&mut outbox, now);
    assert_eq!(first.len(), SENDERS);
    assert!(sent(&mut outbox, now).is_empty());
    outbox.answered(first.remove(0).0, now);
    assert_eq!(sent(&mut outbox, now).len(), 1);
}

#[test]
fn a_backend_that_is_down_is_probed_with_one_request_at_a_time() {
    let start = Instant::now();
    let mut outbox = outbox(100, start);
    for (permit, waiting) in sent(&mut outbox, start) {
        // Under way together, so this is one failure.
        assert_eq!(outbox.failed(permit, None, CHANCE, start + SECOND), 1);
        assert_eq!(outbox.put_back(waiting, true, CHANCE, start + SECOND), None);
    }
    // Thirty seconds of outage.
    let mut now = start + SECOND;
    let (mut probes, mut probed) = (0, Vec::new());
    while now < start + 30 * SECOND {
        assert!(sent(&mut outbox, now).is_empty(), "nothing before its time");
        now = outbox.wake_at(None, false).expect("the test gives one");
        let mut probe = sent(&mut outbox, now);
        assert_eq!(probe.len(), 1);
        let (permit, waiting) = probe.remove(0);
        assert!(sent(&mut outbox, now).is_empty(), "one at a time");
        probed.push(waiting.request);
        outbox.failed(permit, None, CHANCE, now);
        assert_eq!(outbox.put_back(waiting, true, CHANCE, now), None);
        probes += 1;
    }
    assert!((5..=10).contains(&probes), "{probes}");
    probed.sort_unstable();
    probed.dedup();
    assert_eq!(probed.len(), probes, "each probe is another request");

    now = outbox.wake_at(None, false).expect("the test gives one");
    let (permit, _) = sent(&mut outbox, now).remove(0);
    outbox.answered(permit, now);
    assert_eq!(sent(&mut outbox, now).len(), SENDERS, "it is up again");
}

#[test]
fn a_backend_that_says_when_is_not_asked_before_but_within_the_budget() {
    for (told, expected) in [(7, 7), (3_600, 60)] {
        let now = Instant::now();
        let mut outbox = outbox(1, now);
        let (permit, waiting) = sent(&mut outbox, now).remove(0);
        let told = Some(told * SECOND);
        outbox.failed(permit, told, CHANCE, now);
        outbox.put_back(waiting, true, CHANCE, now);
        outbox.hurry(now);
        assert_eq!(outbox.wake_at(None, false), Some(now + expected * SECOND));
    }
}

#[test]
fn whoever_waits_has_it_asked_at_once() {
    let now = Instant::now();
    let mut outbox = outbox(1, now);
    let (permit, waiting) = sent(&mut outbox, now).remove(0);
    outbox.failed(permit, None, CHANCE, now);
    outbox.put_back(waiting, true, CHANCE, now);
    assert!(sent(&mut outbox, now).is_empty());
    outbox.hurry(now);
    assert_eq!(sent(&mut outbox, now).len(), 1);
}

/// Fails one request for the first time after its budget; what is given up.
fn late(has_room: bool, budget: Duration) -> Option<u32> {
    let start = Instant::now();
    let mut outbox = Outbox::new(budget);
    outbox.push(Waiting::new(1, start));
    let (permit, waiting) = sent(&mut outbox, start).remove(0);
    let end = start + budget + SECOND;
    outbox.failed(permit, None, CHANCE, end);
    outbox.put_back(waiting, has_room, CHANCE, end)
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
    let mut outbox = outbox(1, start);
    let mut now = start + BUDGET;
    for round in 1..=3 {
        // Another one gets through, whatever this one does.
        let other = outbox.permit(now).expect("the test gives one");
        outbox.answered(other, now + SECOND);
        now += 10 * SECOND;
        let (permit, waiting) = sent(&mut outbox, now).remove(0);
        outbox.failed(permit, None, CHANCE, now);
        let given_up = outbox.put_back(waiting, true, CHANCE, now);
        assert_eq!(given_up, (round == 3).then_some(0), "{round}");
        now += 10 * SECOND;
    }
}

#[test]
fn what_waits_for_longer_than_the_budget_can_go_elsewhere() {
    let now = Instant::now();
    let mut outbox = outbox(3, now);
    outbox.push(Waiting::new(3, now + SECOND));
    assert_eq!(outbox.expired(now + BUDGET / 2), [0; 0]);
    assert_eq!(outbox.expired(now + BUDGET), [0, 1, 2]);
    assert!(!outbox.is_empty());
    assert_eq!(outbox.wake_at(None, true), Some(now + SECOND));
}
