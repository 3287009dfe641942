//! An answer, put together from events; a whole answer is one.
//!
//! The contract: an event is a chunk of a chat in other words. A plan for tools is reasoning. The format
//! declares its end, with the counts and the reason.

use std::time::Duration;

use serde_json::{Value, json};

use super::counts;
use crate::wire::dialect::{Activity, Assembler, StreamEnd};
use crate::wire::facts::ResponseFacts;
use crate::wire::fields::{Fields, Object};
use crate::wire::limits::Limits;
use crate::wire::translated::Translated;

#[derive(Debug)]
pub(super) struct Answer(Translated);

impl Answer {
    pub(super) fn new(limits: Limits) -> Self {
        Self(Translated::new(limits))
    }

    /// Takes a whole answer.
    pub(super) fn whole(&mut self, mut fields: Object) -> Activity {
        let message = fields.object("message");
        self.chunk(fields, "message", message)
    }

    fn delta(&mut self, mut event: Object) -> Activity {
        let index = event.remove("index");
        let mut delta = event.object("delta").unwrap_or_default();
        let message = delta.object("message").map(|mut message| {
            // Pieces are no lists.
            if let Some(Value::Object(mut call)) = message.remove("tool_calls") {
                call.insert("index".into(), index.unwrap_or_default());
                message.insert("tool_calls".into(), json!([call]));
            }
            match message.remove("content") {
                Some(Value::Object(mut content)) => {
                    message.extend(content.remove_entry("thinking"));
                    let text = content.remove("text").map(|text| ("content".into(), text));
                    message.extend(text);
                }
                Some(text @ Value::String(_)) => _ = message.insert("content".into(), text),
                _ => {}
            }
            message
        });
        for name in ["finish_reason", "usage", "error"] {
            if let Some(value) = delta.value(name) {
                event.insert(name.into(), value);
            }
        }
        self.chunk(event, "delta", message)
    }

    fn chunk(&mut self, mut fields: Object, form: &str, message: Option<Object>) -> Activity {
        let reason = fields.word("finish_reason");
        if fields.peek("type") == Some("error") {
            self.0.fail();
        }
        if reason.is_some() {
            self.0.end();
        }
        if let Some(usage) = fields.object("usage") {
            fields.insert("usage".into(), Value::Object(counts(usage)));
        }
        if message.is_some() || reason.is_some() {
            let choice = json!({"index": 0, form: message, "finish_reason": reason});
            fields.insert("choices".into(), json!([choice]));
        }
        self.0.chunk(fields)
    }

    pub(super) fn finish(self, complete: bool) -> ResponseFacts {
        let mut facts = self.0.finish(complete);
        for message in &mut facts.messages {
            let reason = message.finish_reason.take();
            message.finish_reason = reason.map(|reason| match reason.as_str() {
                "COMPLETE" | "STOP_SEQUENCE" => "stop".into(),
                "MAX_TOKENS" => "length".into(),
                "TOOL_CALL" => "tool_call".into(),
                "ERROR" | "TIMEOUT" => "error".into(),
                _ => reason,
            });
        }
        facts
    }
}

impl Assembler for Answer {
    fn event(&mut self, name: &str, event: Object, _at: Duration) -> Activity {
        let activity = self.delta(event);
        if name == "message-end" {
            self.0.end();
        }
        activity
    }

    fn is_over(&self) -> bool {
        self.0.is_over()
    }

    fn finish(self: Box<Self>, end: StreamEnd) -> ResponseFacts {
        let complete = self.0.is_complete() || end.is_done;
        (*self).finish(complete)
    }
}
