//! Decides when the spans of a trace are printed.
//!
//! Contract: a state machine without clock and without output. A trace is complete when its local
//! root has ended and no span that is known to be open is left. Every span that ends comes out in
//! exactly one block. What is held is bounded by spans a trace, by time, by traces and by spans
//! altogether; over a bound the oldest is given out as it is and later spans of that trace come as
//! a continuation. Notices of started spans may be lost or late: they only ever delay a block, and
//! no finished span waits longer than [`Limits::hold`].

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
            remembered: 1_024,
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
}

impl OpenTrace {
    fn is_complete(&self) -> bool {
        self.root_ended && self.open.is_empty()
    }

    fn is_due(&self, now: Instant, hold: Duration) -> bool {
        self.since
            .is_some_and(|since| now.saturating_duration_since(since) >= hold)
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
        if trace.open.len() < most {
            trace.open.insert(span_id);
        }
        blocks
    }

    /// A span has ended.
    pub(crate) fn ended(&mut self, entry: Entry, now: Instant) -> Vec<Block> {
        let mut blocks = Vec::new();
        let Limits {
            spans_per_trace,
            spans,
            hold,
            ..
        } = self.limits;
        let trace_id = entry.trace_id;
        let trace = self.trace(trace_id, &mut blocks);
        trace.open.remove(&entry.span_id);
        trace.root_ended |= entry.is_local_root;
        trace.since.get_or_insert(now);
        trace.entries.push(entry);
        let is_ready = trace.is_complete()
            || trace.entries.len() >= spans_per_trace
            || trace.is_due(now, hold);
        self.held += 1;
        if is_ready {
            blocks.extend(self.give_out(trace_id));
        }
        while self.held > spans
            && let Some(oldest) = self.oldest(|trace| !trace.entries.is_empty())
        {
            blocks.extend(self.give_out(oldest));
        }
        blocks
    }

    /// Gives out what has waited long enough.
    pub(crate) fn sweep(&mut self, now: Instant) -> Vec<Block> {
        let hold = self.limits.hold;
        self.give_out_all(|trace| trace.is_due(now, hold))
    }

    /// Gives out whatever is held.
    pub(crate) fn drain(&mut self) -> Vec<Block> {
        self.give_out_all(|_| true)
    }

    /// When [`Assembly::sweep`] will have something to give out.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let first = self.traces.values().filter_map(|trace| trace.since).min()?;
        first.checked_add(self.limits.hold)
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
