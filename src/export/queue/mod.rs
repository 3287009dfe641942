//! The bounded queue between the threads that end spans and those that deliver them, and the counts
//! of what became of each span.
//!
//! Contract: [`Queue::push`] never blocks beyond a short lock, never panics and needs no runtime.
//! The queue is bounded by spans and by bytes, and both bounds hold to the end: what has been taken
//! stays counted until its [`InFlight`] guard is settled, however often a request is repeated. Over a bound
//! the newest span is dropped and counted, because what is already there belongs to traces whose
//! other spans may be on their way.

mod in_flight;
mod item_buffer;
mod state;
mod wait;

use std::fmt;
use std::mem;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use self::item_buffer::Batch;
use self::state::{Shared, State};
use super::queued_span::QueuedSpan;
use super::report::{DestinationReport, DropReason};
use crate::diagnostics::Diagnostics;
use crate::pipeline::sample_rate::SampleRate;

pub(crate) use in_flight::InFlight;
pub(crate) use item_buffer::{Item, Items};

/// Requests under way from which on more would only wait behind them.
const BUSY: usize = 8;

/// The worker lags behind if this part of the room waits for it.
const LAG: usize = 4;

/// Bounds of one queue and the size of the batches taken from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Spans that may be waiting or under way.
    pub(crate) spans: usize,
    /// Bytes that may be waiting or under way.
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

pub(crate) struct Queue {
    name: String,
    limits: Limits,
    sample_rate: SampleRate,
    shared: Arc<Shared>,
}

/// What [`Queue::take`] gives the worker.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) items: Items,
    /// For the spans among the items.
    pub(crate) in_flight: InFlight,
    /// Nothing may be kept back: somebody waits for it.
    pub(crate) flush: bool,
    /// The deadline of the shutdown, once there is one.
    pub(crate) closed: Option<Instant>,
    /// Nothing more will come.
    pub(crate) last: bool,
}

impl Queue {
    pub(crate) fn new(name: String, limits: Limits, sample_rate: SampleRate) -> Arc<Self> {
        Arc::new(Self {
            name,
            limits: Limits {
                // A batch that could never wait would be dropped for want of room.
                batch_spans: limits.batch_spans.min(limits.spans),
                ..limits
            },
            sample_rate,
            shared: Arc::default(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }

    /// Puts in a finished span of about `bytes` bytes, or counts it as dropped. A span of a trace
    /// outside of this destination's share is none of its concern: it is not even counted.
    pub(crate) fn push(&self, span: QueuedSpan, bytes: usize) {
        if !self.sample_rate.includes(span.span_context.trace_id()) {
            return;
        }
        let mut state = self.lock();
        state.counts.made += 1;
        if state.closed.is_some() {
            state.counts.drop(DropReason::AfterShutdown, 1);
            return;
        }
        // This one is pending already.
        let over = state.counts.pending() > self.limits.spans as u64
            || state.bytes.saturating_add(bytes) > self.limits.bytes;
        if over {
            state.counts.drop(DropReason::QueueFull, 1);
            let is_first = !mem::replace(&mut state.has_unreported, true);
            drop(state);
            if is_first {
                self.shared.work.notify_one();
            }
            // A flush may be waiting for this one as well.
            self.shared.progress.notify_all();
            return;
        }
        self.append(state, Item::Ended(span), bytes);
    }

    /// Puts in a notice. Notices are small; one is dropped where a span would be.
    pub(crate) fn notify(&self, item: Item) {
        if let Item::Opened { trace_id, .. } = item
            && !self.sample_rate.includes(trace_id)
        {
            return;
        }
        let state = self.lock();
        let full = state.items.len() >= self.limits.spans.saturating_mul(2);
        let optional = matches!(item, Item::Opened { .. });
        if state.closed.is_some() || (full && optional) {
            return;
        }
        self.append(state, item, mem::size_of::<Item>());
    }

    fn append(&self, mut state: MutexGuard<'_, State>, item: Item, bytes: usize) {
        let was_empty = state.items.len() == 0;
        let was_full = self.has_batch(&state);
        state.items.push(item, bytes, &self.limits);
        state.put += 1;
        state.bytes += bytes;
        if was_empty {
            state.first_at = Some(Instant::now());
        }
        // Wake the worker only when that changes what it would do.
        let wake = was_empty || (!was_full && self.has_batch(&state));
        drop(state);
        if wake {
            self.shared.work.notify_one();
        }
    }

    fn has_batch(&self, state: &State) -> bool {
        state.items.spans() >= self.limits.batch_spans
            || state.items.bytes() >= self.limits.batch_bytes
    }

    /// Waits until there is a batch, a flush, the end, a loss to report, or until `wake_at`. A `rest` is how
    /// much longer than usual batches wait, also full ones.
    pub(crate) fn take(&self, wake_at: Option<Instant>, rest: Option<Duration>) -> Taken {
        let entered = Instant::now();
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            let due = state
                .first_at
                .and_then(|first| first.checked_add(self.limits.linger));
            let due = match rest {
                Some(rest) => due.and_then(|due| due.max(entered).checked_add(rest)),
                None => due,
            };
            let wake_at = [wake_at, state.losses.next(&state.counts, now)];
            let wake_at = wake_at.into_iter().flatten().min();
            let ready = state.closed.is_some()
                || state.flush_to.is_some()
                || (rest.is_none() && self.has_batch(&state))
                || due.is_some_and(|due| due <= now)
                || wake_at.is_some_and(|at| at <= now);
            if ready {
                break;
            }
            let until = [due, wake_at].into_iter().flatten().min();
            state = match until {
                Some(until) => {
                    self.shared
                        .work
                        .wait_timeout(state, until.saturating_duration_since(now))
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => self
                    .shared
                    .work
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
        self.take_batch(&mut state)
    }

    fn take_batch(&self, state: &mut State) -> Taken {
        let Batch {
            items,
            spans,
            bytes,
        } = state.items.take(&self.limits);
        let in_flight = InFlight::taken(&self.shared, state, spans as u64, bytes);
        state.taken += items.len() as u64;
        let empty = state.items.len() == 0;
        if empty {
            state.first_at = None;
        }
        let taken = state.taken;
        let asked = state.flush_to.take_if(|(first, _)| *first <= taken);
        if let Some((_, last)) = asked.filter(|(_, last)| *last > taken) {
            state.flush_to = Some((last, last));
        }
        let last = empty && state.closed.is_some();
        Taken {
            items,
            in_flight,
            flush: asked.is_some() || last,
            closed: state.closed,
            last,
        }
    }

    /// When the newest of the spans that wait has started.
    pub(crate) fn newest_start(&self) -> Option<SystemTime> {
        let state = self.lock();
        let mut items = state.items.newest();
        items.find_map(|item| match item {
            Item::Ended(span) => Some(span.start_time),
            Item::Opened { .. } | Item::Resource(_) => None,
        })
    }

    /// Whether what is made ready now would rather wait somewhere else than in memory: spans come faster than
    /// they are made ready, or half of the room is taken while the backend has enough to do.
    pub(crate) fn is_pressed(&self) -> bool {
        let state = self.lock();
        let most_spans = self.limits.batch_spans.max(self.limits.spans / LAG);
        let most_bytes = self.limits.batch_bytes.max(self.limits.bytes / LAG);
        let lags = state.items.spans() >= most_spans || state.items.bytes() >= most_bytes;
        let under_way: usize = state.under_way.values().sum();
        drop(state);
        lags || (under_way >= BUSY && self.is_half_full())
    }

    /// Bytes that wait for the worker.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.lock().items.bytes()
    }

    /// Whether half of the room is taken.
    pub(crate) fn is_half_full(&self) -> bool {
        let state = self.lock();
        state.counts.pending().saturating_mul(2) >= self.limits.spans as u64
            || state.bytes.saturating_mul(2) >= self.limits.bytes
    }

    /// Sets whether the backend takes what waits on disk; a flush waits for that, too.
    pub(crate) fn set_backlog(&self, backlog: bool) {
        let mut state = self.lock();
        let changed = mem::replace(&mut state.backlog, backlog) != backlog;
        drop(state);
        if changed {
            self.shared.progress.notify_all();
        }
    }

    /// The guard for spans that come back from the disk; `is_own` if this process had put them there.
    pub(crate) fn in_flight_from_disk(&self, is_own: bool, spans: u64, bytes: usize) -> InFlight {
        InFlight::from_disk(&self.shared, is_own, spans, bytes)
    }

    /// Remembers what went wrong last.
    pub(crate) fn failed(&self, error: String) {
        self.lock().counts.last_error = Some(error);
    }

    /// Spans that this process had spooled are there no more.
    pub(crate) fn lost_on_disk(&self, reason: DropReason, spans: u64) {
        let mut state = self.lock();
        let spans = spans.min(state.counts.spooled);
        state.counts.spooled -= spans;
        state.counts.drop(reason, spans);
        drop(state);
        // The worker reports it.
        self.shared.work.notify_one();
    }

    /// Spans that were left out should not have been.
    pub(crate) fn found_lost(&self, reason: DropReason, spans: u64) {
        let mut state = self.lock();
        let spans = spans.min(state.counts.left_out);
        state.counts.left_out -= spans;
        state.counts.drop(reason, spans);
    }

    /// Bytes that may wait or be under way.
    pub(crate) fn capacity_in_bytes(&self) -> usize {
        self.limits.bytes
    }

    /// Bytes that wait or are under way.
    pub(crate) fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Reports what was lost since the last time, each reason at most once a minute.
    pub(crate) fn report_losses(&self, diagnostics: &Diagnostics) {
        let mut state = self.lock();
        let State { losses, counts, .. } = &mut *state;
        let now = Instant::now();
        let due = losses.due(counts, now);
        let has_more = losses.next(counts, now).is_some();
        let error = match &counts.last_error {
            Some(error) if !due.is_empty() => format!("; last error: {error}"),
            _ => String::new(),
        };
        state.has_unreported = has_more;
        // Whoever listens may end a span.
        drop(state);
        for (reason, count) in due {
            diagnostics.warn_now(format_args!(
                "{count} spans for {} were lost because {reason}{error}",
                self.name
            ));
        }
    }

    pub(crate) fn report(&self) -> DestinationReport {
        self.lock().counts.report(&self.name)
    }

    /// Spans that wait or are under way, and how many may.
    pub(crate) fn capacity(&self) -> usize {
        self.limits.spans
    }

    /// Spans that were taken and are not settled.
    pub(crate) fn spans_under_way(&self) -> u64 {
        let state = self.lock();
        state
            .counts
            .pending()
            .saturating_sub(state.items.spans() as u64)
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the spans: they hold what users and models wrote.
        formatter
            .debug_struct("Queue")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
