//! Answers that are made in the background, from the request that asks for one to the first sight of its
//! end.
//!
//! Contract: the span of the request is held back until then, since only the end tells what was used, and
//! whoever asks again for a stored answer counts nothing. An answer whose end nobody sees is let go after
//! a while, without counts. Bounded in number and time; nothing here touches a span.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::export::deferred::DeferredId;
use crate::runs::recent::Recent;

/// An answer on a server.
type Key = (String, String);

/// The answers that are being made.
#[derive(Debug)]
pub(crate) struct Background {
    patience: Duration,
    answers: Recent<Key, Entry>,
    deadlines: BTreeSet<(Instant, Key)>,
    last: DeferredId,
}

#[derive(Debug)]
struct Entry {
    held: DeferredId,
    status: String,
    deadline: Instant,
}

/// An answer of which the end was not seen.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unfinished {
    pub(crate) held: DeferredId,
    /// As it was last seen.
    pub(crate) status: String,
}

impl From<Entry> for Unfinished {
    fn from(entry: Entry) -> Self {
        Self {
            held: entry.held,
            status: entry.status,
        }
    }
}

impl Background {
    pub(crate) fn new(answers: usize, patience: Duration) -> Self {
        Self {
            patience,
            answers: Recent::new(answers),
            deadlines: BTreeSet::new(),
            last: 0,
        }
    }

    /// An answer is going to be made; returns the name for its span, and what has to go for it.
    pub(crate) fn begin(
        &mut self,
        server: &str,
        id: &str,
        status: &str,
        now: Instant,
    ) -> (DeferredId, Option<Unfinished>) {
        self.last += 1;
        let key = (server.to_owned(), id.to_owned());
        let known = self.take(&key);
        let entry = Entry {
            held: self.last,
            status: status.to_owned(),
            deadline: now,
        };
        let oldest = self.answers.insert(key.clone(), entry);
        let oldest = oldest.map(|(key, entry)| {
            self.deadlines.remove(&(entry.deadline, key));
            entry
        });
        self.put_off(&key, now);
        (self.last, known.or(oldest).map(Unfinished::from))
    }

    /// An answer was shown that is not done yet.
    pub(crate) fn see(&mut self, server: &str, id: &str, status: &str, now: Instant) {
        let key = (server.to_owned(), id.to_owned());
        if let Some(entry) = self.answers.get(&key) {
            status.clone_into(&mut entry.status);
            self.put_off(&key, now);
        }
    }

    /// The end of an answer was shown; the span that waited for it.
    pub(crate) fn end(&mut self, server: &str, id: &str) -> Option<DeferredId> {
        let entry = self.take(&(server.to_owned(), id.to_owned()))?;
        Some(entry.held)
    }

    /// When [`Background::sweep`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// What was waited for long enough.
    pub(crate) fn sweep(&mut self, now: Instant) -> Vec<Unfinished> {
        let mut unfinished = Vec::new();
        while let Some((_, key)) = self.deadlines.first().filter(|(at, _)| *at <= now) {
            let key = key.clone();
            unfinished.extend(self.take(&key).map(Unfinished::from));
        }
        unfinished
    }

    /// Everything: nothing more will come.
    pub(crate) fn close(&mut self) -> Vec<Unfinished> {
        self.deadlines.clear();
        std::iter::from_fn(|| self.answers.pop_oldest())
            .map(|(_, entry)| entry.into())
            .collect()
    }

    fn take(&mut self, key: &Key) -> Option<Entry> {
        let entry = self.answers.remove(key)?;
        self.deadlines.remove(&(entry.deadline, key.clone()));
        Some(entry)
    }

    fn put_off(&mut self, key: &Key, now: Instant) {
        let (Some(entry), Some(deadline)) = (self.answers.get(key), now.checked_add(self.patience))
        else {
            return;
        };
        let before = std::mem::replace(&mut entry.deadline, deadline);
        self.deadlines.remove(&(before, key.clone()));
        self.deadlines.insert((deadline, key.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[test]
    fn an_answer_ends_once() {
        let mut background = Background::new(8, PATIENCE);
        let now = Instant::now();
        let (held, gone) = background.begin("a", "resp_1", "queued", now);
        assert_eq!(gone, None);
        assert_eq!(background.end("b", "resp_1"), None);
        assert_eq!(background.end("a", "resp_1"), Some(held));
        assert_eq!(background.end("a", "resp_1"), None);
        assert_eq!(background.close(), []);
    }

    #[test]
    fn what_nobody_asks_for_is_let_go() {
        let mut background = Background::new(2, PATIENCE);
        let now = Instant::now();
        let (first, _) = background.begin("a", "1", "queued", now);
        let (second, _) = background.begin("a", "2", "queued", now);
        background.see("a", "1", "in_progress", now + PATIENCE / 2);
        let unfinished = |held, status: &str| Unfinished {
            held,
            status: status.to_owned(),
        };
        assert_eq!(
            background.sweep(now + PATIENCE),
            [unfinished(second, "queued")]
        );
        let (third, gone) = background.begin("a", "3", "queued", now);
        assert_eq!(gone, None);
        let (fourth, gone) = background.begin("a", "4", "queued", now);
        assert_eq!(gone, Some(unfinished(first, "in_progress")));
        // Ollama and others use ids again.
        let (fifth, gone) = background.begin("a", "4", "queued", now);
        assert_eq!(gone, Some(unfinished(fourth, "queued")));
        let left = [unfinished(third, "queued"), unfinished(fifth, "queued")];
        assert_eq!(background.close(), left);
        assert_eq!(background.deadline(), None);
    }
}
