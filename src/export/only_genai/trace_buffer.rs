//! Which spans are exported if only traces with a GenAI span are: a state machine without a clock.
//!
//! Contract: every span that is put in comes out exactly once, released or counted as left out. The spans
//! of a trace wait until one of them is about a model; from then on everything of the trace is released.
//! A trace in which nothing is open any more is left out after [`Bounds::grace`], because work that was
//! handed to a task may start after the function that made it has returned. No span is released with a
//! parent that was left out: it gets the nearest ancestor that is released, or the one that its trace
//! came from, or none.
//!
//! Bounded by spans and bytes that wait, by time, and by what is remembered of traces. Over a bound the
//! spans of the trace that would be decided first go: those of traces in which nothing is open, then
//! the oldest. That is no loss unless the trace turns out to be about a model later, which is why
//! such a trace remembers how many they were. What is remembered may be forgotten as well, of traces in
//! which nothing happens first; a span that ends after that keeps its parent, whatever became of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanId, TraceId};

use crate::text::deadline;

/// What waits and is remembered at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Spans that wait.
    pub(crate) spans: usize,
    /// Bytes of the spans that wait.
    pub(crate) bytes: usize,
    /// How long a span waits for its trace to be decided.
    pub(crate) hold: Duration,
    /// How long a trace in which nothing is open waits for what may still start.
    pub(crate) grace: Duration,
    /// Traces that are known.
    pub(crate) traces: usize,
    /// Open spans that are known.
    pub(crate) open: usize,
    /// Spans that are known to be left out.
    pub(crate) links: usize,
}

/// The parent of a span; an invalid id is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parent {
    pub(crate) span_id: SpanId,
    /// In another process.
    pub(crate) is_remote: bool,
}

/// A span that has ended.
#[derive(Debug)]
pub(crate) struct EndedSpan<T> {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) parent: Parent,
    pub(crate) is_genai: bool,
    pub(crate) bytes: usize,
    pub(crate) span: T,
}

/// What is for the destination.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Released<T> {
    Opened {
        trace_id: TraceId,
        span_id: SpanId,
    },
    Ended {
        span: T,
        /// In place of a parent that was left out.
        parent: Option<Parent>,
    },
}

/// What was decided.
#[derive(Debug)]
pub(crate) struct Decisions<T> {
    /// In the order in which the spans ended, a trace at a time.
    pub(crate) released: Vec<Released<T>>,
    /// Spans that were left out.
    pub(crate) left_out: u64,
    /// Spans that were counted as left out before and turn out to be losses.
    pub(crate) lost: u64,
}

impl<T> Default for Decisions<T> {
    fn default() -> Self {
        Self {
            released: Vec::new(),
            left_out: 0,
            lost: 0,
        }
    }
}

/// When a trace is decided, and a number that makes it unique.
type Due = (Instant, u64);
/// Whether anything is open or waits, and since which change: who stands first is forgotten first.
type Rank = (bool, u64);

#[derive(Debug)]
pub(crate) struct TraceBuffer<T> {
    bounds: Bounds,
    traces: HashMap<TraceId, BufferedTrace<T>>,
    due: BTreeMap<Due, TraceId>,
    ranks: BTreeMap<Rank, TraceId>,
    changes: u64,
    spans: usize,
    bytes: usize,
    open: usize,
    links: usize,
}

/// What is known of a trace.
#[derive(Debug)]
struct BufferedTrace<T> {
    /// It has a GenAI span: all that ends is released.
    is_kept: bool,
    open: HashSet<SpanId>,
    waiting: Vec<EndedSpan<T>>,
    /// When the first of those came.
    since: Option<Instant>,
    /// Spans that were left out, and their parents.
    links: HashMap<SpanId, Parent>,
    /// Spans that were left out while others were open.
    given_up: u64,
    due: Option<Due>,
    rank: Rank,
}

impl<T> BufferedTrace<T> {
    fn is_busy(&self) -> bool {
        !self.open.is_empty() || !self.waiting.is_empty()
    }

    /// The parent to go by in place of one that was left out.
    fn stand_in(&self, parent: Parent) -> Option<Parent> {
        let mut found = None;
        // Ids that go round in a circle are nobody's, but they must not hang anybody.
        for _ in 0..=self.links.len() {
            let last = found.unwrap_or(parent).span_id;
            match self.links.get(&last) {
                Some(next) => found = Some(*next),
                None => break,
            }
        }
        found
    }

    fn release(&self, ended: EndedSpan<T>) -> Released<T> {
        Released::Ended {
            parent: self.stand_in(ended.parent),
            span: ended.span,
        }
    }
}

impl<T> TraceBuffer<T> {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            traces: HashMap::new(),
            due: BTreeMap::new(),
            ranks: BTreeMap::new(),
            changes: 0,
            spans: 0,
            bytes: 0,
            open: 0,
            links: 0,
        }
    }

    /// A span has started.
    pub(crate) fn opened(
        &mut self,
        trace_id: TraceId,
        span_id: SpanId,
        now: Instant,
        decisions: &mut Decisions<T>,
    ) {
        let has_room = self.open < self.bounds.open;
        let trace = self.trace(trace_id);
        let is_new = has_room && trace.open.insert(span_id);
        if trace.is_kept {
            decisions
                .released
                .push(Released::Opened { trace_id, span_id });
        }
        self.open += usize::from(is_new);
        self.arrange(trace_id, now);
        self.forget(decisions);
    }

    /// A span has ended.
    pub(crate) fn ended(
        &mut self,
        ended: EndedSpan<T>,
        now: Instant,
        decisions: &mut Decisions<T>,
    ) {
        let trace_id = ended.trace_id;
        let trace = self.trace(trace_id);
        let was_open = trace.open.remove(&ended.span_id);
        if trace.is_kept {
            let released = trace.release(ended);
            decisions.released.push(released);
        } else if ended.is_genai {
            trace.is_kept = true;
            decisions.lost += std::mem::take(&mut trace.given_up);
            let open = trace.open.iter();
            decisions
                .released
                .extend(open.map(|&span_id| Released::Opened { trace_id, span_id }));
            let waiting = std::mem::take(&mut trace.waiting);
            let (spans, bytes) = (waiting.len(), size(&waiting));
            let all = waiting.into_iter().chain([ended]);
            decisions
                .released
                .extend(all.map(|ended| trace.release(ended)));
            self.spans -= spans;
            self.bytes -= bytes;
        } else {
            let bytes = ended.bytes;
            trace.since.get_or_insert(now);
            trace.waiting.push(ended);
            self.spans += 1;
            self.bytes += bytes;
        }
        self.open -= usize::from(was_open);
        self.arrange(trace_id, now);
        while self.spans > self.bounds.spans || self.bytes > self.bounds.bytes {
            let Some((_, &first)) = self.due.first_key_value() else {
                break;
            };
            self.leave_out(first, now, decisions);
        }
        self.forget(decisions);
    }

    /// Decides what has waited long enough.
    pub(crate) fn sweep(&mut self, now: Instant, decisions: &mut Decisions<T>) {
        while let Some((&(at, _), &first)) = self.due.first_key_value() {
            if at > now {
                break;
            }
            self.leave_out(first, now, decisions);
        }
        self.forget(decisions);
    }

    /// Decides whatever waits: nothing of it is about a model so far.
    pub(crate) fn decide(&mut self, now: Instant, decisions: &mut Decisions<T>) {
        while let Some((_, &first)) = self.due.first_key_value() {
            self.leave_out(first, now, decisions);
        }
        self.forget(decisions);
    }

    /// When [`TraceBuffer::sweep`] will have something to decide.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    fn trace(&mut self, id: TraceId) -> &mut BufferedTrace<T> {
        let (changes, ranks) = (&mut self.changes, &mut self.ranks);
        self.traces.entry(id).or_insert_with(|| {
            *changes += 1;
            let rank = (true, *changes);
            ranks.insert(rank, id);
            BufferedTrace {
                is_kept: false,
                open: HashSet::new(),
                waiting: Vec::new(),
                since: None,
                links: HashMap::new(),
                given_up: 0,
                due: None,
                rank,
            }
        })
    }

    /// Ranks a trace among the others after a change.
    fn arrange(&mut self, id: TraceId, now: Instant) {
        let Some(trace) = self.traces.get_mut(&id) else {
            return;
        };
        let is_busy = trace.is_busy();
        if trace.rank.0 != is_busy {
            self.ranks.remove(&trace.rank);
            self.changes += 1;
            trace.rank = (is_busy, self.changes);
            self.ranks.insert(trace.rank, id);
        }
        if trace.waiting.is_empty() {
            trace.since = None;
        }
        let latest = trace
            .since
            .map(|since| deadline::after(since, self.bounds.hold));
        let at = latest.map(|latest| match trace.open.is_empty() {
            true => latest.min(deadline::after(now, self.bounds.grace)),
            false => latest,
        });
        if let Some(before) = trace.due.take() {
            self.due.remove(&before);
        }
        trace.due = at.map(|at| (at, trace.rank.1));
        if let Some(due) = trace.due {
            self.due.insert(due, id);
        }
    }

    fn leave_out(&mut self, id: TraceId, now: Instant, decisions: &mut Decisions<T>) {
        let Some(trace) = self.traces.get_mut(&id) else {
            return;
        };
        let waiting = std::mem::take(&mut trace.waiting);
        self.spans -= waiting.len();
        self.bytes -= size(&waiting);
        decisions.left_out += waiting.len() as u64;
        if !trace.open.is_empty() {
            trace.given_up += waiting.len() as u64;
        }
        let before = trace.links.len();
        let links = waiting.iter().map(|ended| (ended.span_id, ended.parent));
        trace.links.extend(links);
        self.links += trace.links.len() - before;
        self.arrange(id, now);
    }

    /// Forgets as many traces as must be.
    fn forget(&mut self, decisions: &mut Decisions<T>) {
        while self.traces.len() > self.bounds.traces || self.links > self.bounds.links {
            let Some((_, id)) = self.ranks.pop_first() else {
                return;
            };
            let Some(trace) = self.traces.remove(&id) else {
                continue;
            };
            if let Some(due) = trace.due {
                self.due.remove(&due);
            }
            self.spans -= trace.waiting.len();
            self.bytes -= size(&trace.waiting);
            self.open -= trace.open.len();
            self.links -= trace.links.len();
            decisions.left_out += trace.waiting.len() as u64;
        }
    }

    /// Spans and bytes that wait, traces, open spans and left-out spans that are remembered.
    #[cfg(test)]
    pub(crate) fn sizes(&self) -> [usize; 5] {
        let traces = self.traces.values();
        let counted = traces.fold([0; 3], |[spans, open, links], trace| {
            [
                spans + trace.waiting.len(),
                open + trace.open.len(),
                links + trace.links.len(),
            ]
        });
        assert_eq!([self.spans, self.open, self.links], counted);
        assert_eq!(self.ranks.len(), self.traces.len());
        [
            self.spans,
            self.bytes,
            self.traces.len(),
            self.open,
            self.links,
        ]
    }
}

fn size<T>(spans: &[EndedSpan<T>]) -> usize {
    spans.iter().map(|ended| ended.bytes).sum()
}
