//! The guard of spans that have been taken from the queue.
//!
//! Contract: whoever holds the guard owes the queue what became of its spans. If it is dropped with spans
//! that are not settled, they count as lost to a fault: neither a panic nor a forgotten case can make a
//! span vanish. Spans that come from the disk are settled already, so their guard owes nothing.

use std::mem;
use std::sync::Arc;

use super::state::{Shared, State};
use crate::export::report::DropReason;

/// Spans under way and the memory that they take.
#[derive(Debug)]
pub(crate) struct InFlight {
    shared: Arc<Shared>,
    origin: BatchOrigin,
    spans: u64,
    bytes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BatchOrigin {
    /// From the queue, after this many items.
    Queue(u64),
    /// From the disk, where this process had put them.
    Disk,
    /// From the disk, where another process had put them: they are in its counts.
    OtherProcess,
}

impl InFlight {
    pub(super) fn taken(shared: &Arc<Shared>, state: &mut State, spans: u64, bytes: usize) -> Self {
        let after = state.taken;
        *state.under_way.entry(after).or_default() += 1;
        Self {
            shared: Arc::clone(shared),
            origin: BatchOrigin::Queue(after),
            spans,
            bytes,
        }
    }

    /// For spans that come back from the disk.
    pub(super) fn from_disk(shared: &Arc<Shared>, is_own: bool, spans: u64, bytes: usize) -> Self {
        shared.lock().bytes += bytes;
        Self {
            shared: Arc::clone(shared),
            origin: if is_own {
                BatchOrigin::Disk
            } else {
                BatchOrigin::OtherProcess
            },
            spans,
            bytes,
        }
    }

    pub(crate) fn spans(&self) -> u64 {
        self.spans
    }

    /// Gives some of the spans, and as much of the memory, a guard of their own.
    pub(crate) fn split(&mut self, spans: u64) -> Self {
        let spans = spans.min(self.spans);
        let bytes = match self.spans {
            0 => 0,
            all => (self.bytes as u128 * u128::from(spans) / u128::from(all)) as usize,
        };
        self.spans -= spans;
        self.bytes -= bytes;
        if let BatchOrigin::Queue(after) = self.origin {
            *self.shared.lock().under_way.entry(after).or_default() += 1;
        }
        Self {
            shared: Arc::clone(&self.shared),
            origin: self.origin,
            spans,
            bytes,
        }
    }

    /// Makes one of two of the same queue. A flush that waits for either waits for both.
    pub(crate) fn merge(&mut self, mut other: Self) {
        if let (BatchOrigin::Queue(this), BatchOrigin::Queue(that)) = (self.origin, other.origin) {
            // The one that is dropped below is the later one.
            self.origin = BatchOrigin::Queue(this.min(that));
            other.origin = BatchOrigin::Queue(this.max(that));
        }
        self.spans += mem::take(&mut other.spans);
        self.bytes += mem::take(&mut other.bytes);
    }

    /// Sets how much memory is taken from now on.
    pub(crate) fn set_bytes(&mut self, bytes: usize) {
        let before = mem::replace(&mut self.bytes, bytes);
        let mut state = self.shared.lock();
        state.bytes = state.bytes.saturating_sub(before) + bytes;
    }

    /// Counts spans as delivered.
    pub(crate) fn exported(&mut self, count: u64) {
        self.settle(count, |state, count, origin| {
            state.counts.exported += match origin {
                BatchOrigin::OtherProcess => 0,
                _ => count,
            };
            state.counts.recovered += match origin {
                BatchOrigin::OtherProcess => count,
                _ => 0,
            };
            origin == BatchOrigin::Disk
        });
    }

    /// Counts spans as lost.
    pub(crate) fn dropped(&mut self, reason: DropReason, count: u64) {
        self.settle(count, |state, count, origin| {
            if origin != BatchOrigin::OtherProcess {
                state.counts.drop(reason, count);
            }
            origin == BatchOrigin::Disk
        });
    }

    /// Counts what is left as kept on disk.
    pub(crate) fn spooled(mut self) {
        let all = self.spans;
        self.settle(all, |state, count, origin| {
            if matches!(origin, BatchOrigin::Queue(_)) {
                state.counts.spooled += count;
            }
            false
        });
    }

    /// Counts what is left as not wanted by the destination.
    pub(crate) fn left_out(mut self) {
        let all = self.spans;
        self.settle(all, |state, count, origin| {
            state.counts.left_out += count;
            origin == BatchOrigin::Disk
        });
    }

    /// Remembers what went wrong last.
    pub(crate) fn failed(&self, error: String) {
        self.shared.lock().counts.last_error = Some(error);
    }

    /// Counts at most what is left. `count_in` says whether the spans leave the disk by that.
    fn settle(&mut self, count: u64, count_in: impl FnOnce(&mut State, u64, BatchOrigin) -> bool) {
        let count = count.min(self.spans);
        self.spans -= count;
        let mut state = self.shared.lock();
        if !state.abandoned && count_in(&mut state, count, self.origin) {
            state.counts.spooled = state.counts.spooled.saturating_sub(count);
        }
        drop(state);
        self.shared.progress.notify_all();
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if self.spans > 0 && matches!(self.origin, BatchOrigin::Queue(_)) {
            self.dropped(DropReason::Internal, self.spans);
        }
        let mut state = self.shared.lock();
        state.bytes = state.bytes.saturating_sub(self.bytes);
        if let BatchOrigin::Queue(after) = self.origin
            && let Some(count) = state.under_way.get_mut(&after)
        {
            *count -= 1;
            if *count == 0 {
                state.under_way.remove(&after);
            }
        }
        drop(state);
        self.shared.progress.notify_all();
    }
}
