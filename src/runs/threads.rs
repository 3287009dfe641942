//! What was said on threads, since a run's request does not repeat it.
//!
//! Contract: a message is kept once, whether it was seen when it was sent or in a list, and told in the
//! order of the thread. Bounded in threads, in messages a thread and in bytes; of a thread the latest
//! messages stay, and a note says how many are missing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::recent::Recent;
use super::weight::weight;
use crate::model::message::Message;
use crate::wire::MessageObject;

/// How many threads are kept.
const THREADS: usize = 1_024;
/// How many messages of a thread, and of how many bytes.
const MESSAGES: usize = 128;
const BYTES: usize = 256 << 10;
/// How many bytes all threads may have.
const ALL_BYTES: usize = 16 << 20;
/// How many runs of a thread are told apart by when they began here.
const RUNS: usize = 64;

/// A thread on a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ThreadKey {
    pub(crate) server: String,
    pub(crate) thread: String,
}

/// When something happened on a thread, as far as this process has seen it happen. The server's seconds
/// are too coarse to tell what came first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

#[derive(Debug)]
pub(crate) struct Threads {
    threads: Recent<ThreadKey, Thread>,
    bytes: usize,
    now: Moment,
}

#[derive(Debug, Default)]
struct Thread {
    messages: VecDeque<Known>,
    bytes: usize,
    forgotten: usize,
    /// Whether it was seen from its beginning.
    is_whole: bool,
    /// Its runs that began here.
    runs: VecDeque<(String, Moment)>,
}

#[derive(Debug)]
struct Known {
    id: Option<String>,
    run: Option<String>,
    created_at: Option<Duration>,
    /// Absent if it was only found there.
    sent: Option<Moment>,
    message: Arc<Message>,
    bytes: usize,
}

/// The messages that a run begins with.
#[derive(Debug, Default)]
pub(crate) struct Begun {
    pub(crate) messages: Vec<Arc<Message>>,
    /// Whether there were no others.
    pub(crate) is_whole: bool,
    pub(crate) moment: Moment,
}

impl Threads {
    pub(crate) fn new() -> Self {
        Self {
            threads: Recent::new(THREADS),
            bytes: 0,
            now: Moment::default(),
        }
    }

    /// A thread was made with these messages.
    pub(crate) fn made(&mut self, key: &ThreadKey, messages: &[Message]) {
        self.forget(key);
        self.change(key, |thread, now| {
            thread.is_whole = true;
            thread.send(messages, now);
        });
    }

    /// Messages were sent along with a run.
    pub(crate) fn sent(&mut self, key: &ThreadKey, messages: &[Message]) {
        if !messages.is_empty() {
            self.change(key, |thread, now| thread.send(messages, now));
        }
    }

    /// A message was seen; `is_new` says whether this call has sent it.
    pub(crate) fn seen(&mut self, key: &ThreadKey, object: &MessageObject, is_new: bool) {
        if !object.is_partial {
            self.change(key, |thread, now| {
                thread.see(object, is_new.then_some(now));
            });
        }
    }

    /// What a run starts with that begins now.
    pub(crate) fn begin(&mut self, key: &ThreadKey, run: &str) -> Begun {
        self.now.0 += 1;
        let moment = self.now;
        let Some(thread) = self.threads.get(key) else {
            return Begun {
                moment,
                ..Begun::default()
            };
        };
        if thread.runs.len() >= RUNS {
            thread.runs.pop_front();
        }
        thread.runs.push_back((run.to_owned(), moment));
        let known = thread
            .messages
            .iter()
            .map(|known| Arc::clone(&known.message));
        Begun {
            messages: thread.note().into_iter().chain(known).collect(),
            is_whole: thread.is_whole,
            moment,
        }
    }

    /// What a run started with on a thread that was not seen from its beginning: all that is older.
    pub(crate) fn older(
        &mut self,
        key: &ThreadKey,
        run: &str,
        (than, moment): (Duration, Moment),
    ) -> Vec<Arc<Message>> {
        let Some(thread) = self.threads.get(key) else {
            return Vec::new();
        };
        let is_older = |known: &&Known| {
            let later = |(other, began): &(String, Moment)| {
                known.run.as_ref() == Some(other) && *began > moment
            };
            if known.run.as_deref() == Some(run) || thread.runs.iter().any(later) {
                return false;
            }
            match known.sent {
                Some(sent) => sent <= moment,
                None => known.created_at.is_none_or(|at| at <= than),
            }
        };
        let older = thread.messages.iter().filter(is_older);
        let older = older.map(|known| Arc::clone(&known.message));
        thread.note().into_iter().chain(older).collect()
    }

    pub(crate) fn forget(&mut self, key: &ThreadKey) {
        if let Some(thread) = self.threads.remove(key) {
            self.bytes -= thread.bytes;
        }
    }

    fn change(&mut self, key: &ThreadKey, change: impl FnOnce(&mut Thread, Moment)) {
        let mut thread = self.threads.remove(key).unwrap_or_default();
        self.bytes -= thread.bytes;
        self.now.0 += 1;
        change(&mut thread, self.now);
        thread.shrink();
        self.bytes += thread.bytes;
        if let Some((_, oldest)) = self.threads.insert(key.clone(), thread) {
            self.bytes -= oldest.bytes;
        }
        while self.bytes > ALL_BYTES && self.threads.len() > 1 {
            if let Some((_, oldest)) = self.threads.pop_oldest() {
                self.bytes -= oldest.bytes;
            }
        }
    }
}

impl Thread {
    fn note(&self) -> Option<Arc<Message>> {
        let count = self.forgotten;
        (count > 0).then(|| {
            let note = format!("<{count} earlier messages are not kept>");
            Arc::new(Message::user(note))
        })
    }

    fn send(&mut self, messages: &[Message], now: Moment) {
        for message in messages {
            self.insert(Known {
                id: None,
                run: None,
                created_at: None,
                sent: Some(now),
                bytes: weight(&message.parts),
                message: Arc::new(message.clone()),
            });
        }
    }

    fn see(&mut self, object: &MessageObject, sent: Option<Moment>) {
        let message = object.message();
        let known = self.messages.iter_mut().find(|known| {
            if known.id.is_some() {
                known.id == object.id
            } else {
                // Sent along with something else, and seen now under its name.
                object.run_id.is_none() && *known.message == message
            }
        });
        if let Some(known) = known {
            known.id.clone_from(&object.id);
            known.run.clone_from(&object.run_id);
            known.created_at = object.created_at;
            return;
        }
        self.insert(Known {
            id: object.id.clone(),
            run: object.run_id.clone(),
            created_at: object.created_at,
            sent,
            bytes: weight(&message.parts),
            message: Arc::new(message),
        });
    }

    /// At the end, or before what is known to be later.
    fn insert(&mut self, new: Known) {
        let later = |known: &Known| new.created_at.is_some() && known.created_at > new.created_at;
        let place = match new.sent {
            Some(_) => None,
            None => self.messages.iter().position(later),
        };
        if place == Some(0) && self.forgotten > 0 {
            // One of those that had to go, in a list that is seen again.
            return;
        }
        let place = place.unwrap_or(self.messages.len());
        self.bytes += new.bytes;
        self.messages.insert(place, new);
    }

    fn shrink(&mut self) {
        while self.messages.len() > MESSAGES || self.bytes > BYTES && self.messages.len() > 1 {
            if let Some(oldest) = self.messages.pop_front() {
                self.bytes -= oldest.bytes;
                self.forgotten += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;
