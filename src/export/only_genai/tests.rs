//! Whatever the order in which spans start and end: every span comes out once, and no orphan.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanId, TraceId};
use proptest::prelude::*;

use super::trace_buffer::{Bounds, Decisions, EndedSpan, Parent, Released, TraceBuffer};

const ROOMY: Bounds = Bounds {
    spans: 10_000,
    bytes: 1 << 20,
    hold: Duration::from_secs(600),
    grace: Duration::from_secs(1),
    traces: 1_000,
    open: 10_000,
    links: 10_000,
};
const NONE: Parent = Parent {
    span_id: SpanId::INVALID,
    is_remote: false,
};
/// A span of another process.
const ELSEWHERE: Parent = Parent {
    span_id: SpanId::from_bytes([0xff; 8]),
    is_remote: true,
};
const BYTES: usize = 10;

fn trace_id(number: usize) -> TraceId {
    TraceId::from(number as u128 + 1)
}

fn span_id(number: usize) -> SpanId {
    SpanId::from(number as u64 + 1)
}

/// A span of a made-up program.
#[derive(Clone, Debug)]
struct Span {
    trace: usize,
    /// One that was made before, in the same trace.
    parent: Option<usize>,
    is_of_remote: bool,
    is_genai: bool,
}

impl Span {
    fn parent(&self) -> Parent {
        match self.parent {
            Some(parent) => Parent {
                span_id: span_id(parent),
                is_remote: false,
            },
            None if self.is_of_remote => ELSEWHERE,
            None => NONE,
        }
    }
}

/// Spans of a few traces; each is the child of one before it, or begins something.
fn programs() -> impl Strategy<Value = Vec<Span>> {
    let span = (0..3_usize, any::<prop::sample::Index>(), 0..4, 0..8);
    prop::collection::vec(span, 1..40).prop_map(|drawn| {
        let mut spans: Vec<Span> = Vec::new();
        for (trace, parent, root, genai) in drawn {
            let of_trace = |(_, one): &(usize, &Span)| one.trace == trace;
            let before: Vec<usize> = spans
                .iter()
                .enumerate()
                .filter(of_trace)
                .map(|(number, _)| number)
                .collect();
            let parent = match before.is_empty() || root == 0 {
                true => None,
                false => Some(before[parent.index(before.len())]),
            };
            spans.push(Span {
                trace,
                parent,
                is_of_remote: genai % 2 == 0,
                is_genai: genai == 0,
            });
        }
        spans
    })
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Start,
    End(prop::sample::Index),
    Pass(u64),
    Flush,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        10 => Just(Step::Start),
        10 => any::<prop::sample::Index>().prop_map(Step::End),
        1 => (0..700_u64).prop_map(Step::Pass),
        1 => Just(Step::Flush),
    ];
    prop::collection::vec(step, 0..120)
}

/// Runs a program: spans start in their order and end in any.
struct Run<'a> {
    spans: &'a [Span],
    bounds: Bounds,
    buffer: TraceBuffer<usize>,
    now: Instant,
    started: usize,
    open: Vec<usize>,
    total: Decisions<usize>,
}

impl<'a> Run<'a> {
    fn new(spans: &'a [Span], bounds: Bounds) -> Self {
        Self {
            spans,
            bounds,
            buffer: TraceBuffer::new(bounds),
            now: Instant::now(),
            started: 0,
            open: Vec::new(),
            total: Decisions::default(),
        }
    }

    fn start(&mut self) {
        if let Some(span) = self.spans.get(self.started) {
            let (trace, id) = (trace_id(span.trace), span_id(self.started));
            self.buffer.opened(trace, id, self.now, &mut self.total);
            self.open.push(self.started);
            self.started += 1;
        }
    }

    fn end(&mut self, which: usize) {
        let number = self.open.swap_remove(which);
        let span = &self.spans[number];
        let ended = EndedSpan {
            trace_id: trace_id(span.trace),
            span_id: span_id(number),
            parent: span.parent(),
            is_genai: span.is_genai,
            bytes: BYTES,
            span: number,
        };
        self.buffer.ended(ended, self.now, &mut self.total);
    }

    fn end_span(&mut self, number: usize) {
        let position = self.open.iter().position(|one| *one == number);
        self.end(position.expect("it is open"));
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Start => self.start(),
            Step::End(which) if !self.open.is_empty() => self.end(which.index(self.open.len())),
            Step::End(_) => {}
            Step::Pass(seconds) => {
                self.now += Duration::from_secs(seconds);
                self.buffer.sweep(self.now, &mut self.total);
                assert!(self.buffer.next_due().is_none_or(|at| at > self.now));
            }
            Step::Flush => self.buffer.decide(self.now, &mut self.total),
        }
        let [spans, bytes, traces, open, links] = self.buffer.sizes();
        assert_eq!(bytes, spans * BYTES);
        let Bounds {
            spans: most,
            bytes: heaviest,
            ..
        } = self.bounds;
        assert!(spans <= most && bytes <= heaviest);
        assert!(traces <= self.bounds.traces && links <= self.bounds.links);
        assert!(open <= self.bounds.open);
    }

    fn finish(mut self) -> Outcome {
        while self.started < self.spans.len() {
            self.step(Step::Start);
        }
        while !self.open.is_empty() {
            self.end(0);
        }
        self.buffer.decide(self.now, &mut self.total);
        assert_eq!(self.buffer.sizes()[0], 0);
        let mut released = HashMap::new();
        for one in &self.total.released {
            if let Released::Ended { span, parent } = one {
                let before = released.insert(*span, parent.unwrap_or(self.spans[*span].parent()));
                assert_eq!(before, None, "released twice");
            }
        }
        let settled = released.len() as u64 + self.total.left_out;
        assert_eq!(settled, self.spans.len() as u64);
        Outcome {
            released,
            left_out: self.total.left_out,
            lost: self.total.lost,
        }
    }
}

struct Outcome {
    /// With the parents that they were released with.
    released: HashMap<usize, Parent>,
    left_out: u64,
    lost: u64,
}

/// The next ancestor that was released, or where the trace came from.
fn expected(spans: &[Span], released: &HashMap<usize, Parent>, number: usize) -> Parent {
    let mut span = &spans[number];
    while let Some(parent) = span.parent {
        if released.contains_key(&parent) {
            break;
        }
        span = &spans[parent];
    }
    span.parent()
}

fn genai_traces(spans: &[Span]) -> HashSet<usize> {
    let genai = spans.iter().filter(|span| span.is_genai);
    genai.map(|span| span.trace).collect()
}

proptest! {
    #[test]
    fn no_span_is_an_orphan_and_no_trace_without_a_genai_span_passes(
        spans in programs(),
        steps in steps(),
        room in 1..40_usize,
    ) {
        let bounds = Bounds { spans: room, ..ROOMY };
        let mut run = Run::new(&spans, bounds);
        steps.into_iter().for_each(|step| run.step(step));
        let outcome = run.finish();
        let genai = genai_traces(&spans);
        for (number, parent) in &outcome.released {
            prop_assert!(genai.contains(&spans[*number].trace));
            prop_assert_eq!(*parent, expected(&spans, &outcome.released, *number));
        }
        for (number, span) in spans.iter().enumerate() {
            prop_assert!(!span.is_genai || outcome.released.contains_key(&number));
        }
        let of_genai = spans.iter().filter(|span| genai.contains(&span.trace));
        prop_assert!(outcome.lost <= (of_genai.count() - outcome.released.len()) as u64);
    }

    #[test]
    fn with_room_and_time_traces_are_exported_whole_or_not_at_all(
        spans in programs(),
        steps in steps(),
    ) {
        let mut run = Run::new(&spans, ROOMY);
        // Somebody holds the traces open, so that nothing is decided before its time.
        while run.started < spans.len() {
            run.start();
        }
        let waits = |step: &Step| matches!(step, Step::Start | Step::End(_));
        steps.into_iter().filter(waits).for_each(|step| run.step(step));
        let outcome = run.finish();
        let genai = genai_traces(&spans);
        for (number, span) in spans.iter().enumerate() {
            prop_assert_eq!(outcome.released.contains_key(&number), genai.contains(&span.trace));
        }
        for (number, parent) in &outcome.released {
            prop_assert_eq!(*parent, spans[*number].parent());
        }
        prop_assert_eq!(outcome.lost, 0);
    }

    #[test]
    fn with_hardly_any_memory_every_span_still_comes_out_once(
        spans in programs(),
        steps in steps(),
        small in 1..4_usize,
    ) {
        let bounds = Bounds {
            spans: small,
            bytes: small * BYTES,
            traces: small,
            open: small,
            links: small,
            ..ROOMY
        };
        let mut run = Run::new(&spans, bounds);
        steps.into_iter().for_each(|step| run.step(step));
        run.finish();
    }
}

fn span(trace: usize, parent: Option<usize>) -> Span {
    Span {
        trace,
        parent,
        is_of_remote: false,
        is_genai: false,
    }
}

fn generation(trace: usize, parent: usize) -> Span {
    Span {
        is_genai: true,
        ..span(trace, Some(parent))
    }
}

#[test]
fn a_trace_that_is_over_waits_a_second_for_a_task_that_has_not_begun() {
    let spans = [span(0, None), generation(0, 0)];
    let mut run = Run::new(&spans, ROOMY);
    run.start();
    run.end(0);
    assert_eq!(run.buffer.next_due(), Some(run.now + ROOMY.grace));
    run.start();
    let hold = run.now + ROOMY.hold;
    assert_eq!(run.buffer.next_due(), Some(hold), "it goes on");
    run.end(0);
    assert_eq!(run.finish().released.len(), 2);
}

#[test]
fn a_trace_that_never_ends_is_left_out_and_what_was_early_counts_when_it_is_about_a_model() {
    let spans = [span(0, None), span(0, Some(0)), generation(0, 0)];
    let mut run = Run::new(&spans, ROOMY);
    (0..3).for_each(|_| run.start());
    run.end(1);
    run.step(Step::Pass(599));
    assert_eq!(run.total.left_out, 0);
    run.step(Step::Pass(1));
    assert_eq!((run.total.left_out, run.total.lost), (1, 0));
    let outcome = run.finish();
    assert_eq!(
        (outcome.released.len(), outcome.left_out, outcome.lost),
        (2, 1, 1)
    );
}

#[test]
fn what_is_left_out_when_its_trace_is_over_is_no_loss_even_if_more_comes() {
    let spans = [span(0, None), span(0, Some(0)), generation(0, 1)];
    let mut run = Run::new(&spans, ROOMY);
    run.start();
    run.start();
    run.end(1);
    run.end(0);
    run.step(Step::Pass(1));
    let outcome = run.finish();
    assert_eq!((outcome.left_out, outcome.lost), (2, 0));
    assert_eq!(outcome.released[&2], NONE, "it is the root now");
}

#[test]
fn without_room_the_traces_that_are_over_go_first() {
    let spans = [
        span(0, None),
        span(0, Some(0)),
        span(1, None),
        span(2, None),
        span(2, Some(3)),
        generation(0, 0),
    ];
    let mut run = Run::new(&spans, Bounds { spans: 2, ..ROOMY });
    (0..6).for_each(|_| run.start());
    run.end_span(1);
    // Trace 1 is over as a whole, and younger than what waits of trace 0.
    run.end_span(2);
    assert_eq!(run.total.left_out, 0);
    run.end_span(4);
    assert_eq!(run.total.left_out, 1);
    run.end_span(5);
    let finished = run.finish().released;
    let mut released: Vec<_> = finished.keys().collect();
    released.sort_unstable();
    assert_eq!(released, [&0, &1, &5]);
}

#[test]
fn ids_that_go_round_in_a_circle_hang_nobody() {
    let (mut buffer, mut total) = (TraceBuffer::new(ROOMY), Decisions::default());
    let now = Instant::now();
    for (number, parent, is_genai) in [(0, 1, false), (1, 0, false), (2, 0, true)] {
        let ended = EndedSpan {
            trace_id: trace_id(0),
            span_id: span_id(number),
            parent: Parent {
                span_id: span_id(parent),
                is_remote: false,
            },
            is_genai,
            bytes: BYTES,
            span: number,
        };
        buffer.ended(ended, now, &mut total);
        buffer.decide(now, &mut total);
    }
    assert_eq!(total.released.len(), 1);
}
