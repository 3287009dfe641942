//! The files of one destination: put, taken, put back.
//!
//! Contract: a file that was claimed here is claimed by nobody else until it is put back, and the
//! books follow it: its spans are counted as kept on disk before it can be taken, and are counted out
//! only by what becomes of them.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use super::file;
use super::file::{Addressee, Unreadable};
use super::name::Name;
use super::{NotKept, RESCAN, Spool};
use crate::export::queue::{Queue, Ticket};
use crate::export::report::DropReason;
use crate::otlp::encoded::Encoded;
use crate::otlp::retry;

/// The part of a spool that belongs to one destination.
#[derive(Clone)]
pub(crate) struct Shelf {
    spool: Arc<Spool>,
    addressee: Addressee,
    queue: Arc<Queue>,
}

/// A file that nobody else sends.
#[derive(Debug)]
pub(crate) struct Claimed(Name);

impl Shelf {
    pub(crate) fn new(spool: Arc<Spool>, addressee: Addressee, queue: Arc<Queue>) -> Self {
        Self {
            spool,
            addressee,
            queue,
        }
    }

    /// Keeps a request of this process, and settles its ticket; or gives that back.
    pub(crate) fn put(&self, request: &Encoded, ticket: Ticket) -> Result<(), (NotKept, Ticket)> {
        match self.spool.write(request, &self.addressee, None) {
            Ok(file) => {
                // First into the books, then out of hand: it may be sent at once.
                ticket.spooled();
                self.spool.insert(file, Some(Arc::clone(&self.queue)));
                Ok(())
            }
            Err(error) => Err((error, ticket)),
        }
    }

    /// Looks at the folder if that was not done for long.
    pub(crate) fn refresh(&self, now: Instant) {
        let scanned = self.spool.lock().scanned;
        if scanned.is_none_or(|at| now.saturating_duration_since(at) >= RESCAN) {
            self.spool.scan(now);
        }
    }

    /// When the next file may be sent; `None` if there is none.
    pub(crate) fn next_at(&self, now: Instant) -> Option<Instant> {
        let state = self.spool.lock();
        let mine = state
            .files
            .iter()
            .filter(|(name, entry)| name.tag == self.addressee.tag() && !entry.is_claimed);
        mine.map(|(_, entry)| entry.not_before.unwrap_or(now)).min()
    }

    /// When to look at the folder again.
    pub(crate) fn refresh_at(&self, now: Instant) -> Instant {
        let scanned = self.spool.lock().scanned;
        scanned.map_or(now, |at| at + RESCAN)
    }

    /// Takes the oldest file that may be sent.
    pub(crate) fn claim(&self, now: Instant) -> Option<(Claimed, Encoded, Ticket)> {
        loop {
            let (name, is_own) = {
                let mut state = self.spool.lock();
                let (name, entry) = state.files.iter_mut().find(|(name, entry)| {
                    name.tag == self.addressee.tag()
                        && !entry.is_claimed
                        && entry.not_before.is_none_or(|at| at <= now)
                })?;
                entry.is_claimed = true;
                (name.clone(), entry.books.is_some())
            };
            let Some(request) = self.take(&name) else {
                continue;
            };
            let books = self.books(&name).unwrap_or_else(|| Arc::clone(&self.queue));
            let ticket = Ticket::from_disk(&books, is_own, name.spans, request.body.len());
            return Some((Claimed(name), request, ticket));
        }
    }

    /// Renames and reads a file; `None` if it cannot be sent.
    fn take(&self, name: &Name) -> Option<Encoded> {
        let folder = &self.spool.folder;
        let claimed = name.sent_by(&self.spool.owner);
        let read = folder
            .rename(&name.waiting(), &claimed)
            .and_then(|()| folder.read(&claimed));
        let file = match read {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Another process has taken it.
                self.spool.lock().take(name);
                return None;
            }
            Err(error) => {
                self.spool.diagnostics.warn(
                    "spool read",
                    format_args!("{}/{}: {error}", folder, name.waiting()),
                );
                let _ = folder.rename(&claimed, &name.waiting());
                self.release(name);
                return None;
            }
        };
        match file::read(file, &self.addressee) {
            Ok(request) if request.spans == name.spans => Some(request),
            Err(Unreadable::Foreign) => {
                let _ = folder.rename(&claimed, &name.waiting());
                self.spool.lock().take(name);
                None
            }
            other => {
                let why = match other {
                    Err(Unreadable::Corrupt(why)) => why,
                    _ => "its name and its header differ",
                };
                let _ = folder.rename(&claimed, &name.corrupt());
                let entry = self.spool.lock().take(name);
                self.spool.diagnostics.warn(
                    "spool corrupt",
                    format_args!(
                        "a spool file cannot be sent: {why}; it is kept as {}/{}",
                        folder,
                        name.corrupt()
                    ),
                );
                if let Some(queue) = entry.and_then(|entry| entry.books) {
                    queue.lost_on_disk(DropReason::SpoolDamaged, name.spans);
                }
                None
            }
        }
    }

    fn books(&self, name: &Name) -> Option<Arc<Queue>> {
        self.spool.lock().files.get(name)?.books.clone()
    }

    /// Makes it wait a while.
    fn release(&self, name: &Name) {
        let mut state = self.spool.lock();
        if let Some(entry) = state.files.get_mut(name) {
            entry.is_claimed = false;
            entry.failures += 1;
            let pause = retry::backoff(entry.failures, retry::chance());
            entry.not_before = Some(Instant::now() + pause);
        }
    }

    /// It is settled.
    pub(crate) fn remove(&self, claimed: Claimed) {
        let Claimed(name) = claimed;
        let _ = self.spool.folder.remove(&name.sent_by(&self.spool.owner));
        self.spool.lock().take(&name);
    }

    /// It waits on.
    pub(crate) fn put_back(&self, claimed: Claimed) {
        let Claimed(name) = claimed;
        let sent = name.sent_by(&self.spool.owner);
        // If that fails, the next process does it.
        let _ = self.spool.folder.rename(&sent, &name.waiting());
        self.release(&name);
    }

    /// Somebody waits: everything may be tried at once.
    pub(crate) fn hurry(&self) {
        let mut state = self.spool.lock();
        state.files.values_mut().for_each(|e| e.not_before = None);
    }

    /// Puts smaller files, as old as it was, in its place; `false` if they could not all be written.
    pub(crate) fn replace(&self, claimed: Claimed, parts: &[Encoded]) -> bool {
        let Claimed(name) = &claimed;
        let mut files = Vec::new();
        for part in parts {
            let written = self.spool.write(part, &self.addressee, Some(name.written));
            match written {
                Ok(file) => files.push(file),
                Err(_) => {
                    files.into_iter().for_each(|file| self.spool.discard(file));
                    self.put_back(claimed);
                    return false;
                }
            }
        }
        let books = self.books(name);
        self.remove(claimed);
        for file in files {
            self.spool.insert(file, books.clone());
        }
        true
    }
}
