//! The event stream of a run.
//!
//! The contract: events that show a whole object count, pieces of text only until their message has
//! come. What was shown is handed out as it comes ([`Stream::take`]), so that a run is known to others
//! who ask for it while it is streamed. A stream ends where the run waits for tools; the run goes on.

use std::time::Duration;

use serde_json::Value;

use super::{MessageObject, Shown, one};
use crate::model::message::Part;
use crate::wire::facts::{ErrorFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::limits::{Budget, Limits, Text};
use crate::wire::openai::chat::Activity;
use crate::wire::openai::error;

/// What a message that is being written costs beside its text.
const ENTRY_BYTES: usize = 512;
/// Ids of which the first piece has been told.
const MOST_BEGUN: usize = 1_024;

#[derive(Debug)]
pub(in crate::wire) struct Stream {
    budget: Budget,
    shown: Vec<(Duration, Shown)>,
    /// Messages that are being written.
    drafts: Vec<Draft>,
    begun: Vec<String>,
    error: Option<ErrorFacts>,
    is_over: bool,
}

#[derive(Debug)]
struct Draft {
    message: MessageObject,
    text: Text,
}

impl Stream {
    pub(in crate::wire) fn new(limits: Limits) -> Self {
        Self {
            budget: limits.budget(),
            shown: Vec::new(),
            drafts: Vec::new(),
            begun: Vec::new(),
            error: None,
            is_over: false,
        }
    }

    pub(in crate::wire) fn event(
        &mut self,
        name: &str,
        mut fields: Object,
        at: Duration,
    ) -> Activity {
        match fields.peek("object").unwrap_or_default() {
            "thread.message.delta" => self.text(fields, at),
            "thread.run.step.delta" => {
                self.begin(fields.id("id"), at);
                Activity::Content
            }
            _ if name == "error" || fields.peek("type") == Some("error") => {
                self.error = Some(error::of_fields(fields));
                self.is_over = true;
                Activity::Nothing
            }
            _ => {
                match one(fields) {
                    Some(shown) => self.show(shown, at),
                    None => return Activity::Nothing,
                }
                Activity::Nothing
            }
        }
    }

    fn show(&mut self, shown: Shown, at: Duration) {
        match &shown {
            Shown::Message(message) if message.is_partial => {
                self.draft(message.clone());
                return;
            }
            // What was kept of it is needed no more.
            Shown::Message(message) => {
                let known = |draft: &Draft| draft.message.id == message.id;
                if let Some(place) = self.drafts.iter().position(known) {
                    let draft = self.drafts.swap_remove(place);
                    self.budget.refund(ENTRY_BYTES + draft.text.kept_bytes());
                }
            }
            Shown::Run(run) => {
                let waits = run.status.as_deref() == Some("requires_action");
                self.is_over |= run.is_over() || waits;
            }
            _ => {}
        }
        self.shown.push((at, shown));
    }

    /// Where a message is of which only its head is known.
    fn draft(&mut self, message: MessageObject) -> Option<usize> {
        let known = |draft: &Draft| draft.message.id == message.id;
        if let Some(place) = self.drafts.iter().position(known) {
            return Some(place);
        }
        if !self.budget.affords(ENTRY_BYTES) {
            return None;
        }
        self.drafts.push(Draft {
            message,
            text: Text::default(),
        });
        self.drafts.len().checked_sub(1)
    }

    fn text(&mut self, mut fields: Object, at: Duration) -> Activity {
        let id = fields.id("id");
        self.begin(id.clone(), at);
        let head = MessageObject {
            id,
            role: "assistant".into(),
            is_partial: true,
            ..MessageObject::default()
        };
        let content = fields.object("delta").unwrap_or_default().list("content");
        let place = self.draft(head);
        if let Some(draft) = place.and_then(|place| self.drafts.get_mut(place)) {
            for mut part in objects(content) {
                let text = match part.remove("text") {
                    Some(Value::Object(mut text)) => text.text("value"),
                    Some(Value::String(text)) => Some(text),
                    _ => part.text("refusal"),
                };
                let text = text.unwrap_or_default();
                draft.text.push(&text, &mut self.budget);
            }
        }
        Activity::Content
    }

    fn begin(&mut self, id: Option<String>, at: Duration) {
        let Some(id) = id.filter(|id| !self.begun.contains(id)) else {
            return;
        };
        if self.begun.len() < MOST_BEGUN {
            self.begun.push(id.clone());
            self.shown.push((at, Shown::Begun(id)));
        }
    }

    /// What was shown since the last time.
    pub(in crate::wire) fn take(&mut self) -> Vec<(Duration, Shown)> {
        std::mem::take(&mut self.shown)
    }

    /// Whether the stream said of itself that it is over.
    pub(in crate::wire) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Messages that were never finished are shown as far as they came.
    pub(in crate::wire) fn finish(mut self, at: Duration) -> ResponseFacts {
        let drafts = self
            .drafts
            .into_iter()
            .filter(|draft| !draft.text.is_empty());
        self.shown.extend(drafts.map(|draft| {
            let mut message = draft.message;
            message.parts = vec![Part::text(draft.text.finish())];
            (at, Shown::Message(message))
        }));
        ResponseFacts {
            shown: self.shown,
            error: self.error,
            complete: self.is_over,
            ..ResponseFacts::default()
        }
    }
}
