//! Answers that are made in the background, from the request that asks for one until its end is seen.
//!
//! Contract: the span of the request is deferred until then, since only the end says what was used, and
//! whoever fetches a stored answer uses nothing. An answer whose end nobody sees is given up after a while,
//! without counts. Bounded in number and time; nothing here touches a span.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::export::deferred::DeferredId;

/// Stands for any longer time, which might lie beyond the clock.
const LONGEST_PATIENCE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// An answer on a server.
type Key = (String, String);

/// The answers that are being made.
#[derive(Debug)]
pub(super) struct BackgroundAnswers {
    capacity: usize,
    /// How long nothing may be heard of an answer.
    patience: Duration,
    answers: BTreeMap<Key, UnfinishedAnswer>,
    /// Since every sight of an answer puts off its deadline, the first was not seen for the longest time.
    deadlines: BTreeSet<(Instant, Key)>,
    last: DeferredId,
}

#[derive(Debug)]
struct UnfinishedAnswer {
    span: DeferredId,
    status: String,
    deadline: Instant,
}

/// An answer whose end was not seen.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unfinished {
    pub(super) span: DeferredId,
    /// As it was last seen.
    pub(super) status: String,
}

impl From<UnfinishedAnswer> for Unfinished {
    fn from(entry: UnfinishedAnswer) -> Self {
        Self {
            span: entry.span,
            status: entry.status,
        }
    }
}

impl BackgroundAnswers {
    pub(super) fn new(capacity: usize, patience: Duration) -> Self {
        Self {
            capacity: capacity.max(1),
            patience: patience.min(LONGEST_PATIENCE),
            answers: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            last: 0,
        }
    }

    /// An answer is going to be made; returns the name of its span, and what has to make room for it.
    pub(super) fn begin(
        &mut self,
        server: &str,
        id: &str,
        status: &str,
        now: Instant,
    ) -> (DeferredId, Option<Unfinished>) {
        self.last += 1;
        let key = (server.to_owned(), id.to_owned());
        let evicted = match self.take(&key) {
            None if self.answers.len() >= self.capacity => self.take_first(),
            known => known,
        };
        let entry = UnfinishedAnswer {
            span: self.last,
            status: status.to_owned(),
            deadline: now,
        };
        self.answers.insert(key.clone(), entry);
        self.put_off(&key, now);
        (self.last, evicted.map(Unfinished::from))
    }

    /// An answer was shown that is not done yet.
    pub(super) fn see(&mut self, server: &str, id: &str, status: &str, now: Instant) {
        let key = (server.to_owned(), id.to_owned());
        if let Some(entry) = self.answers.get_mut(&key) {
            status.clone_into(&mut entry.status);
            self.put_off(&key, now);
        }
    }

    /// The end of an answer was shown; returns the span that waited for it.
    pub(super) fn end(&mut self, server: &str, id: &str) -> Option<DeferredId> {
        let entry = self.take(&(server.to_owned(), id.to_owned()))?;
        Some(entry.span)
    }

    /// When [`BackgroundAnswers::sweep`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// The answers whose deadline has passed.
    pub(super) fn sweep(&mut self, now: Instant) -> Vec<Unfinished> {
        let mut unfinished = Vec::new();
        while self.deadline().is_some_and(|at| at <= now) {
            unfinished.extend(self.take_first().map(Unfinished::from));
        }
        unfinished
    }

    /// Every answer: nothing more will come.
    pub(super) fn close(&mut self) -> Vec<Unfinished> {
        let entries = std::iter::from_fn(|| self.take_first());
        entries.map(Unfinished::from).collect()
    }

    fn take(&mut self, key: &Key) -> Option<UnfinishedAnswer> {
        let entry = self.answers.remove(key)?;
        self.deadlines.remove(&(entry.deadline, key.clone()));
        Some(entry)
    }

    fn take_first(&mut self) -> Option<UnfinishedAnswer> {
        let (_, key) = self.deadlines.pop_first()?;
        self.answers.remove(&key)
    }

    fn put_off(&mut self, key: &Key, now: Instant) {
        let Some(entry) = self.answers.get_mut(key) else {
            return;
        };
        let deadline = now.checked_add(self.patience).unwrap_or(now);
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
        let mut background = BackgroundAnswers::new(8, PATIENCE);
        let now = Instant::now();
        let (span, gone) = background.begin("a", "resp_1", "queued", now);
        assert_eq!(gone, None);
        assert_eq!(background.end("b", "resp_1"), None);
        assert_eq!(background.end("a", "resp_1"), Some(span));
        assert_eq!(background.end("a", "resp_1"), None);
        assert_eq!(background.close(), []);
    }

    #[test]
    fn what_nobody_asks_for_is_let_go() {
        let mut background = BackgroundAnswers::new(2, PATIENCE);
        let now = Instant::now();
        let (first, _) = background.begin("a", "1", "queued", now);
        let (second, _) = background.begin("a", "2", "queued", now);
        background.see("a", "1", "in_progress", now + PATIENCE / 2);
        let unfinished = |span, status: &str| Unfinished {
            span,
            status: status.to_owned(),
        };
        assert_eq!(
            background.sweep(now + PATIENCE),
            [unfinished(second, "queued")]
        );
        let (third, gone) = background.begin("a", "3", "queued", now + PATIENCE);
        assert_eq!(gone, None);
        let (fourth, gone) = background.begin("a", "4", "queued", now + PATIENCE);
        assert_eq!(gone, Some(unfinished(first, "in_progress")));
        // Ollama and others use ids again.
        let (fifth, gone) = background.begin("a", "4", "queued", now + PATIENCE);
        assert_eq!(gone, Some(unfinished(fourth, "queued")));
        let left = [unfinished(third, "queued"), unfinished(fifth, "queued")];
        assert_eq!(background.close(), left);
        assert_eq!(background.deadline(), None);
    }
}
