//! A streamed answer: events of Converse or of Anthropic's, put together as Anthropic's.
//!
//! The contract: an answer of Converse is complete with `messageStop`; the stream is over with the counts,
//! which come after it. Whatever is no event of theirs is an error if it has a sentence.

use std::time::Duration;

use serde_json::Value;

use super::converse;
use crate::wire::anthropic;
use crate::wire::dialect::{Activity, Assembler, StreamEnd};
use crate::wire::facts::ResponseFacts;
use crate::wire::fields::{Fields, Object};
use crate::wire::limits::Limits;

/// The event that wraps those of the model.
const WRAPPER: &str = "chunk";

#[derive(Debug)]
pub(super) struct Stream {
    messages: Box<anthropic::Stream>,
    /// Whether the answer has ended, and whether its counts have come.
    has_stopped: bool,
    has_counts: bool,
}

impl Stream {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            messages: Box::new(anthropic::Stream::new(limits)),
            has_stopped: false,
            has_counts: false,
        }
    }

    fn converse(&mut self, name: &str, event: Object, at: Duration) -> Activity {
        self.has_stopped |= name == "messageStop";
        self.has_counts |= name == "metadata";
        let event = match name {
            "contentBlockStop" | "initial-response" => None,
            name => converse::event(name, event),
        };
        event.map_or(Activity::Nothing, |event| {
            self.messages.event("", event, at)
        })
    }
}

impl Assembler for Stream {
    fn event(&mut self, name: &str, mut event: Object, at: Duration) -> Activity {
        if !matches!(name, "" | WRAPPER) {
            return self.converse(name, event, at);
        }
        // Whoever reads events has named those that have no name of their own.
        if event.peek("type").is_some_and(|own| own != WRAPPER) {
            return self.messages.event("", event, at);
        }
        // A sentence in place of a stream.
        if event.peek("message").is_some() {
            return self.converse("error", event, at);
        }
        event.remove("type");
        let events = event.into_iter().filter_map(|(name, event)| match event {
            Value::Object(event) => Some(self.converse(&name, event, at)),
            _ => None,
        });
        events.max().unwrap_or_default()
    }

    fn is_over(&self) -> bool {
        self.has_stopped && self.has_counts || self.messages.is_over()
    }

    fn skip(&mut self) {
        self.messages.skip();
    }

    fn finish(mut self: Box<Self>, end: StreamEnd) -> ResponseFacts {
        if self.has_stopped {
            let stop = converse::of_type("message_stop");
            self.messages.event("", stop, end.at);
        }
        self.messages.finish(end)
    }
}
