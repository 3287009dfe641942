//! Waiting for a queue: flush, shutdown, and what happens at their deadlines.
//!
//! Contract: nobody waits beyond the deadline they gave. A flush waits for the items put in before
//! it, not for a number of spans: one that is dropped meanwhile settles before those that wait.

use std::sync::{MutexGuard, PoisonError};
use std::time::Instant;

use super::Queue;
use super::state::State;
use crate::export::report::DropReason;

impl State {
    /// The items up to this one are settled.
    fn settled(&self) -> u64 {
        let first = self.under_way.first_key_value();
        first.map_or(self.taken, |(&after, _)| after)
    }
}

impl Queue {
    /// Asks the worker to deliver what is there, without waiting for it. The result is for
    /// [`Queue::wait_flushed`].
    pub(crate) fn request_flush(&self) -> u64 {
        let mut state = self.lock();
        let to = state.put;
        let first = state.flush_to.map_or(to, |(first, _)| first);
        state.flush_to = Some((first, to));
        drop(state);
        self.shared.work.notify_one();
        to
    }

    /// Waits until all items up to this one are settled, and what waits on disk is sent as far as the
    /// backend takes it; `false` at the deadline.
    pub(crate) fn wait_flushed(&self, to: u64, deadline: Instant) -> bool {
        self.wait(self.lock(), deadline, |state| {
            state.finished
                || (!state.backlog && (state.settled() >= to || state.counts.pending() == 0))
        })
    }

    /// Accepts no more spans and lets the worker end, by the deadline at the latest.
    pub(crate) fn close(&self, deadline: Instant) {
        self.lock().closed.get_or_insert(deadline);
        self.shared.work.notify_one();
    }

    /// Waits for the worker's end. At the deadline what is left counts as lost.
    pub(crate) fn wait_finished(&self, deadline: Instant) -> bool {
        let finished = self.wait(self.lock(), deadline, |state| state.finished);
        if !finished {
            let mut state = self.lock();
            if !state.finished {
                state.abandoned = true;
                give_up(&mut state, DropReason::Deadline);
            }
        }
        finished
    }

    /// Whether the deadline of the shutdown has passed: nothing that happens now counts any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.lock().abandoned
    }

    /// The worker has ended; whatever it did not settle is a fault.
    pub(crate) fn finish(&self) {
        let mut state = self.lock();
        state.closed.get_or_insert_with(Instant::now);
        state.finished = true;
        give_up(&mut state, DropReason::Internal);
        drop(state);
        self.shared.progress.notify_all();
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
                .shared
                .progress
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

/// Counts what is waiting and under way as lost, and gives back the bytes that wait.
fn give_up(state: &mut State, reason: DropReason) {
    state.bytes = state.bytes.saturating_sub(state.items.bytes());
    state.items.clear();
    let pending = state.counts.pending();
    state.counts.drop(reason, pending);
}
