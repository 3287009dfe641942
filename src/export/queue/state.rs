//! What a queue holds and counts, behind one lock.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::item_buffer::ItemBuffer;
use crate::export::losses::LossLog;
use crate::export::report::Counts;

/// The state and who waits for a change of it.
#[derive(Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// The worker waits for something to do.
    pub(super) work: Condvar,
    /// Flushes and shutdowns wait for spans to be settled.
    pub(super) progress: Condvar,
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the spans: they hold what users and models wrote.
        formatter.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // The state is consistent between any two statements, so a poisoned lock is a good one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
pub(super) struct State {
    pub(super) items: ItemBuffer,
    /// Bytes of the items and of what is under way.
    pub(super) bytes: usize,
    pub(super) first_at: Option<Instant>,
    /// Items put in, and taken out, since the start.
    pub(super) put: u64,
    pub(super) taken: u64,
    /// How many guards are under way, by the number of items that were taken before them.
    pub(super) under_way: BTreeMap<u64, usize>,
    /// Flushes wait, the first and the last of them for the items up to these: take them without
    /// lingering.
    pub(super) flush_to: Option<(u64, u64)>,
    /// The backend takes what waits on disk.
    pub(super) backlog: bool,
    /// No more spans are accepted; the worker ends when the queue is empty, and what is not delivered
    /// by then is lost.
    pub(super) closed: Option<Instant>,
    /// The deadline of the shutdown has passed: what is still reported is counted already.
    pub(super) abandoned: bool,
    /// The worker has ended.
    pub(super) finished: bool,
    pub(super) counts: Counts,
    pub(super) losses: LossLog,
    /// The worker has been woken to report a loss.
    pub(super) has_unreported: bool,
}
