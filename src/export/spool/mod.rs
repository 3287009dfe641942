//! Requests on disk: what cannot be delivered now and must not be lost.
//!
//! Contract: a file is there whole or not at all (written under another name, synchronised, renamed),
//! readable by its owner only, and never holds a key. Every spool has a token, and a lock of it while it
//! works: its files have the token in their names, and only who holds the lock sends or removes them. What
//! a process has left behind is sent by whoever gets its lock, which the system releases even if the
//! process was killed. So several processes can share a folder, and each file is sent by one of them.
//!
//! The folder is bounded by the bytes of all its files, and each destination by its share of that; over a
//! bound the oldest that this spool may remove go, and are counted. A file that is removed by somebody else is counted as lost. Nothing here
//! panics, whatever is in the folder and whatever becomes of the disk.
//!
//! Times on disk are only for sorting, and what waits is measured by the monotonic clock: a clock that
//! jumps loses nothing.

mod claim;
mod file;
mod folder;
mod index;
mod listing;
mod lock;
mod name;
mod room;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use self::folder::Folder;
use self::index::{Index, IndexEntry};
use self::lock::Lock;
use self::name::{FileName, Key};
use self::room::{Limit, SpaceUsed};
use super::queue::{InFlight, Queue};
use super::scheduler::{History, Standing};
use crate::diagnostics::Diagnostics;
use crate::otlp::encoded::Encoded;

pub(crate) use self::claim::ClaimedFile;
pub(crate) use self::file::EndpointId;

/// How often the folder is looked at for what other processes have left.
const RESCAN: Duration = Duration::from_secs(30);

/// Locks of others that are kept at once.
const MOST_LOCKS: usize = 16;

/// The spool of one destination.
pub(crate) struct Spool {
    folder: Folder,
    limit: Limit,
    endpoint: EndpointId,
    /// The tags of all destinations of the telemetry.
    known: BTreeSet<String>,
    token: u64,
    queue: Arc<Queue>,
    diagnostics: Diagnostics,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    index: Index,
    /// What is being sent.
    claimed: BTreeSet<Key>,
    /// Locks of those whose files are being sent. They are kept between two files: to make and remove files
    /// among very many costs more than to send one.
    locks: HashMap<u64, Arc<Lock>>,
    /// Those who send their files themselves, and since when that is known.
    busy: HashMap<u64, Instant>,
    own_lock: Option<Lock>,
    /// Spans in files of this spool that are not claimed.
    own_spans: u64,
    usage: SpaceUsed,
    /// Files that go first when there is no room, the oldest last.
    set_aside: Vec<(String, u64)>,
    scanned: Option<Instant>,
    number: u64,
    last_written: u64,
    /// Files have been added since the folder was synchronised.
    is_unsynced: bool,
    /// Spans of other processes that had to go, and files for other destinations: not yet reported.
    evicted: u64,
    foreign: u64,
    has_reported_foreign: bool,
}

/// A file that nobody knows of yet.
struct Written {
    key: Key,
    bytes: u64,
}

/// Why a request is not on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotKept {
    /// There is no room within the limit.
    Limit,
    /// The disk does not take it.
    Disk,
}

/// Whether a folder can be used as a spool: what a person should know of it.
pub(crate) fn check(folder: PathBuf) -> Vec<String> {
    let folder = Folder::new(folder);
    if let Err(error) = folder.check(&name::lock(random())) {
        return vec![unusable(&folder, &error)];
    }
    let open = folder.open_to_others().map(|mode| {
        format!(
            "the spool folder {folder} is open to other users (mode {mode:o}): spans hold content, so make \
             it private with `chmod 700`"
        )
    });
    open.into_iter().collect()
}

/// How many requests wait in a folder, whoever wrote them, and their bytes.
pub(crate) fn waiting(folder: PathBuf) -> (u64, u64) {
    let folder = Folder::new(folder);
    let files = folder.list().into_iter().flatten();
    files
        .filter(|(name, _)| matches!(FileName::parse(name), FileName::Request(..)))
        .fold((0, 0), |(count, bytes), (_, size)| {
            (count + 1, bytes + size)
        })
}

fn unusable(folder: &Folder, error: &io::Error) -> String {
    format!(
        "the spool folder {folder} cannot be used ({error}): spans are kept in memory only; name \
         another folder in TRACING_GENAI_SPOOL_DIR, or let this user write to it"
    )
}

fn random() -> u64 {
    RandomState::new().hash_one(())
}

impl State {
    /// Lets others work on files that are not being sent.
    fn release_locks(&mut self) {
        self.locks.retain(|_, lock| Arc::strong_count(lock) > 1);
    }
}

impl Spool {
    /// `known` are all destinations of the telemetry.
    pub(crate) fn new(
        folder: PathBuf,
        limit: u64,
        endpoint: EndpointId,
        known: &[EndpointId],
        queue: Arc<Queue>,
        diagnostics: Diagnostics,
    ) -> Self {
        let known: BTreeSet<_> = known.iter().map(|one| one.tag().to_owned()).collect();
        Self {
            folder: Folder::new(folder),
            limit: Limit::new(limit, known.len()),
            endpoint,
            known,
            token: random(),
            queue,
            diagnostics,
            state: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is consistent between any two statements, so a poisoned lock is a good one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self, key: &Key) -> String {
        key.file(self.endpoint.tag())
    }

    fn is_own(&self, key: &Key) -> bool {
        key.token == self.token
    }

    /// Keeps a request and settles its guard, or gives that back. [`Spool::sync`] is to follow, once for
    /// several.
    pub(crate) fn put(
        &self,
        request: &Encoded,
        in_flight: InFlight,
        history: History,
    ) -> Result<(), (NotKept, InFlight)> {
        let written = match self.write(request, None) {
            Ok(written) => written,
            Err(why) => return Err((why, in_flight)),
        };
        let mut state = self.lock();
        match self.publish(&mut state, written, history) {
            Ok(()) => {
                // Before anybody can take the file.
                in_flight.spooled();
                state.is_unsynced = true;
                Ok(())
            }
            Err(why) => Err((why, in_flight)),
        }
    }

    /// Makes sure that the names of new files are on the disk, and reports what was lost for them.
    pub(crate) fn sync(&self) {
        if std::mem::take(&mut self.lock().is_unsynced) {
            self.folder.sync();
        }
        self.report();
    }

    /// Writes a file that nobody knows of yet; in place of another, if it holds a part of that.
    fn write(&self, request: &Encoded, replaced: Option<&Key>) -> Result<Written, NotKept> {
        let header = file::header(request, &self.endpoint);
        let bytes = (header.len() + request.body.len()) as u64;
        let key = {
            let mut state = self.lock();
            self.keep_lock(&mut state)?;
            self.make_room(&mut state, bytes)?;
            state.number += 1;
            // Later than the one before, whatever the clock does.
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let now = now.unwrap_or_default().as_millis() as u64;
            state.last_written = now.max(state.last_written);
            match replaced {
                Some(replaced) => Key {
                    // One that nobody has.
                    number: random(),
                    spans: request.spans,
                    ..*replaced
                },
                None => Key {
                    written: state.last_written,
                    token: self.token,
                    number: state.number,
                    spans: request.spans,
                },
            }
        };
        let part = key.part(self.endpoint.tag());
        match self.folder.write(&part, &[&header, &request.body]) {
            Ok(()) => Ok(Written { key, bytes }),
            Err(error) => {
                self.lock().usage.not_written(bytes);
                Err(self.failed(&error))
            }
        }
    }

    /// From now on it can be sent.
    fn publish(
        &self,
        state: &mut State,
        Written { key, bytes }: Written,
        history: History,
    ) -> Result<(), NotKept> {
        let part = key.part(self.endpoint.tag());
        if let Err(error) = self.folder.rename(&part, &self.name(&key)) {
            state.usage.not_written(bytes);
            return Err(self.failed(&error));
        }
        state.usage.written(bytes);
        if self.is_own(&key) {
            state.own_spans += key.spans;
        }
        state.index.insert(key, IndexEntry { bytes, history });
        Ok(())
    }

    fn discard(&self, Written { key, bytes }: Written) {
        let _ = self.folder.remove(&key.part(self.endpoint.tag()));
        self.lock().usage.not_written(bytes);
    }

    fn failed(&self, error: &io::Error) -> NotKept {
        self.diagnostics
            .warn("spool", format_args!("{}", unusable(&self.folder, error)));
        NotKept::Disk
    }

    /// Takes this spool's own lock, unless it has it.
    fn keep_lock(&self, state: &mut State) -> Result<(), NotKept> {
        if state.own_lock.as_ref().is_some_and(Lock::is_in_place) {
            return Ok(());
        }
        match self.folder.lock(&name::lock(self.token)) {
            Ok(Some(lock)) => {
                state.own_lock = Some(lock);
                Ok(())
            }
            // Somebody has removed the file, and somebody else works on what is left.
            Ok(None) => Err(NotKept::Disk),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// The lock of another spool; `None` if it is held elsewhere.
    fn lock_of(&self, state: &mut State, token: u64) -> Option<Arc<Lock>> {
        if let Some(lock) = state.locks.get(&token) {
            return Some(Arc::clone(lock));
        }
        let lock = self.folder.lock(&name::lock(token)).ok().flatten();
        let Some(lock) = lock.map(Arc::new) else {
            state.busy.insert(token, Instant::now());
            state.index.remove_token(token);
            return None;
        };
        if state.locks.len() >= MOST_LOCKS {
            state.release_locks();
        }
        state.locks.insert(token, Arc::clone(&lock));
        Some(lock)
    }

    /// Looks at the folder if that was not done for long.
    pub(crate) fn refresh(&self, now: Instant) {
        let mut state = self.lock();
        let is_due = |at| now.saturating_duration_since(at) >= RESCAN;
        if state.scanned.is_none_or(is_due) || state.index.is_used_up() {
            self.scan(&mut state, now);
        }
        drop(state);
        self.report();
    }

    /// When to look at the folder again.
    pub(crate) fn refresh_at(&self, now: Instant) -> Instant {
        self.lock().scanned.map_or(now, |at| at + RESCAN)
    }

    /// The folder is looked at with the next [`Spool::refresh`].
    pub(crate) fn refresh_soon(&self) {
        self.lock().scanned = None;
    }

    /// Nothing can be sent for now: others may try.
    pub(crate) fn release(&self) {
        self.lock().release_locks();
    }

    /// When the next file of this standing may be sent; `None` if there is none.
    pub(crate) fn next_at(&self, standing: Standing, now: Instant) -> Option<Instant> {
        self.lock().index.next_at(standing, now)
    }

    /// Somebody waits: all but suspects may be tried at once.
    pub(crate) fn hurry(&self) {
        self.lock().index.hurry();
    }

    /// Reports what happened while nobody was to listen.
    fn report(&self) {
        let mut state = self.lock();
        let evicted = std::mem::take(&mut state.evicted);
        let foreign = match state.has_reported_foreign {
            true => 0,
            false => std::mem::take(&mut state.foreign),
        };
        state.has_reported_foreign |= foreign > 0;
        drop(state);
        if evicted > 0 {
            self.diagnostics.warn(
                "spool lost",
                format_args!(
                    "{evicted} spans that other processes had left in {} were lost because the spool was full",
                    self.folder
                ),
            );
        }
        if foreign > 0 {
            self.diagnostics.hint(
                "foreign spool files",
                format_args!(
                    "{foreign} files in {} are for other backends or accounts: they are kept, and sent \
                     by a process that is configured for those",
                    self.folder
                ),
            );
        }
    }
}

impl fmt::Debug for Spool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Spool").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
