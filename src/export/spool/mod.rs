//! Requests on disk: what cannot be delivered now and must not be lost.
//!
//! Contract: a file is there whole or not at all (written aside, synchronised, renamed), readable by
//! its owner only, and never holds a key. A process that wants to send one renames it first, so two
//! processes on one folder do not send it twice; a file whose sender has died is taken back. The
//! folder is bounded by bytes; over the bound the oldest go, and are counted. Nothing here panics,
//! whatever is in the folder and whatever becomes of the disk.
//!
//! Times on disk are only for sorting, and what waits is measured by the monotonic clock: a clock that
//! jumps loses nothing.

mod index;
mod file;
mod folder;
mod name;
mod owner;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::queue::Queue;
use super::report::DropReason;
use crate::diagnostics::Diagnostics;
use crate::otlp::encoded::Encoded;

pub(crate) use index::{Claimed, Shelf};
pub(crate) use file::Addressee;
use folder::Folder;
use name::Name;
use owner::Owner;

/// How long a process that cannot be asked may work on a file before it counts as dead: far longer
/// than a request takes.
const STALE: Duration = Duration::from_secs(5 * 60);
/// How often the folder is looked at for what other processes have left.
const RESCAN: Duration = Duration::from_secs(30);

/// The spool of one telemetry, for all its destinations.
pub(crate) struct Spool {
    folder: Folder,
    limit: u64,
    owner: Owner,
    tags: Vec<String>,
    diagnostics: Diagnostics,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    files: BTreeMap<Name, Entry>,
    bytes: u64,
    scanned: Option<Instant>,
    /// Since when files of processes that cannot be asked have been seen.
    seen: HashMap<String, Instant>,
    number: u64,
    last_written: u64,
    has_said_foreign: bool,
}

/// A file that is for one of the destinations.
struct Entry {
    bytes: u64,
    /// In whose books its spans are; `None` if another process wrote it.
    books: Option<Arc<Queue>>,
    is_claimed: bool,
    failures: u32,
    not_before: Option<Instant>,
}

impl Spool {
    /// Also says what a person should know if the folder cannot be used.
    pub(crate) fn open(
        folder: PathBuf,
        limit: u64,
        addressees: &[Addressee],
        diagnostics: Diagnostics,
    ) -> (Arc<Self>, Option<String>) {
        let spool = Self {
            folder: Folder::new(folder),
            limit,
            owner: Owner::this_process(),
            tags: addressees.iter().map(|a| a.tag().to_owned()).collect(),
            diagnostics,
            state: Mutex::default(),
        };
        let problem = spool.folder.check(&spool.owner).err();
        let problem = problem.map(|error| spool.unusable(&error));
        let spool = Arc::new(spool);
        (spool, problem)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is consistent between any two statements, so a poisoned lock is a good one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unusable(&self, error: &io::Error) -> String {
        format!(
            "the spool folder {} cannot be written to ({error}): spans are kept in memory only; name \
             another folder in TRACING_GENAI_SPOOL_DIR, or let this user write to it",
            self.folder
        )
    }

    /// Writes a file that nobody knows of yet.
    fn write(
        &self,
        request: &Encoded,
        addressee: &Addressee,
        age: Option<u64>,
    ) -> Result<Unlisted, NotKept> {
        let file = file::write(request, addressee);
        let bytes = file.len() as u64;
        self.make_room(bytes)?;
        let name = {
            let mut state = self.lock();
            state.number += 1;
            // Later than the one before, whatever the clock does.
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let now = now.unwrap_or_default().as_millis() as u64;
            state.last_written = now.max(state.last_written);
            // The room is taken before the file is there.
            state.bytes += bytes;
            Name {
                written: age.unwrap_or(state.last_written),
                token: self.owner.token.clone(),
                number: state.number,
                spans: request.spans,
                tag: addressee.tag().to_owned(),
            }
        };
        let written = self
            .folder
            .write(&name.written_by(&self.owner), &name.waiting(), &file);
        if let Err(error) = written {
            self.lock().bytes -= bytes;
            self.diagnostics
                .warn("spool", format_args!("{}", self.unusable(&error)));
            return Err(NotKept::Disk);
        }
        Ok(Unlisted { name, bytes })
    }

    /// From now on it can be sent.
    fn insert(&self, file: Unlisted, books: Option<Arc<Queue>>) {
        let entry = Entry::new(file.bytes, books);
        self.lock().files.insert(file.name, entry);
    }

    fn discard(&self, file: Unlisted) {
        let _ = self.folder.remove(&file.name.waiting());
        self.lock().bytes -= file.bytes;
    }

    /// Removes the oldest files until there is room for `bytes` more.
    fn make_room(&self, bytes: u64) -> Result<(), NotKept> {
        if bytes > self.limit {
            return Err(NotKept::Limit);
        }
        loop {
            let mut state = self.lock();
            if state.bytes.saturating_add(bytes) <= self.limit {
                return Ok(());
            }
            let oldest = state.files.iter().find(|(_, entry)| !entry.is_claimed);
            let Some((name, _)) = oldest else {
                return Err(NotKept::Limit);
            };
            let name = name.clone();
            let Some(entry) = state.take(&name) else {
                continue;
            };
            drop(state);
            // Another process may have taken it; then it is not lost, and there is room as well.
            if self.folder.remove(&name.waiting()).is_ok() {
                self.lost(
                    &name,
                    entry.books,
                    DropReason::SpoolFull,
                    "the spool was full",
                );
            }
        }
    }

    /// Spans that were on disk are lost.
    fn lost(&self, name: &Name, books: Option<Arc<Queue>>, reason: DropReason, why: &str) {
        match books {
            Some(queue) => queue.lost_on_disk(reason, name.spans),
            None => self.diagnostics.warn(
                "spool lost",
                format_args!(
                    "{} spans that another process had left in {} were lost because {why}",
                    name.spans, self.folder
                ),
            ),
        }
    }

    /// Looks for files of other processes, and for what dead ones were working on.
    fn scan(&self, now: Instant) {
        // Also if that fails: it is not tried again at once.
        self.lock().scanned = Some(now);
        let found = match self.folder.list() {
            Ok(found) => found,
            // Said when something is to be written.
            Err(_) => return,
        };
        let mut foreign = 0;
        let mut state = self.lock();
        let mut waiting = Vec::new();
        for (text, bytes) in found {
            let (name, owner) = match name::parse(&text) {
                name::Kind::Waiting(name) => {
                    waiting.push((name, bytes));
                    continue;
                }
                name::Kind::Sent(name, owner) => (Some(name), owner),
                name::Kind::Written(owner) => (None, owner),
                name::Kind::Other => continue,
            };
            if owner == self.owner {
                continue;
            }
            let since = *state.seen.entry(text.clone()).or_insert(now);
            let is_stale = now.saturating_duration_since(since) >= STALE;
            if !is_stale && !self.owner.knows_the_end_of(&owner) {
                continue;
            }
            state.seen.remove(&text);
            match name {
                Some(name) => {
                    if self.folder.rename(&text, &name.waiting()).is_ok() {
                        waiting.push((name, bytes));
                    }
                }
                // Half a file is of no use to anybody.
                None => drop(self.folder.remove(&text)),
            }
        }
        for (name, bytes) in waiting {
            if !self.tags.contains(&name.tag) {
                foreign += 1;
            } else if name.token != self.owner.token && !state.files.contains_key(&name) {
                state.bytes += bytes;
                state.files.insert(name, Entry::new(bytes, None));
            }
        }
        let is_news = foreign > 0 && !std::mem::replace(&mut state.has_said_foreign, true);
        drop(state);
        if is_news {
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

impl State {
    fn take(&mut self, name: &Name) -> Option<Entry> {
        let entry = self.files.remove(name)?;
        self.bytes = self.bytes.saturating_sub(entry.bytes);
        Some(entry)
    }
}

/// A file that was written.
struct Unlisted {
    name: Name,
    bytes: u64,
}

impl Entry {
    fn new(bytes: u64, books: Option<Arc<Queue>>) -> Self {
        Self {
            bytes,
            books,
            is_claimed: false,
            failures: 0,
            not_before: None,
        }
    }
}

/// Why a request is not on disk.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotKept {
    /// There is no room within the limit.
    Limit,
    /// The disk does not take it.
    Disk,
}

impl fmt::Debug for Spool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Spool").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
