//! The messages of threads, since the request for a run does not repeat them.
//!
//! Contract: a message is kept once, whether it was seen when it was sent or in a list, and reported in the
//! order of the thread. Bounded in threads, in messages a thread and in bytes; the latest messages of a
//! thread stay, and a note says how many are missing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::ids::ThreadId;
use super::lru::LruMap;
use super::weight;
use crate::model::message::Message;
use crate::wire::MessageObject;

/// How many threads are kept.
const THREADS: usize = 1_024;
/// How many messages of a thread, and of how many bytes.
const MESSAGES: usize = 128;
const BYTES: usize = 256 << 10;
/// How many bytes all threads may have.
const ALL_BYTES: usize = 16 << 20;
/// Of how many runs of a thread it is remembered when they began here.
const RUNS: usize = 64;

/// When something happened on a thread, in the order in which this process saw it. The server's seconds
/// are too coarse for that order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

#[derive(Debug)]
pub(super) struct Threads {
    threads: LruMap<ThreadId, Thread>,
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
    /// Absent if it was only found in a list.
    sent: Option<Moment>,
    message: Arc<Message>,
    bytes: usize,
}

/// The messages that a run begins with.
#[derive(Debug, Default)]
pub(super) struct Beginning {
    pub(super) messages: Vec<Arc<Message>>,
    /// Whether there were no others.
    pub(super) is_whole: bool,
    pub(super) moment: Moment,
}

impl Threads {
    pub(super) fn new() -> Self {
        Self {
            threads: LruMap::new(THREADS),
            bytes: 0,
            now: Moment::default(),
        }
    }

    /// A thread was made with these messages.
    pub(super) fn made(&mut self, id: &ThreadId, messages: &[Message]) {
        self.forget(id);
        self.change(id, |thread, now| {
            thread.is_whole = true;
            thread.send(messages, now);
        });
    }

    /// Messages were sent along with a run.
    pub(super) fn sent(&mut self, id: &ThreadId, messages: &[Message]) {
        if !messages.is_empty() {
            self.change(id, |thread, now| thread.send(messages, now));
        }
    }

    /// A message was seen; `is_new` says whether this call has sent it.
    pub(super) fn seen(&mut self, id: &ThreadId, object: &MessageObject, is_new: bool) {
        if !object.is_partial {
            self.change(id, |thread, now| {
                thread.see(object, is_new.then_some(now));
            });
        }
    }

    /// What a run starts with that begins now.
    pub(super) fn begin(&mut self, id: &ThreadId, run: &str) -> Beginning {
        self.now.0 += 1;
        let moment = self.now;
        let Some(thread) = self.threads.get(id) else {
            return Beginning {
                moment,
                ..Beginning::default()
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
        Beginning {
            messages: thread.note().into_iter().chain(known).collect(),
            is_whole: thread.is_whole,
            moment,
        }
    }

    /// What a run started with on a thread that was not seen from its beginning: all that is older.
    pub(super) fn older(
        &mut self,
        id: &ThreadId,
        run: &str,
        (than, moment): (Duration, Moment),
    ) -> Vec<Arc<Message>> {
        let Some(thread) = self.threads.get(id) else {
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

    pub(super) fn forget(&mut self, id: &ThreadId) {
        if let Some(thread) = self.threads.remove(id) {
            self.bytes -= thread.bytes;
        }
    }

    fn change(&mut self, id: &ThreadId, change: impl FnOnce(&mut Thread, Moment)) {
        let mut thread = self.threads.remove(id).unwrap_or_default();
        self.bytes -= thread.bytes;
        self.now.0 += 1;
        change(&mut thread, self.now);
        thread.shrink();
        self.bytes += thread.bytes;
        if let Some((_, oldest)) = self.threads.insert(id.clone(), thread) {
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
                bytes: weight::of_parts(&message.parts),
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
                // Sent along with something else, and seen now under its id.
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
            bytes: weight::of_parts(&message.parts),
            message: Arc::new(message),
        });
    }

    /// At the end, or before what is known to be later.
    fn insert(&mut self, new: Known) {
        let later = |known: &Known| new.created_at.is_some() && known.created_at > new.created_at;
        let index = match new.sent {
            Some(_) => None,
            None => self.messages.iter().position(later),
        };
        if index == Some(0) && self.forgotten > 0 {
            // A forgotten message, in a list that is seen again.
            return;
        }
        let index = index.unwrap_or(self.messages.len());
        self.bytes += new.bytes;
        self.messages.insert(index, new);
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
