//! How much of the disk the folder takes, and how room is made in it.
//!
//! The limit is that of the folder, however many processes write to it. Each looks at the folder again before it
//! has written more than a small part of what was free, and whoever is not alone leaves room for what the others
//! may have written meanwhile, so all of them together stay within it.
//! A destination may take its share of the limit, the same for each of a telemetry: one that is down leaves
//! room for the others.

use std::io::ErrorKind;
use std::time::Instant;

use super::listing::{Listing, View};
use super::{NotKept, RESCAN, Spool, State, name};
use crate::export::report::DropReason;

/// This part of what is free may be written, by all together, before anybody looks again, and this part of the
/// limit is left free for that.
const UNCHECKED: u64 = 16;
const LEFT_TO_OTHERS: u64 = 8;

/// Processes that have died count as writers as well, but not all of them.
const MOST_WRITERS: u64 = 64;

/// How much may be on the disk, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    /// Of all files.
    pub(super) folder: u64,
    /// Of the files for one destination.
    share: u64,
}

impl Limit {
    pub(super) fn new(folder: u64, destinations: usize) -> Self {
        let share = folder / destinations.max(1) as u64;
        Self { folder, share }
    }

    /// What one file may take.
    pub(super) fn of_file(self) -> u64 {
        self.share
    }

    /// A little less: looking at the folder for every file would be slow.
    fn target(self) -> Self {
        Self {
            folder: self.folder - self.folder / 16,
            share: self.share - self.share / 16,
        }
    }
}

/// What is known of the folder's size.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SpaceUsed {
    /// Bytes of all files.
    bytes: u64,
    /// Bytes of the files for this destination.
    own: u64,
    /// Bytes that this spool is writing.
    writing: u64,
    /// Bytes that this spool may write before it looks again.
    unchecked: u64,
    writers: u64,
}

impl SpaceUsed {
    fn used(&self) -> u64 {
        self.bytes.saturating_add(self.writing)
    }

    fn has_room(&self, bytes: u64, limit: Limit) -> bool {
        let more = self.writing.saturating_add(bytes);
        let folder = match self.writers {
            0 | 1 => limit.folder,
            _ => limit.folder - limit.folder / LEFT_TO_OTHERS,
        };
        self.bytes.saturating_add(more) <= folder && self.own.saturating_add(more) <= limit.share
    }

    /// The folder was looked at.
    fn found(&mut self, listing: &Listing, limit: Limit) {
        self.bytes = listing.bytes;
        self.own = listing.own_bytes;
        self.writers = listing.writers.clamp(1, MOST_WRITERS);
        self.divide(limit);
    }

    /// A part of what is free, divided among those who write.
    fn divide(&mut self, limit: Limit) {
        let free = limit.folder.saturating_sub(self.used());
        self.unchecked = free / UNCHECKED / self.writers.max(1);
    }

    fn reserve(&mut self, bytes: u64) {
        self.writing += bytes;
        self.unchecked = self.unchecked.saturating_sub(bytes);
    }

    pub(super) fn written(&mut self, bytes: u64) {
        self.not_written(bytes);
        self.bytes = self.bytes.saturating_add(bytes);
        self.own = self.own.saturating_add(bytes);
    }

    pub(super) fn not_written(&mut self, bytes: u64) {
        self.writing = self.writing.saturating_sub(bytes);
    }

    pub(super) fn removed(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
        self.own = self.own.saturating_sub(bytes);
    }
}

impl Spool {
    /// Reserves room for so many bytes; if there is none, the oldest files go.
    pub(super) fn make_room(&self, state: &mut State, bytes: u64) -> Result<(), NotKept> {
        if bytes > self.limit.of_file() {
            return Err(NotKept::Limit);
        }
        if state.scanned.is_none() || bytes > state.usage.unchecked {
            self.scan(state, Instant::now());
        }
        if !state.usage.has_room(bytes, self.limit) {
            let target = self.limit.target();
            while !state.usage.has_room(bytes, target) && self.evict_oldest(state) {}
            state.usage.divide(self.limit);
        }
        if !state.usage.has_room(bytes, self.limit) {
            return Err(NotKept::Limit);
        }
        state.usage.reserve(bytes);
        Ok(())
    }

    /// Removes the oldest file that this spool may remove: first what is not sent any more.
    fn evict_oldest(&self, state: &mut State) -> bool {
        while let Some((name, bytes)) = state.set_aside.pop() {
            if self.folder.remove(&name).is_ok() {
                state.usage.removed(bytes);
                return true;
            }
        }
        if state.index.is_used_up() {
            self.scan(state, Instant::now());
        }
        while let Some((key, bytes)) = state.index.take_oldest() {
            let is_own = self.is_own(&key);
            // Held until the file is gone.
            let lock = (!is_own).then(|| self.lock_of(state, key.token));
            if matches!(lock, Some(None)) {
                continue;
            }
            let removed = self.folder.remove(&self.name(&key));
            let reason = match removed {
                Ok(()) => DropReason::SpoolFull,
                Err(error) if error.kind() == ErrorKind::NotFound => DropReason::SpoolMissing,
                Err(_) => continue,
            };
            state.usage.removed(bytes);
            if is_own {
                state.own_spans = state.own_spans.saturating_sub(key.spans);
                self.queue.lost_on_disk(reason, key.spans);
            } else if reason == DropReason::SpoolFull {
                state.evicted += key.spans;
            }
            return true;
        }
        false
    }

    /// Looks at the folder: at what can be sent, what has vanished, and what processes that have died did
    /// not finish.
    pub(super) fn scan(&self, state: &mut State, now: Instant) {
        // Also if that fails: it is not tried again at once.
        state.scanned = Some(now);
        // Those who were busy the last time may have ended.
        let is_new = |since: Instant| now.saturating_duration_since(since) < RESCAN / 2;
        state.busy.retain(|_, since| is_new(*since));
        state.release_locks();
        let Ok(files) = self.folder.list() else {
            // Reported when something is to be written.
            return;
        };
        let view = View {
            tag: self.endpoint.tag(),
            token: self.token,
            known: &self.known,
            claimed: &state.claimed,
            busy: &state.busy,
        };
        let listing = Listing::new(files, &view);
        for (key, name) in &listing.parts {
            // Half a file is of no use once its writer is gone.
            if let Ok(Some(_lock)) = self.folder.lock(&name::lock(key.token)) {
                let _ = self.folder.remove(name);
            }
        }
        for token in listing.unused_locks().filter(|token| *token != self.token) {
            // Whoever gets it removes it by letting go of it.
            let _ = self.folder.lock(&name::lock(token));
        }
        let lost = state.own_spans.saturating_sub(listing.own_spans);
        if lost > 0 {
            state.own_spans = listing.own_spans;
            self.queue.lost_on_disk(DropReason::SpoolMissing, lost);
        }
        state.usage.found(&listing, self.limit);
        state.foreign = listing.foreign;
        state.set_aside = listing.set_aside.into_iter().rev().collect();
        state.index.replace(listing.index);
    }
}
