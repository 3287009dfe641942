//! The bounded queue between the threads that end spans and the one that delivers them.
//!
//! Contract: [`Queue::push`] never blocks beyond a short lock, never panics and needs no runtime.
//! The queue is bounded by spans and by bytes; over a bound the newest span is dropped and counted,
//! because what is already queued belongs to traces whose other spans may be on their way. The byte
//! bound is shared by all destinations, although they share the spans themselves: the estimate errs
//! on the side of less memory.

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::report::{Counts, DestinationReport, DropReason};
use super::share::TraceShare;

/// What travels from the processor to a destination's thread.
#[derive(Debug)]
pub(crate) enum Item {
    /// A span has started; only for destinations that want to know.
    Opened { trace_id: TraceId, span_id: SpanId },
    /// A span has ended.
    Ended(Arc<SpanData>),
    /// The provider's resource.
    Resource(Resource),
}

/// Bounds of one queue and the size of the batches taken from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Spans that may wait.
    pub(crate) spans: usize,
    /// Bytes that may wait, over all destinations.
    pub(crate) bytes: usize,
    /// Spans after which a batch is taken at once.
    pub(crate) batch_spans: usize,
    /// Bytes after which a batch is taken at once.
    pub(crate) batch_bytes: usize,
    /// How long the first span of a batch waits for others.
    pub(crate) linger: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            spans: 65_536,
            bytes: 64 << 20,
            batch_spans: 512,
            batch_bytes: 3 << 20,
            linger: Duration::from_secs(1),
        }
    }
}

/// Bytes that wait in all queues of one telemetry.
pub(crate) type SharedBytes = Arc<AtomicUsize>;

pub(crate) struct Queue {
    name: String,
    limits: Limits,
    share: TraceShare,
    shared_bytes: SharedBytes,
    state: Mutex<State>,
    work: Condvar,
    progress: Condvar,
}

#[derive(Default)]
struct State {
    items: VecDeque<(Item, usize)>,
    spans: usize,
    bytes: usize,
    first_at: Option<Instant>,
    /// Items put in, and taken out, since the start.
    put: u64,
    taken: u64,
    /// Flushes wait, the first and the last of them for the items up to these: take them without
    /// lingering.
    flush_to: Option<(u64, u64)>,
    /// The items up to this one are settled.
    flushed: u64,
    /// No more spans are accepted; the worker ends when the queue is empty.
    closed: bool,
    /// The deadline of the shutdown has passed: what the worker still reports is counted already.
    abandoned: bool,
    /// The worker has ended.
    finished: bool,
    counts: Counts,
}

/// What [`Queue::take`] gives the worker.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) items: Vec<Item>,
    /// Nothing may be held back: somebody waits for it.
    pub(crate) flush: bool,
    /// Nothing more will come.
    pub(crate) last: bool,
}

impl Queue {
    pub(crate) fn new(
        name: String,
        limits: Limits,
        share: TraceShare,
        shared_bytes: SharedBytes,
    ) -> Arc<Self> {
        Arc::new(Self {
            name,
            limits: Limits {
                // A batch that could never wait would be dropped for want of room.
                batch_spans: limits.batch_spans.min(limits.spans),
                ..limits
            },
            share,
            shared_bytes,
            state: Mutex::default(),
            work: Condvar::new(),
            progress: Condvar::new(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is consistent between any two statements, so a poisoned lock is a good one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts in a finished span of about `bytes` bytes, or counts it as dropped. A span of a trace
    /// outside of this destination's share is none of its concern: it is not even counted.
    pub(crate) fn push(&self, span: Arc<SpanData>, bytes: usize) {
        if !self.share.has(span.span_context.trace_id()) {
            return;
        }
        let mut state = self.lock();
        state.counts.made += 1;
        if state.closed {
            state.counts.drop(DropReason::AfterShutdown, 1);
            return;
        }
        let over = state.spans >= self.limits.spans
            || self
                .shared_bytes
                .load(Ordering::Relaxed)
                .saturating_add(bytes)
                > self.limits.bytes;
        if over {
            state.counts.drop(DropReason::QueueFull, 1);
            // A flush may be waiting for this one as well.
            self.progress.notify_all();
            return;
        }
        state.spans += 1;
        self.append(state, Item::Ended(span), bytes);
    }

    /// Puts in a notice. Notices are small; one is dropped where a span would be.
    pub(crate) fn notify(&self, item: Item) {
        if let Item::Opened { trace_id, .. } = item
            && !self.share.has(trace_id)
        {
            return;
        }
        let state = self.lock();
        let full = state.items.len() >= self.limits.spans.saturating_mul(2);
        let optional = matches!(item, Item::Opened { .. });
        if state.closed || (full && optional) {
            return;
        }
        self.append(state, item, mem::size_of::<Item>());
    }

    fn append(&self, mut state: MutexGuard<'_, State>, item: Item, bytes: usize) {
        let was_empty = state.items.is_empty();
        let was_full = self.has_batch(&state);
        state.items.push_back((item, bytes));
        state.put += 1;
        state.bytes += bytes;
        self.shared_bytes.fetch_add(bytes, Ordering::Relaxed);
        if was_empty {
            state.first_at = Some(Instant::now());
        }
        // Wake the worker only when that changes what it would do.
        let wake = was_empty || (!was_full && self.has_batch(&state));
        drop(state);
        if wake {
            self.work.notify_one();
        }
    }

    fn has_batch(&self, state: &State) -> bool {
        state.spans >= self.limits.batch_spans || state.bytes >= self.limits.batch_bytes
    }

    /// Waits until there is a batch, a flush, the end, or until `wake_at`.
    pub(crate) fn take(&self, wake_at: Option<Instant>) -> Taken {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            let due = state
                .first_at
                .and_then(|first| first.checked_add(self.limits.linger));
            let ready = state.closed
                || state.flush_to.is_some()
                || self.has_batch(&state)
                || due.is_some_and(|due| due <= now)
                || wake_at.is_some_and(|at| at <= now);
            if ready {
                break;
            }
            let until = [due, wake_at].into_iter().flatten().min();
            state = match until {
                Some(until) => {
                    self.work
                        .wait_timeout(state, until.saturating_duration_since(now))
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => self
                    .work
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
        self.take_batch(state)
    }

    fn take_batch(&self, mut state: MutexGuard<'_, State>) -> Taken {
        let mut items = Vec::new();
        let (mut spans, mut bytes) = (0, 0);
        while spans < self.limits.batch_spans && bytes < self.limits.batch_bytes {
            let Some((item, size)) = state.items.pop_front() else {
                break;
            };
            bytes += size;
            spans += usize::from(matches!(item, Item::Ended(_)));
            items.push(item);
        }
        state.spans -= spans;
        state.bytes -= bytes;
        state.taken += items.len() as u64;
        self.shared_bytes.fetch_sub(bytes, Ordering::Relaxed);
        let empty = state.items.is_empty();
        if empty {
            state.first_at = None;
        }
        let taken = state.taken;
        let asked = state.flush_to.take_if(|(first, _)| *first <= taken);
        if let Some((_, last)) = asked.filter(|(_, last)| *last > taken) {
            state.flush_to = Some((last, last));
        }
        let flush = asked.is_some() || (empty && state.closed);
        Taken {
            items,
            flush,
            last: empty && state.closed,
        }
    }

    /// Counts spans as delivered.
    pub(crate) fn exported(&self, count: u64) {
        self.settle(count, |counts, count| counts.exported += count);
    }

    /// Counts spans as lost.
    pub(crate) fn dropped(&self, reason: DropReason, count: u64) {
        self.settle(count, |counts, count| counts.drop(reason, count));
    }

    /// Counts as lost what the worker has taken and not settled; returns how many that were.
    pub(crate) fn dropped_by_fault(&self) -> u64 {
        let state = self.lock();
        // Only the worker takes and settles, so nothing of this can change before it is counted.
        let lost = state.counts.pending().saturating_sub(state.spans as u64);
        drop(state);
        self.dropped(DropReason::Internal, lost);
        lost
    }

    /// Remembers what went wrong last.
    pub(crate) fn failed(&self, error: String) {
        self.lock().counts.last_error = Some(error);
    }

    /// Counts at most what is under way: a consumer that settles a span twice (it may, after a
    /// fault) does not count it twice.
    fn settle(&self, count: u64, add: impl FnOnce(&mut Counts, u64)) {
        let mut state = self.lock();
        if !state.abandoned {
            let count = count.min(state.counts.pending());
            add(&mut state.counts, count);
        }
        drop(state);
        self.progress.notify_all();
    }

    /// The worker says that everything it has taken is settled.
    pub(crate) fn flushed(&self) {
        let mut state = self.lock();
        state.flushed = state.taken;
        drop(state);
        self.progress.notify_all();
    }

    /// Asks the worker to deliver what is there, without waiting for it. The result is for
    /// [`Queue::wait_flushed`].
    pub(crate) fn hurry(&self) -> u64 {
        let mut state = self.lock();
        let to = state.put;
        let first = state.flush_to.map_or(to, |(first, _)| first);
        state.flush_to = Some((first, to));
        drop(state);
        self.work.notify_one();
        to
    }

    /// Waits until all items up to this one are delivered or lost; `false` at the deadline. Counts
    /// cannot tell that: a span that is dropped meanwhile settles before those that wait.
    pub(crate) fn wait_flushed(&self, to: u64, deadline: Instant) -> bool {
        self.wait(self.lock(), deadline, |state| {
            state.flushed >= to || state.finished || state.counts.pending() == 0
        })
    }

    /// Accepts no more spans and lets the worker end.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.work.notify_one();
    }

    /// Waits for the worker's end. At the deadline what is left counts as lost.
    pub(crate) fn wait_finished(&self, deadline: Instant) -> bool {
        let state = self.lock();
        let finished = self.wait(state, deadline, |state| state.finished);
        if !finished {
            let mut state = self.lock();
            if !state.finished {
                state.abandoned = true;
                self.give_up(&mut state, DropReason::Deadline);
            }
        }
        finished
    }

    /// The worker says that it has ended; whatever it did not settle is a fault.
    pub(crate) fn finish(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.finished = true;
        self.give_up(&mut state, DropReason::Internal);
        drop(state);
        self.progress.notify_all();
    }

    /// Counts what is under way as lost, and gives back the bytes that wait.
    fn give_up(&self, state: &mut State, reason: DropReason) {
        state.items.clear();
        self.shared_bytes.fetch_sub(state.bytes, Ordering::Relaxed);
        (state.bytes, state.spans) = (0, 0);
        let pending = state.counts.pending();
        state.counts.drop(reason, pending);
    }

    fn wait(
        &self,
        mut state: MutexGuard<'_, State>,
        deadline: Instant,
        done: impl Fn(&State) -> bool,
    ) -> bool {
        loop {
            if done(&state) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self
                .progress
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    pub(crate) fn report(&self) -> DestinationReport {
        self.lock().counts.report(&self.name)
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the spans: they hold what users and models have said.
        formatter
            .debug_struct("Queue")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
