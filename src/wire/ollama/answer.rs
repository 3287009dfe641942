//! An answer, put together from lines; a whole answer is one line.
//!
//! The contract: a line is a chunk of a chat in other words, and every call in it is a whole one. The format
//! declares its end.

use std::time::Duration;

use serde_json::{Value, json};

use crate::wire::dialect::{Activity, Assembler, StreamEnd};
use crate::wire::facts::ResponseFacts;
use crate::wire::fields::{Fields, Object};
use crate::wire::limits::Limits;
use crate::wire::translated::Translated;

/// Members of the last line that are numbers.
const COUNTS: [&str; 6] = [
    "prompt_eval_count",
    "eval_count",
    "total_duration",
    "load_duration",
    "prompt_eval_duration",
    "eval_duration",
];

#[derive(Debug)]
pub(super) struct Answer {
    answer: Translated,
    calls: u64,
}

impl Answer {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            answer: Translated::new(limits),
            calls: 0,
        }
    }

    pub(super) fn line(&mut self, mut line: Object) -> Activity {
        let mut message = line.object("message").unwrap_or_default();
        // A completion has them beside each other.
        for (name, own) in [
            ("content", "response"),
            ("thinking", "thinking"),
            ("tool_calls", "tool_calls"),
        ] {
            if let Some(value) = line.value(own) {
                message.entry(name).or_insert(value);
            }
        }
        if let Some(Value::Array(calls)) = message.get_mut("tool_calls") {
            for call in calls.iter_mut().filter_map(Value::as_object_mut) {
                call.insert("index".into(), self.calls.into());
                self.calls += 1;
            }
        }
        let is_done = line.get("done") == Some(&Value::Bool(true));
        let reason = line.word("done_reason");
        let reason = is_done.then(|| reason.unwrap_or_else(|| "stop".into()));
        if is_done {
            self.answer.end();
            let counts = counts(&mut line);
            line.insert("usage".into(), Value::Object(counts));
        }
        if !message.is_empty() || is_done {
            let choice = json!({"index": 0, "delta": message, "finish_reason": reason});
            line.insert("choices".into(), json!([choice]));
        }
        self.answer.chunk(line)
    }

    pub(super) fn finish(self, complete: bool) -> ResponseFacts {
        let mut facts = self.answer.finish(complete);
        if !facts.tool_calls.is_empty() {
            for message in &mut facts.messages {
                if message.finish_reason.as_deref() == Some("stop") {
                    message.finish_reason = Some("tool_call".into());
                }
            }
        }
        facts
    }
}

/// Takes the counts out of a line.
pub(super) fn counts(line: &mut Object) -> Object {
    let counts = COUNTS.iter().filter_map(|name| line.remove_entry(*name));
    counts.collect()
}

impl Assembler for Answer {
    fn event(&mut self, _name: &str, event: Object, _at: Duration) -> Activity {
        self.line(event)
    }

    fn is_over(&self) -> bool {
        self.answer.is_over()
    }

    fn finish(self: Box<Self>, _end: StreamEnd) -> ResponseFacts {
        let complete = self.answer.is_complete();
        (*self).finish(complete)
    }
}
