//! When blocks are given out.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanId, TraceId};
use proptest::prelude::*;

use super::{id, span};
use crate::terminal::assembly::{Assembly, Block, Limits};
use crate::terminal::entry::Entry;

const HOLD: Duration = Duration::from_secs(60);

fn entry(trace: u128, number: u64, parent: u64) -> Entry {
    let mut entry = Entry::read(&span(number, parent, "", 0, 1), false);
    entry.trace_id = TraceId::from(trace);
    entry
}

fn ids(block: &Block) -> Vec<SpanId> {
    block.entries.iter().map(|entry| entry.span_id).collect()
}

/// What a test needs to see of blocks: spans, continuation, incomplete.
fn seen(blocks: &[Block]) -> Vec<(Vec<SpanId>, bool, bool)> {
    blocks
        .iter()
        .map(|block| (ids(block), block.is_continuation, block.is_incomplete))
        .collect()
}

struct Case {
    assembly: Assembly,
    now: Instant,
}

impl Case {
    fn new(limits: Limits) -> Self {
        Self {
            assembly: Assembly::new(limits),
            now: Instant::now(),
        }
    }

    fn open(&mut self, trace: u128, number: u64) -> Vec<(Vec<SpanId>, bool, bool)> {
        seen(&self.assembly.opened(TraceId::from(trace), id(number)))
    }

    fn end(&mut self, trace: u128, number: u64, parent: u64) -> Vec<(Vec<SpanId>, bool, bool)> {
        seen(&self.assembly.ended(entry(trace, number, parent), self.now))
    }
}

#[test]
fn a_trace_waits_for_spans_that_outlive_its_root() {
    let mut case = Case::new(Limits::default());
    case.open(1, 1);
    case.open(1, 2);
    assert_eq!(case.end(1, 1, 0), []);
    assert_eq!(case.end(1, 2, 1), [(vec![id(1), id(2)], false, false)]);
}

#[test]
fn a_trace_waits_for_its_root() {
    let mut case = Case::new(Limits::default());
    case.open(1, 1);
    case.open(1, 2);
    assert_eq!(case.end(1, 2, 1), []);
    assert_eq!(case.end(1, 1, 0), [(vec![id(2), id(1)], false, false)]);
}

#[test]
fn a_root_with_a_remote_parent_completes_its_trace() {
    let mut case = Case::new(Limits::default());
    let mut root = entry(1, 1, 77);
    root.is_local_root = true;
    case.open(1, 1);
    assert_eq!(seen(&case.assembly.ended(root, case.now)).len(), 1);
}

#[test]
fn traces_do_not_mix() {
    let mut case = Case::new(Limits::default());
    case.open(1, 1);
    case.open(2, 1);
    assert_eq!(case.end(2, 1, 0), [(vec![id(1)], false, false)]);
    assert_eq!(case.end(1, 1, 0), [(vec![id(1)], false, false)]);
}

#[test]
fn a_span_after_the_end_of_its_trace_is_a_continuation() {
    let mut case = Case::new(Limits::default());
    case.end(1, 1, 0);
    case.open(1, 2);
    case.open(1, 3);
    assert_eq!(case.end(1, 2, 1), []);
    assert_eq!(case.end(1, 3, 1), [(vec![id(2), id(3)], true, false)]);
    assert_eq!(case.end(1, 4, 1), [(vec![id(4)], true, false)]);
}

#[test]
fn after_sixty_seconds_a_trace_is_given_out_as_it_is() {
    let mut case = Case::new(Limits::default());
    case.open(1, 1);
    case.open(1, 2);
    assert_eq!(case.assembly.next_deadline(), None);
    case.end(1, 2, 1);
    assert_eq!(case.assembly.next_deadline(), Some(case.now + HOLD));
    case.now += HOLD;
    let blocks = case.assembly.sweep(case.now);
    assert_eq!(seen(&blocks), [(vec![id(2)], false, true)]);
    assert_eq!(blocks[0].still_open, 1);
    assert_eq!(case.assembly.next_deadline(), None);
    assert_eq!(case.end(1, 1, 0), [(vec![id(1)], true, false)]);
}

#[test]
fn a_span_that_ends_after_the_deadline_needs_no_sweep() {
    let mut case = Case::new(Limits::default());
    case.open(1, 1);
    case.end(1, 2, 1);
    case.now += HOLD;
    assert_eq!(case.end(1, 3, 1), [(vec![id(2), id(3)], false, true)]);
}

#[test]
fn a_long_root_alone_is_not_cut_by_time() {
    let mut case = Case::new(Limits::default());
    case.open(1, 1);
    case.now += 10 * HOLD;
    assert_eq!(case.assembly.sweep(case.now), []);
    case.open(1, 2);
    assert_eq!(case.end(1, 2, 1), []);
    assert_eq!(case.end(1, 1, 0), [(vec![id(2), id(1)], false, false)]);
}

#[test]
fn a_trace_of_too_many_spans_comes_in_pieces() {
    let mut case = Case::new(Limits {
        spans_per_trace: 2,
        ..Limits::default()
    });
    case.open(1, 1);
    assert_eq!(case.end(1, 2, 1), []);
    assert_eq!(case.end(1, 3, 1), [(vec![id(2), id(3)], false, true)]);
    assert_eq!(case.end(1, 4, 1), []);
    assert_eq!(case.end(1, 1, 0), [(vec![id(4), id(1)], true, false)]);
}

#[test]
fn the_oldest_trace_makes_room() {
    let mut case = Case::new(Limits {
        traces: 2,
        ..Limits::default()
    });
    case.open(1, 1);
    case.end(1, 2, 1);
    case.open(2, 1);
    assert_eq!(case.open(3, 1), [(vec![id(2)], false, true)]);
    assert_eq!(case.end(2, 1, 0), [(vec![id(1)], false, false)]);
    assert_eq!(case.end(1, 1, 0), [(vec![id(1)], true, false)]);
}

#[test]
fn the_oldest_spans_make_room() {
    let mut case = Case::new(Limits {
        spans: 2,
        ..Limits::default()
    });
    case.open(1, 1);
    case.open(2, 1);
    case.end(2, 2, 1);
    case.end(2, 3, 1);
    case.open(3, 1);
    assert_eq!(case.end(3, 2, 1), [(vec![id(2), id(3)], false, true)]);
}

#[test]
fn a_lost_notice_of_the_start_costs_nothing() {
    let mut case = Case::new(Limits::default());
    assert_eq!(case.end(1, 2, 1), []);
    assert_eq!(case.end(1, 1, 0), [(vec![id(2), id(1)], false, false)]);
}

#[test]
fn a_lost_notice_of_the_end_only_delays() {
    let mut case = Case::new(Limits::default());
    case.open(1, 1);
    case.open(1, 2);
    assert_eq!(case.end(1, 1, 0), []);
    assert_eq!(
        seen(&case.assembly.sweep(case.now + HOLD)),
        [(vec![id(1)], false, true)]
    );
}

#[test]
fn a_drain_gives_out_everything_by_age() {
    let mut case = Case::new(Limits::default());
    for trace in [3, 1, 2] {
        case.open(trace, 1);
        case.end(trace, 2, 1);
    }
    let blocks = case.assembly.drain();
    let traces: Vec<TraceId> = blocks
        .iter()
        .map(|block| block.entries[0].trace_id)
        .collect();
    assert_eq!(traces, [3u128, 1, 2].map(TraceId::from));
    assert_eq!(case.assembly.drain(), []);
    assert_eq!(case.assembly.next_deadline(), None);
}

#[test]
fn the_memory_of_printed_traces_is_bounded() {
    let mut case = Case::new(Limits {
        remembered: 2,
        ..Limits::default()
    });
    for trace in 1..=3 {
        case.end(trace, 1, 0);
    }
    // Forgotten, so it looks like a trace whose root is to come.
    assert_eq!(case.end(1, 2, 1), []);
    assert_eq!(case.end(3, 2, 1), [(vec![id(2)], true, false)]);
}

#[derive(Clone, Debug)]
enum Step {
    Open(u128, u64),
    End(u128, u64, u64),
    Wait(u64),
    Sweep,
    Drain,
}

fn step() -> impl Strategy<Value = Step> {
    let (trace, number) = (1u128..6, 1u64..9);
    prop_oneof![
        4 => (trace.clone(), number.clone()).prop_map(|(trace, number)| Step::Open(trace, number)),
        6 => (trace, number, 0u64..9)
            .prop_map(|(trace, number, parent)| Step::End(trace, number, parent)),
        1 => (0u64..90).prop_map(Step::Wait),
        1 => Just(Step::Sweep),
        1 => Just(Step::Drain),
    ]
}

proptest! {
    #[test]
    fn no_span_is_lost_or_doubled(
        steps in prop::collection::vec(step(), 0..200),
        spans_per_trace in 1usize..6,
        spans in 1usize..12,
        traces in 1usize..5,
        remembered in 0usize..5,
    ) {
        let limits = Limits {
            spans_per_trace,
            spans,
            traces,
            remembered,
            ..Limits::default()
        };
        let mut assembly = Assembly::new(limits);
        let mut now = Instant::now();
        // Each end is a span of its own; its name tells it apart from those with the same id.
        let mut arrived: HashMap<String, Instant> = HashMap::new();
        let mut total = 0;
        for step in steps.into_iter().chain([Step::Drain]) {
            let blocks = match step {
                Step::Open(trace, number) => assembly.opened(TraceId::from(trace), id(number)),
                Step::End(trace, number, parent) => {
                    let mut entry = entry(trace, number, parent);
                    entry.name = total.to_string();
                    total += 1;
                    arrived.insert(entry.name.clone(), now);
                    assembly.ended(entry, now)
                }
                Step::Wait(seconds) => {
                    now += Duration::from_secs(seconds);
                    Vec::new()
                }
                Step::Sweep => {
                    let blocks = assembly.sweep(now);
                    prop_assert!(assembly.next_deadline().is_none_or(|next| next > now));
                    blocks
                }
                Step::Drain => {
                    let blocks = assembly.drain();
                    prop_assert_eq!(assembly.next_deadline(), None);
                    let given: usize = blocks.iter().map(|block| block.entries.len()).sum();
                    prop_assert_eq!(arrived.len(), given);
                    blocks
                }
            };
            for block in blocks {
                prop_assert!(!block.entries.is_empty());
                prop_assert!(block.entries.len() <= spans_per_trace);
                prop_assert!(block.still_open <= spans_per_trace);
                let trace_id = block.entries[0].trace_id;
                for entry in block.entries {
                    prop_assert_eq!(entry.trace_id, trace_id);
                    prop_assert!(arrived.remove(&entry.name).is_some(), "doubled or made up");
                }
            }
            prop_assert!(arrived.len() <= spans, "more is held than allowed");
        }
        prop_assert!(arrived.is_empty(), "lost");
    }
}
