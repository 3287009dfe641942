//! What a spool folder holds, as the spool of one destination sees it.
//!
//! Pure, one pass, and bounded: of very many files only some are remembered.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Instant;

use super::index::{Index, IndexEntry};
use super::name::{FileName, Key};
use crate::export::scheduler::History;

/// Names and tokens that are remembered of each kind of file but requests.
const MOST: usize = 1_024;

/// Whose view it is.
pub(super) struct View<'a> {
    pub(super) tag: &'a str,
    pub(super) token: u64,
    /// The tags of all destinations of the telemetry.
    pub(super) known: &'a BTreeSet<String>,
    /// What this spool works on.
    pub(super) claimed: &'a BTreeSet<Key>,
    /// Whose files are sent by others.
    pub(super) busy: &'a HashMap<u64, Instant>,
}

#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Of all files, whoever wrote them.
    pub(super) bytes: u64,
    /// Of requests for this destination, also of those that are not sent any more.
    pub(super) own_bytes: u64,
    /// Spans in requests of this spool that it does not work on.
    pub(super) own_spans: u64,
    /// What may be sent.
    pub(super) index: Index,
    /// Requests for destinations that nobody in this telemetry knows.
    pub(super) foreign: u64,
    /// Files that somebody else writes or has not finished.
    pub(super) parts: Vec<(Key, String)>,
    /// Requests of this destination that are not sent any more, the oldest first.
    pub(super) set_aside: Vec<(String, u64)>,
    /// Processes that write here, or have died.
    pub(super) writers: u64,
    locks: Vec<u64>,
    tokens: HashSet<u64>,
}

impl Listing {
    pub(super) fn new(files: impl Iterator<Item = (String, u64)>, view: &View<'_>) -> Self {
        let mut listing = Self::default();
        for (name, bytes) in files {
            listing.bytes = listing.bytes.saturating_add(bytes);
            match FileName::parse(&name) {
                FileName::Request(key, tag) => listing.request(key, tag, bytes, view),
                FileName::Part(key) if key.token != view.token => {
                    listing.remember(key.token);
                    if listing.parts.len() < MOST {
                        listing.parts.push((key, name));
                    }
                }
                FileName::SetAside(tag) if tag == view.tag => {
                    listing.own_bytes = listing.own_bytes.saturating_add(bytes);
                    listing.set_aside.push((name, bytes));
                }
                FileName::Lock(token) => {
                    listing.writers += 1;
                    if listing.locks.len() < MOST {
                        listing.locks.push(token);
                    }
                }
                FileName::Part(_) | FileName::SetAside(_) | FileName::Other => {}
            }
            if listing.set_aside.len() > MOST {
                listing.order_set_aside();
            }
        }
        listing.order_set_aside();
        listing
    }

    fn request(&mut self, key: Key, tag: &str, bytes: u64, view: &View<'_>) {
        self.remember(key.token);
        if tag != view.tag {
            self.foreign += u64::from(!view.known.contains(tag));
            return;
        }
        self.own_bytes = self.own_bytes.saturating_add(bytes);
        if !view.claimed.contains(&key) && !view.busy.contains_key(&key.token) {
            if key.token == view.token {
                self.own_spans += key.spans;
            }
            let history = History::default();
            self.index.insert(key, IndexEntry { bytes, history });
        }
    }

    fn remember(&mut self, token: u64) {
        if self.tokens.len() <= MOST {
            self.tokens.insert(token);
        }
    }

    fn order_set_aside(&mut self) {
        self.set_aside.sort_unstable();
        self.set_aside.truncate(MOST / 2);
    }

    /// Locks without a file; nothing is known of them if there are very many.
    pub(super) fn unused_locks(&self) -> impl Iterator<Item = u64> + '_ {
        let is_complete = self.tokens.len() <= MOST;
        let unused = move |token: &u64| is_complete && !self.tokens.contains(token);
        self.locks.iter().copied().filter(unused)
    }
}
