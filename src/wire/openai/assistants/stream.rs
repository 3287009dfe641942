//! The event stream of a run.
//!
//! The contract: events with a whole object count; pieces of text count only until their message has
//! arrived. Objects are handed out as they arrive ([`Assembler::take_objects`]), so that polls of a run are
//! attributed to it while it is streamed. A stream ends where the run waits for tools; the run goes on.

use std::time::Duration;

use serde_json::Value;

use super::object::one;
use crate::model::message::Part;
use crate::wire::dialect::{Activity, Assembler, StreamEnd};
use crate::wire::error;
use crate::wire::facts::{AssistantsObject, ErrorFacts, MessageObject, ResponseFacts};
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::limits::{Budget, Limits, Text};

/// What a message that is being written costs beside its text.
const ENTRY_BYTES: usize = 512;
/// For so many messages and steps the first piece is reported.
const MOST_BEGUN: usize = 1_024;

#[derive(Debug)]
pub(in crate::wire::openai) struct Stream {
    budget: Budget,
    objects: Vec<(Duration, AssistantsObject)>,
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
    refusal: Text,
}

impl Stream {
    pub(in crate::wire::openai) fn new(limits: Limits) -> Self {
        Self {
            budget: limits.budget(),
            objects: Vec::new(),
            drafts: Vec::new(),
            begun: Vec::new(),
            error: None,
            is_over: false,
        }
    }

    fn add(&mut self, object: AssistantsObject, at: Duration) {
        match &object {
            AssistantsObject::Message(message) if message.is_partial => {
                self.draft(message.clone());
                return;
            }
            // What was kept of it is needed no more.
            AssistantsObject::Message(message) => {
                let known = |draft: &Draft| draft.message.id == message.id;
                if let Some(place) = self.drafts.iter().position(known) {
                    let draft = self.drafts.swap_remove(place);
                    let kept = draft.text.kept_bytes() + draft.refusal.kept_bytes();
                    self.budget.refund(ENTRY_BYTES + kept);
                }
            }
            AssistantsObject::Run(run) => {
                let waits = run.status.as_deref() == Some("requires_action");
                self.is_over |= run.is_over() || waits;
            }
            _ => {}
        }
        self.objects.push((at, object));
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
            refusal: Text::default(),
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
        let mut activity = Activity::Nothing;
        if let Some(draft) = place.and_then(|place| self.drafts.get_mut(place)) {
            for mut part in objects(content) {
                let text = match part.remove("text") {
                    Some(Value::Object(mut text)) => text.text("value"),
                    Some(Value::String(text)) => Some(text),
                    _ => None,
                };
                let text = text.unwrap_or_default();
                let refusal = part.text("refusal").unwrap_or_default();
                draft.text.push(&text, &mut self.budget);
                draft.refusal.push(&refusal, &mut self.budget);
                // An image has no text.
                if !(text.is_empty() && refusal.is_empty()) || part.contains_key("image_file") {
                    activity = Activity::Content;
                }
            }
        } else {
            activity = Activity::Content;
        }
        activity
    }

    fn begin(&mut self, id: Option<String>, at: Duration) {
        let Some(id) = id.filter(|id| !self.begun.contains(id)) else {
            return;
        };
        if self.begun.len() < MOST_BEGUN {
            self.begun.push(id.clone());
            self.objects.push((at, AssistantsObject::Begun(id)));
        }
    }
}

impl Assembler for Stream {
    fn event(&mut self, name: &str, mut fields: Object, at: Duration) -> Activity {
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
                    Some(object) => self.add(object, at),
                    None => return Activity::Nothing,
                }
                Activity::Nothing
            }
        }
    }

    fn is_over(&self) -> bool {
        self.is_over
    }

    fn take_objects(&mut self) -> Vec<(Duration, AssistantsObject)> {
        std::mem::take(&mut self.objects)
    }

    /// Messages that were never finished are included as far as they arrived.
    fn finish(mut self: Box<Self>, end: StreamEnd) -> ResponseFacts {
        let drafts = self
            .drafts
            .into_iter()
            .filter(|draft| !(draft.text.is_empty() && draft.refusal.is_empty()));
        self.objects.extend(drafts.map(|draft| {
            let mut message = draft.message;
            let text = draft.text.into_option().map(Part::text);
            let refusal = draft.refusal.into_option().map(Part::refusal);
            message.parts = text.into_iter().chain(refusal).collect();
            (end.at, AssistantsObject::Message(message))
        }));
        ResponseFacts {
            objects: self.objects,
            error: self.error,
            complete: self.is_over,
            ..ResponseFacts::default()
        }
    }
}
