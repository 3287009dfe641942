//! An answer whose events are chunks of a chat in other words, as several dialects have them.
//!
//! The contract: the dialect translates an event and says when its format has declared the end; the rest is
//! that of a chat with one choice.

use super::dialect::Activity;
use super::facts::ResponseFacts;
use super::fields::Object;
use super::limits::Limits;
use super::openai::ChatAnswer;

#[derive(Debug)]
pub(super) struct Translated {
    chat: ChatAnswer,
    is_over: bool,
    has_failed: bool,
}

impl Translated {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            chat: ChatAnswer::new(limits),
            is_over: false,
            has_failed: false,
        }
    }

    /// Takes a chunk.
    pub(super) fn chunk(&mut self, chunk: Object) -> Activity {
        let has_error = chunk.get("error").is_some_and(|error| !error.is_null());
        self.has_failed |= has_error;
        self.chat.chunk(chunk)
    }

    /// The format has declared its end.
    pub(super) fn end(&mut self) {
        self.is_over = true;
    }

    /// The server has said in another way that it failed.
    pub(super) fn fail(&mut self) {
        self.has_failed = true;
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether nothing more had to come.
    pub(super) fn is_complete(&self) -> bool {
        self.is_over || self.has_failed
    }

    pub(super) fn finish(self, complete: bool) -> ResponseFacts {
        self.chat.finish(complete, Some(1))
    }
}
