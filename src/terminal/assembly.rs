//! Decides when the spans of a trace are printed.
//!
//! Contract: a state machine without clock and without output. A trace is complete when its local
//! root has ended and no span that is known to be open is left. Every span that ends comes out in
//! exactly one block. What is held is bounded by spans a trace, by time, by traces and by spans
//! altogether; over a bound the oldest is given out as it is and later spans of that trace come as
//! a continuation. Notices of started spans may be lost or late: they only ever delay a block, and
//! no finished span waits longer than [`Limits::hold`] (or [`Limits::hold_open`] below an open root).
//!
//! Where somebody watches, the steps of a long trace are given out as they end, besides their block: the
//! local root, and the spans right below it. The local root is the first span that was opened.

use std::collections::{HashMap, HashSet, VecDeque};
use std::mem;
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanId, TraceId};

use super::entry::Entry;

/// Spans of one trace that are printed together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block {
    /// In the order in which they ended; never empty.
    pub(crate) entries: Vec<Entry>,
    /// Whether other spans of the trace were printed before.
    pub(crate) is_continuation: bool,
    /// Whether more is expected to come.
    pub(crate) is_incomplete: bool,
    /// Spans of the trace that are known to be open.
    pub(crate) still_open: usize,
}

/// Bounds of what is held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Spans of one trace, and open spans of it that are known of.
    pub(crate) spans_per_trace: usize,
    /// Spans of all traces.
    pub(crate) spans: usize,
    /// Traces with open or held spans.
    pub(crate) traces: usize,
    /// How long a finished span waits for the rest of its trace.
    pub(crate) hold: Duration,
    /// The same while the local root is open.
    pub(crate) hold_open: Duration,
    /// How long a trace has to take until its steps are given out; `None`: they never are.
    pub(crate) steps_after: Option<Duration>,
    /// Printed traces that are remembered, to tell continuations.
    pub(crate) remembered: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            spans_per_trace: 1_000,
            spans: 10_000,
            traces: 256,
            hold: Duration::from_secs(60),
            hold_open: Duration::from_secs(60),
            steps_after: None,
            remembered: 1_024,
        }
    }
}

impl Limits {
    /// For a person who watches: steps at once, and the tree when the trace is over.
    pub(crate) fn live() -> Self {
        Self {
            hold_open: Duration::from_secs(600),
            steps_after: Some(Duration::from_secs(2)),
            ..Self::default()
        }
    }

    fn hold(&self, trace: &OpenTrace) -> Duration {
        match trace.root_ended {
            true => self.hold,
            false => self.hold_open,
        }
    }
}

/// The spans that wait for the rest of their trace.
#[derive(Debug)]
pub(crate) struct Assembly {
    limits: Limits,
    traces: HashMap<TraceId, OpenTrace>,
    printed: Printed,
    /// Spans held in all traces.
    held: usize,
    /// Numbers the traces by age.
    arrivals: u64,
}

/// What is known of a trace that is not complete.
#[derive(Debug, Default)]
struct OpenTrace {
    arrival: u64,
    entries: Vec<Entry>,
    open: HashSet<SpanId>,
    /// When the first of the entries was taken in.
    since: Option<Instant>,
    root_ended: bool,
    is_continuation: bool,
    /// The local root, as far as notices tell.
    first_opened: Option<SpanId>,
    /// Entries that were looked at for steps.
    looked_at: usize,
    /// Steps among the others.
    steps: usize,
}

impl OpenTrace {
    fn is_complete(&self) -> bool {
        self.root_ended && self.open.is_empty()
    }

    fn is_due(&self, now: Instant, hold: Duration) -> bool {
        self.since
            .is_some_and(|since| now.saturating_duration_since(since) >= hold)
    }

    fn is_step(&self, entry: &Entry) -> bool {
        entry.is_local_root || entry.parent.is_some() && entry.parent == self.first_opened
    }

    /// Whether its finished spans alone took that long.
    fn took(&self, least: Duration) -> bool {
        let start = self.entries.iter().map(|entry| entry.start).min();
        let end = self.entries.iter().map(|entry| entry.end).max();
        let took = start.zip(end).map(|(start, end)| end.duration_since(start));
        took.is_some_and(|took| took.is_ok_and(|took| took >= least))
    }
}

impl Assembly {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            traces: HashMap::new(),
            printed: Printed::default(),
            held: 0,
            arrivals: 0,
        }
    }

    /// A span has started.
    pub(crate) fn opened(&mut self, trace_id: TraceId, span_id: SpanId) -> Vec<Block> {
        let mut blocks = Vec::new();
        let most = self.limits.spans_per_trace;
        let trace = self.trace(trace_id, &mut blocks);
        trace.first_opened.get_or_insert(span_id);
        if trace.open.len() < most {
            trace.open.insert(span_id);
        }
        blocks
    }

    /// A span has ended.
    pub(crate) fn ended(&mut self, entry: Entry, now: Instant) -> Vec<Block> {
        let mut blocks = Vec::new();
        let limits = self.limits;
        let trace_id = entry.trace_id;
        let trace = self.trace(trace_id, &mut blocks);
        trace.open.remove(&entry.span_id);
        trace.root_ended |= entry.is_local_root;
        trace.since.get_or_insert(now);
        trace.steps += usize::from(trace.is_step(&entry));
        trace.entries.push(entry);
        let is_ready = trace.is_complete()
            || trace.entries.len() >= limits.spans_per_trace
            || trace.is_due(now, limits.hold(trace));
        self.held += 1;
        if is_ready {
            blocks.extend(self.give_out(trace_id));
        }
        while self.held > limits.spans
            && let Some(oldest) = self.oldest(|trace| !trace.entries.is_empty())
        {
            blocks.extend(self.give_out(oldest));
        }
        blocks
    }

    /// Gives out what has waited long enough.
    pub(crate) fn sweep(&mut self, now: Instant) -> Vec<Block> {
        let limits = self.limits;
        self.give_out_all(|trace| trace.is_due(now, limits.hold(trace)))
    }

    /// Gives out whatever is held.
    pub(crate) fn drain(&mut self) -> Vec<Block> {
        self.give_out_all(|_| true)
    }

    /// Steps of long traces that were not given out before, in the order in which they ended.
    pub(crate) fn steps(&mut self, now: Instant) -> Vec<Entry> {
        let Some(after) = self.limits.steps_after else {
            return Vec::new();
        };
        let waiting = self.traces.values_mut().filter(|trace| trace.steps > 0);
        let long = waiting.filter(|trace| trace.is_due(now, after) || trace.took(after));
        long.flat_map(|trace| {
            trace.steps = 0;
            let first = mem::replace(&mut trace.looked_at, trace.entries.len());
            let new = trace.entries.iter().skip(first);
            let steps = new.filter(|entry| trace.is_step(entry)).cloned();
            steps.collect::<Vec<_>>()
        })
        .collect()
    }

    /// When [`Assembly::sweep`] or [`Assembly::steps`] will have something to give out.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let deadlines = self.traces.values().filter_map(|trace| {
            let steps_after = self.limits.steps_after.filter(|_| trace.steps > 0);
            let hold = self.limits.hold(trace);
            let wait = steps_after.map_or(hold, |after| after.min(hold));
            trace.since?.checked_add(wait)
        });
        deadlines.min()
    }

    /// The trace, new if it has to be, for which the oldest makes room.
    fn trace(&mut self, trace_id: TraceId, blocks: &mut Vec<Block>) -> &mut OpenTrace {
        if !self.traces.contains_key(&trace_id) {
            while self.traces.len() >= self.limits.traces.max(1)
                && let Some(oldest) = self.oldest(|_| true)
            {
                blocks.extend(self.give_out(oldest));
                self.traces.remove(&oldest);
            }
        }
        let arrivals = &mut self.arrivals;
        let printed = &self.printed;
        self.traces.entry(trace_id).or_insert_with(|| {
            *arrivals += 1;
            let before = printed.get(trace_id);
            OpenTrace {
                arrival: *arrivals,
                is_continuation: before.is_some(),
                root_ended: before.unwrap_or(false),
                ..OpenTrace::default()
            }
        })
    }

    fn oldest(&self, is_candidate: impl Fn(&OpenTrace) -> bool) -> Option<TraceId> {
        self.traces
            .iter()
            .filter(|(_, trace)| is_candidate(trace))
            .min_by_key(|(_, trace)| trace.arrival)
            .map(|(trace_id, _)| *trace_id)
    }

    fn give_out_all(&mut self, is_wanted: impl Fn(&OpenTrace) -> bool) -> Vec<Block> {
        let mut wanted: Vec<(u64, TraceId)> = self
            .traces
            .iter()
            .filter(|(_, trace)| is_wanted(trace))
            .map(|(trace_id, trace)| (trace.arrival, *trace_id))
            .collect();
        wanted.sort_unstable_by_key(|(arrival, _)| *arrival);
        wanted
            .into_iter()
            .filter_map(|(_, trace_id)| self.give_out(trace_id))
            .collect()
    }

    /// Takes the spans out of a trace. It stays known as long as spans of it are open.
    fn give_out(&mut self, trace_id: TraceId) -> Option<Block> {
        let trace = self.traces.get_mut(&trace_id)?;
        if trace.entries.is_empty() {
            return None;
        }
        let block = Block {
            entries: mem::take(&mut trace.entries),
            is_continuation: mem::replace(&mut trace.is_continuation, true),
            is_incomplete: !trace.is_complete(),
            still_open: trace.open.len(),
        };
        trace.since = None;
        (trace.looked_at, trace.steps) = (0, 0);
        self.held -= block.entries.len();
        self.printed
            .remember(trace_id, trace.root_ended, self.limits.remembered);
        if trace.open.is_empty() {
            self.traces.remove(&trace_id);
        }
        Some(block)
    }
}

/// The traces printed last, and whether their root had ended by then.
#[derive(Debug, Default)]
struct Printed {
    root_ended: HashMap<TraceId, bool>,
    order: VecDeque<TraceId>,
}

impl Printed {
    fn get(&self, trace_id: TraceId) -> Option<bool> {
        self.root_ended.get(&trace_id).copied()
    }

    fn remember(&mut self, trace_id: TraceId, root_ended: bool, most: usize) {
        if self.root_ended.insert(trace_id, root_ended).is_none() {
            self.order.push_back(trace_id);
        }
        while self.order.len() > most
            && let Some(forgotten) = self.order.pop_front()
        {
            self.root_ended.remove(&forgotten);
        }
    }
}
