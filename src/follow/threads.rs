//! What was said on threads, since a run's request does not repeat it.
//!
//! Contract: a message is kept once, whether it was seen when it was sent or in a list. Bounded in
//! threads, in messages a thread and in bytes; of a thread the latest messages stay, and a note says
//! how many are missing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::recent::Recent;
use crate::message::{Message, Part};
use crate::wire::MessageObject;

/// How many threads are kept.
const THREADS: usize = 1_024;
/// How many messages of a thread, and of how many bytes.
const MESSAGES: usize = 128;
const BYTES: usize = 256 << 10;
/// How many bytes all threads may have.
const ALL_BYTES: usize = 16 << 20;

/// A thread on a server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ThreadKey {
    pub(crate) server: String,
    pub(crate) thread: String,
}

#[derive(Debug)]
pub(super) struct Threads {
    threads: Recent<ThreadKey, Thread>,
    bytes: usize,
}

#[derive(Debug, Default)]
struct Thread {
    messages: VecDeque<Known>,
    bytes: usize,
    forgotten: usize,
    /// Whether it was seen from its beginning.
    is_whole: bool,
}

#[derive(Debug)]
struct Known {
    id: Option<String>,
    run: Option<String>,
    created_at: Option<Duration>,
    message: Arc<Message>,
    bytes: usize,
}

/// The messages that a run begins with.
#[derive(Debug, Default)]
pub(super) struct Begun {
    pub(super) messages: Vec<Arc<Message>>,
    /// Whether there were no others.
    pub(super) is_whole: bool,
}

impl Threads {
    pub(super) fn new() -> Self {
        Self {
            threads: Recent::new(THREADS),
            bytes: 0,
        }
    }

    /// A thread was made with these messages.
    pub(super) fn made(&mut self, key: &ThreadKey, messages: &[Message]) {
        self.forget(key);
        self.change(key, |thread| {
            thread.is_whole = true;
            for message in messages {
                thread.push(None, None, None, message.clone());
            }
        });
    }

    /// Messages were sent along with a run.
    pub(super) fn sent(&mut self, key: &ThreadKey, messages: &[Message]) {
        if !messages.is_empty() {
            self.change(key, |thread| {
                for message in messages {
                    thread.push(None, None, None, message.clone());
                }
            });
        }
    }

    /// A message was seen.
    pub(super) fn seen(&mut self, key: &ThreadKey, object: &MessageObject) {
        if !object.is_partial {
            self.change(key, |thread| thread.see(object));
        }
    }

    /// What a run starts with that begins now.
    pub(super) fn begin(&mut self, key: &ThreadKey) -> Begun {
        let Some(thread) = self.threads.get(key) else {
            return Begun::default();
        };
        let note = (thread.forgotten > 0).then(|| {
            let count = thread.forgotten;
            Arc::new(Message::user(format!(
                "<{count} earlier messages are not kept>"
            )))
        });
        let known = thread
            .messages
            .iter()
            .map(|known| Arc::clone(&known.message));
        Begun {
            messages: note.into_iter().chain(known).collect(),
            is_whole: thread.is_whole,
        }
    }

    /// What a run started with on a thread that was not seen from its beginning: all that is older.
    pub(super) fn older(&mut self, key: &ThreadKey, run: &str, than: Duration) -> Begun {
        let Some(thread) = self.threads.get(key) else {
            return Begun::default();
        };
        let mut older: Vec<&Known> = thread
            .messages
            .iter()
            .filter(|known| known.run.as_deref() != Some(run))
            .filter(|known| known.created_at.is_none_or(|at| at <= than))
            .collect();
        older.sort_by_key(|known| known.created_at.unwrap_or(than));
        Begun {
            messages: older
                .iter()
                .map(|known| Arc::clone(&known.message))
                .collect(),
            is_whole: thread.is_whole,
        }
    }

    pub(super) fn forget(&mut self, key: &ThreadKey) {
        if let Some(thread) = self.threads.remove(key) {
            self.bytes -= thread.bytes;
        }
    }

    fn change(&mut self, key: &ThreadKey, change: impl FnOnce(&mut Thread)) {
        let mut thread = self.threads.remove(key).unwrap_or_default();
        self.bytes -= thread.bytes;
        change(&mut thread);
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
    fn see(&mut self, object: &MessageObject) {
        let message = object.message();
        let known = self.messages.iter_mut().find(|known| {
            if known.id.is_some() {
                known.id == object.id
            } else {
                // Sent along with something else, and seen now under its name.
                object.run_id.is_none() && *known.message == message
            }
        });
        let (id, run) = (object.id.clone(), object.run_id.clone());
        match known {
            Some(known) => {
                known.id = id;
                known.run = run;
                known.created_at = object.created_at;
            }
            None => self.push(id, run, object.created_at, message),
        }
    }

    fn push(
        &mut self,
        id: Option<String>,
        run: Option<String>,
        created_at: Option<Duration>,
        message: Message,
    ) {
        let bytes = weight(&message.parts);
        self.bytes += bytes;
        self.messages.push_back(Known {
            id,
            run,
            created_at,
            message: Arc::new(message),
            bytes,
        });
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

/// About how many bytes parts hold.
pub(super) fn weight(parts: &[Part]) -> usize {
    const PART: usize = 64;
    parts
        .iter()
        .map(|part| match part {
            Part::Text { content } | Part::Reasoning { content } => PART + content.len(),
            other => PART + serde_json::to_string(other).map_or(0, |json| json.len()),
        })
        .sum()
}
