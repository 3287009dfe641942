//! An answer, put together from tokens; a whole answer is one text.
//!
//! The contract: a token is a chunk of a completion in other words. The last one has the details, with the
//! counts and the reason, and repeats the text.

use std::time::Duration;

use serde_json::{Value, json};

use crate::wire::dialect::{Activity, Assembler, StreamEnd};
use crate::wire::facts::ResponseFacts;
use crate::wire::fields::{Fields, Object};
use crate::wire::limits::Limits;
use crate::wire::translated::Translated;

/// Details that are counts.
const COUNTS: [&str; 2] = ["generated_tokens", "input_length"];

#[derive(Debug)]
pub(super) struct Answer(Translated);

impl Answer {
    pub(super) fn new(limits: Limits) -> Self {
        Self(Translated::new(limits))
    }

    pub(super) fn whole(&mut self, mut fields: Object) -> Activity {
        let text = fields.text("generated_text");
        self.chunk(fields, text)
    }

    fn token(&mut self, mut event: Object) -> Activity {
        if event.text("generated_text").is_some() {
            self.0.end();
        }
        let token = event.object("token");
        let text = token.and_then(|mut token| match token.flag("special") {
            // The mark of the end, and the like.
            Some(true) => None,
            _ => token.text("text"),
        });
        self.chunk(event, text)
    }

    fn chunk(&mut self, mut fields: Object, text: Option<String>) -> Activity {
        let mut details = fields.object("details").unwrap_or_default();
        let reason = details.word("finish_reason");
        let counts = COUNTS.iter().filter_map(|name| details.remove_entry(*name));
        fields.insert("usage".into(), Value::Object(counts.collect()));
        if text.is_some() || reason.is_some() {
            let choice = json!({"index": 0, "text": text, "finish_reason": reason});
            fields.insert("choices".into(), json!([choice]));
        }
        self.0.chunk(fields)
    }

    pub(super) fn finish(self, complete: bool) -> ResponseFacts {
        let mut facts = self.0.finish(complete);
        for message in &mut facts.messages {
            if let Some("eos_token" | "stop_sequence") = message.finish_reason.as_deref() {
                message.finish_reason = Some("stop".into());
            }
        }
        facts
    }
}

impl Assembler for Answer {
    fn event(&mut self, _name: &str, event: Object, _at: Duration) -> Activity {
        self.token(event)
    }

    fn is_over(&self) -> bool {
        self.0.is_over()
    }

    fn finish(self: Box<Self>, _end: StreamEnd) -> ResponseFacts {
        let complete = self.0.is_complete();
        (*self).finish(complete)
    }
}
