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
use super::index::{Index, IndexEntry};
use super::lock::Lock;
use super::name::{self, Key};
use crate::export::queue::InFlight;
use crate::export::report::DropReason;
use crate::export::scheduler::{History, Standing};
use crate::otlp::encoded::{Encoded, MOST_PLAIN};
use crate::otlp::retry;

/// Files of no more bytes than this are sent together, in requests of no more than so many files, spans
/// and bytes before compression: after a long outage a request for each would take far longer.
const SMALL: u64 = 32 << 10;
const JOINED_FILES: usize = 128;
const JOINED_SPANS: u64 = 512;
const JOINED_BYTES: u64 = 2 << 20;

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
    /// Several if they are sent as one request.
    pub(crate) files: Vec<ClaimedFile>,
    pub(crate) request: Encoded,
    pub(crate) in_flight: InFlight,
    pub(crate) history: History,
}

impl Spool {
    /// Takes the oldest file of this standing that may be sent, with others if they are small.
    pub(crate) fn claim(&self, standing: Standing, now: Instant) -> Option<Claimed> {
        let (file, mut request, history) =
            self.claim_file(now, |index| index.take(standing, now))?;
        let is_own = self.is_own(&file.key);
        let is_joined = file.bytes <= SMALL && !history.has_failed();
        let mut files = vec![file];
        if is_joined {
            request = self.join(request, &mut files, now);
        }
        let bytes = request.body.len();
        let in_flight = self.queue.in_flight_from_disk(is_own, request.spans, bytes);
        Some(Claimed {
            files,
            request,
            in_flight,
            history,
        })
    }

    /// Adds the requests of further files to the first one, as long as all of them are small.
    fn join(&self, first: Encoded, files: &mut Vec<ClaimedFile>, now: Instant) -> Encoded {
        let is_own = files.iter().all(|file| self.is_own(&file.key));
        let Some(mut plain) = first.plain(JOINED_BYTES) else {
            return first;
        };
        let mut spans = first.spans;
        while files.len() < JOINED_FILES {
            let is_small = |key: &Key, bytes: u64| {
                let fits = bytes <= SMALL && spans.saturating_add(key.spans) <= JOINED_SPANS;
                fits && self.is_own(key) == is_own
            };
            let next = self.claim_file(now, |index| index.take_first_if(is_small));
            let Some((file, request, history)) = next else {
                break;
            };
            let room = JOINED_BYTES.saturating_sub(plain.len() as u64);
            let Some(more) = request.plain(room) else {
                self.put_back(file, history);
                break;
            };
            plain.to_mut().extend_from_slice(&more);
            spans += request.spans;
            files.push(file);
        }
        match files.len() {
            1 => first,
            _ => Encoded::from_plain(&plain, first.compression, spans),
        }
    }

    pub(super) fn claim_file(
        &self,
        now: Instant,
        take: impl Fn(&mut Index) -> Option<(Key, IndexEntry)>,
    ) -> Option<(ClaimedFile, Encoded, History)> {
        loop {
            let (file, history) = {
                let mut state = self.lock();
                let (key, IndexEntry { bytes, history }) = take(&mut state.index)?;
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
                Ok(request) => return Some((file, request, history)),
                Err(why) => self.not_read(file, history, why, now),
            }
        }
    }

    fn read(&self, key: &Key) -> Result<Encoded, Unreadable> {
        let file = self.folder.open(&self.name(key))?;
        let length = file.metadata()?.len();
        let most = self.limit.folder.min(MOST_PLAIN);
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
        state.index.insert(key, IndexEntry { bytes, history });
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
