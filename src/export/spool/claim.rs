//! Files that are being sent: taken, put back, removed.
//!
//! Contract: a file that was claimed is claimed by nobody else until it is put back, and the counts follow
//! it: its spans are counted as kept on disk before it can be taken, and are counted out only by what
//! becomes of them.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Instant;

use super::Spool;
use super::file::{self, Unreadable};
use super::index::Entry;
use super::lock::Lock;
use super::name::{self, Key};
use crate::export::queue::InFlight;
use crate::export::report::DropReason;
use crate::export::scheduler::{History, Standing};
use crate::otlp::encoded::{Encoded, MOST_PLAIN};
use crate::otlp::retry;

/// A file that nobody else sends.
#[derive(Debug)]
pub(crate) struct ClaimedFile {
    key: Key,
    bytes: u64,
    /// Of whoever wrote it; `None` if that was this spool.
    _lock: Option<Arc<Lock>>,
}

/// A request from the disk.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) file: ClaimedFile,
    pub(crate) request: Encoded,
    pub(crate) in_flight: InFlight,
    pub(crate) history: History,
}

impl Spool {
    /// Takes the oldest file of this standing that may be sent.
    pub(crate) fn claim(&self, standing: Standing, now: Instant) -> Option<Claimed> {
        loop {
            let (file, history) = {
                let mut state = self.lock();
                let (key, Entry { bytes, history }) = state.index.take(standing, now)?;
                let lock = match self.is_own(&key) {
                    true => None,
                    false => match self.lock_of(&mut state, key.token) {
                        Some(lock) => Some(lock),
                        None => continue,
                    },
                };
                state.claimed.insert(key);
                if self.is_own(&key) {
                    state.own_spans = state.own_spans.saturating_sub(key.spans);
                }
                let _lock = lock;
                (ClaimedFile { key, bytes, _lock }, history)
            };
            match self.read(&file.key) {
                Ok(request) => {
                    let (is_own, spans) = (self.is_own(&file.key), file.key.spans);
                    let bytes = request.body.len();
                    return Some(Claimed {
                        in_flight: self.queue.in_flight_from_disk(is_own, spans, bytes),
                        file,
                        request,
                        history,
                    });
                }
                Err(why) => self.not_read(file, history, why, now),
            }
        }
    }

    fn read(&self, key: &Key) -> Result<Encoded, Unreadable> {
        let file = self.folder.open(&self.name(key))?;
        let length = file.metadata()?.len();
        let most = self.limit.min(MOST_PLAIN);
        let request = file::read(file, length, most, &self.endpoint)?;
        match request.spans == key.spans {
            true => Ok(request),
            false => Err(Unreadable::Corrupt("its name and its header differ")),
        }
    }

    fn not_read(&self, file: ClaimedFile, mut history: History, why: Unreadable, now: Instant) {
        match why {
            Unreadable::Corrupt(why) => {
                let (is_own, spans) = (self.is_own(&file.key), file.key.spans);
                let name = self.move_aside(file, name::CORRUPT);
                self.diagnostics.warn(
                    "spool corrupt",
                    format_args!("a spool file cannot be sent: {why}; it is kept as {name}"),
                );
                if is_own {
                    self.queue.lost_on_disk(DropReason::SpoolDamaged, spans);
                }
            }
            // Whoever held the lock before has sent it, unless nobody else was to send it.
            Unreadable::Io(error) if error.kind() == ErrorKind::NotFound => {
                let mut state = self.lock();
                state.claimed.remove(&file.key);
                state.usage.removed(file.bytes);
                drop(state);
                if self.is_own(&file.key) {
                    let spans = file.key.spans;
                    self.queue.lost_on_disk(DropReason::SpoolMissing, spans);
                }
            }
            Unreadable::Io(error) => {
                let name = self.name(&file.key);
                self.diagnostics.warn(
                    "spool read",
                    format_args!("{}/{name}: {error}", self.folder),
                );
                history.fail(None, None, retry::chance(), now);
                self.put_back(file, history);
            }
            // Its name was like one of ours by chance.
            Unreadable::Foreign => {
                self.put_back(file, History::postponed(retry::LONGEST_ALONE, now));
            }
        }
    }

    /// It waits on.
    pub(crate) fn put_back(&self, file: ClaimedFile, history: History) {
        let mut state = self.lock();
        let ClaimedFile { key, bytes, .. } = file;
        state.claimed.remove(&key);
        if self.is_own(&key) {
            state.own_spans += key.spans;
        }
        state.index.insert(key, Entry { bytes, history });
    }

    /// It is settled.
    pub(crate) fn remove(&self, file: ClaimedFile) {
        let _ = self.folder.remove(&self.name(&file.key));
        let mut state = self.lock();
        state.claimed.remove(&file.key);
        state.usage.removed(file.bytes);
        drop(file);
        if state.index.is_empty() {
            state.release_locks();
        }
    }

    /// It is kept for a person to look at, and not sent any more; returns where it is.
    pub(crate) fn set_aside(&self, file: ClaimedFile) -> String {
        self.move_aside(file, name::FAILED)
    }

    fn move_aside(&self, file: ClaimedFile, extension: &str) -> String {
        let name = self.name(&file.key);
        let aside = format!("{name}{extension}");
        let mut state = self.lock();
        let _ = self.folder.rename(&name, &aside);
        state.claimed.remove(&file.key);
        format!("{}/{aside}", self.folder)
    }

    /// Puts smaller files, as old as it was, in its place; `false` if they could not all be written.
    pub(crate) fn replace(&self, file: ClaimedFile, parts: &[Encoded]) -> bool {
        let mut all = Vec::new();
        for part in parts {
            match self.write(part, Some(&file.key)) {
                Ok(written) => all.push(written),
                Err(_) => {
                    all.into_iter().for_each(|written| self.discard(written));
                    self.put_back(file, History::default());
                    return false;
                }
            }
        }
        let mut state = self.lock();
        for written in all {
            // If that fails, the part is found to be missing later.
            let _ = self.publish(&mut state, written, History::default());
        }
        drop(state);
        self.folder.sync();
        self.remove(file);
        true
    }
}
