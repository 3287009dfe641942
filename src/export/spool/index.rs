//! The files of a destination that can be sent: a part of what is in the folder.
//!
//! Pure. Bounded: the oldest files are known, of the others only that there are some.

use std::collections::BTreeMap;
use std::time::Instant;

use super::name::Key;
use crate::export::scheduler::{History, Standing};

/// Files that are known at once.
const MOST: usize = 16_384;
/// Files of which it is known that they have failed.
const MOST_FAILED: usize = 1_024;

/// A file that can be sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct IndexEntry {
    pub(super) bytes: u64,
    pub(super) history: History,
}

#[derive(Debug, Default)]
pub(super) struct Index {
    /// Never failed in this process.
    fresh: BTreeMap<Key, u64>,
    failed: BTreeMap<Key, IndexEntry>,
    /// There are more files in the folder.
    has_more: bool,
}

impl Index {
    pub(super) fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.failed.is_empty()
    }

    /// Whether the folder holds files that are to be looked for.
    pub(super) fn is_used_up(&self) -> bool {
        self.has_more && self.fresh.is_empty()
    }

    pub(super) fn insert(&mut self, key: Key, entry: IndexEntry) {
        if entry.history.has_failed() {
            self.failed.insert(key, entry);
        } else {
            self.insert_fresh(key, entry.bytes);
        }
        if self.failed.len() > MOST_FAILED
            && let Some((key, entry)) = self.failed.pop_first()
        {
            self.insert_fresh(key, entry.bytes);
        }
    }

    fn insert_fresh(&mut self, key: Key, bytes: u64) {
        self.fresh.insert(key, bytes);
        if self.fresh.len() > MOST {
            self.fresh.pop_last();
            self.has_more = true;
        }
    }

    /// Takes out the oldest file of this standing that may be sent.
    pub(super) fn take(&mut self, standing: Standing, now: Instant) -> Option<(Key, IndexEntry)> {
        if standing == Standing::Regular
            && let Some((key, bytes)) = self.fresh.pop_first()
        {
            let history = History::default();
            return Some((key, IndexEntry { bytes, history }));
        }
        let is_next =
            |entry: &IndexEntry| entry.history.standing() == standing && entry.history.is_due(now);
        let (&key, _) = self.failed.iter().find(|(_, entry)| is_next(entry))?;
        self.failed.remove_entry(&key)
    }

    /// Takes out the oldest file that has never failed, if it is one of these.
    pub(super) fn take_first_if(
        &mut self,
        is_one: impl Fn(&Key, u64) -> bool,
    ) -> Option<(Key, IndexEntry)> {
        let first = self.fresh.first_entry()?;
        if !is_one(first.key(), *first.get()) {
            return None;
        }
        let (key, bytes) = first.remove_entry();
        let history = History::default();
        Some((key, IndexEntry { bytes, history }))
    }

    /// When the next file of this standing may be sent.
    pub(super) fn next_at(&self, standing: Standing, now: Instant) -> Option<Instant> {
        if standing == Standing::Regular && !self.fresh.is_empty() {
            return Some(now);
        }
        let failed = self
            .failed
            .values()
            .filter(|entry| entry.history.standing() == standing);
        failed
            .map(|entry| entry.history.due_at().unwrap_or(now))
            .min()
    }

    /// Takes out the oldest file.
    pub(super) fn take_oldest(&mut self) -> Option<(Key, u64)> {
        let fresh = self.fresh.first_key_value().map(|(key, _)| *key);
        let failed = self.failed.first_key_value().map(|(key, _)| *key);
        match (fresh, failed) {
            (Some(fresh), Some(failed)) if failed < fresh => self.take_failed(failed),
            (None, Some(failed)) => self.take_failed(failed),
            _ => self.fresh.pop_first(),
        }
    }

    fn take_failed(&mut self, key: Key) -> Option<(Key, u64)> {
        let entry = self.failed.remove(&key)?;
        Some((key, entry.bytes))
    }

    /// Forgets the files of a process that works on them itself.
    pub(super) fn remove_token(&mut self, token: u64) {
        self.fresh.retain(|key, _| key.token != token);
        self.failed.retain(|key, _| key.token != token);
    }

    /// Somebody waits: all but suspects may be tried at once.
    pub(super) fn hurry(&mut self) {
        self.failed
            .values_mut()
            .for_each(|entry| entry.history.hurry());
    }

    /// Takes over what was found in the folder; what is known of files that are still there is kept.
    pub(super) fn replace(&mut self, found: Self) {
        let before = std::mem::take(&mut self.failed);
        *self = found;
        for (key, entry) in before {
            if self.fresh.remove(&key).is_some() {
                self.failed.insert(key, entry);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> Key {
        Key {
            written: number,
            token: number % 2,
            number,
            spans: 1,
        }
    }

    fn entry() -> IndexEntry {
        IndexEntry {
            bytes: 10,
            history: History::default(),
        }
    }

    #[test]
    fn the_oldest_come_first_and_not_all_are_known() {
        let now = Instant::now();
        let mut index = Index::default();
        let count = MOST as u64 + 10;
        (0..count).rev().for_each(|n| index.insert(key(n), entry()));
        for number in 0..MOST as u64 {
            assert!(!index.is_used_up());
            let (next, _) = index.take(Standing::Regular, now).expect("a file");
            assert_eq!(next, key(number));
        }
        assert!(index.is_used_up());
        assert!(index.next_at(Standing::Regular, now).is_none());
    }

    #[test]
    fn what_is_known_of_a_file_survives_as_long_as_the_file() {
        let now = Instant::now();
        let mut index = Index::default();
        (0..4).for_each(|n| index.insert(key(n), entry()));
        for _ in 0..2 {
            let (key, mut entry) = index.take(Standing::Regular, now).expect("a file");
            entry.history.fail(None, None, 1.0, now);
            index.insert(key, entry);
        }
        let mut found = Index::default();
        found.insert(key(1), entry());
        found.insert(key(2), entry());
        index.replace(found);
        assert_eq!(
            index.take(Standing::Regular, now).map(|(key, _)| key),
            Some(key(2))
        );
        assert!(index.take(Standing::Regular, now).is_none());
        assert!(index.next_at(Standing::Regular, now) > Some(now));
        index.hurry();
        assert_eq!(
            index.take(Standing::Regular, now).map(|(key, _)| key),
            Some(key(1))
        );
    }

    #[test]
    fn the_oldest_of_all_is_removed_first() {
        let now = Instant::now();
        let mut index = Index::default();
        (0..3).for_each(|n| index.insert(key(n), entry()));
        let (first, mut failed) = index.take(Standing::Regular, now).expect("a file");
        failed.history.fail(None, None, 1.0, now);
        index.insert(first, failed);
        let removed = std::iter::from_fn(|| index.take_oldest());
        assert!(removed.map(|(key, _)| key).eq((0..3).map(key)));
    }
}
