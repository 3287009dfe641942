//! One choice of a chat answer, put together from deltas.
//!
//! The contract: what vendors repeat on every chunk is taken once, what they send in pieces is
//! appended, and no index of the wire is ever an index of ours.

use serde_json::Value;

use super::calls::Calls;
use crate::model::message::{Message, Part};
use crate::text::base64::{Decoder, Marker};
use crate::wire::content;
use crate::wire::dialect::Activity;
use crate::wire::facts::ToolCall;
use crate::wire::fields::{Fields, Object, into_object};
use crate::wire::limits::{Budget, Text};
use crate::wire::openai::{parts, reasoning};

/// What a choice or a piece of content costs beside its text.
const ENTRY_BYTES: usize = 512;

#[derive(Debug, Default)]
pub(super) struct Choice {
    pub(super) index: u64,
    pub(super) finish_reason: Option<String>,
    role: Option<String>,
    reasoning: Text,
    content: Vec<Segment>,
    refusal: Text,
    audio: Audio,
    calls: Calls,
    /// Whether there was a text, if only an empty one.
    has_text: bool,
    pub(super) annotations: Vec<Value>,
}

/// Content in the order in which it came.
#[derive(Debug)]
enum Segment {
    Text(Text),
    Part(Part),
}

/// Sound that arrives in pieces.
#[derive(Debug, Default)]
struct Audio {
    transcript: Text,
    decoder: Option<Decoder>,
    /// Pieces that were so long that only their markers came through.
    markers: Vec<Marker>,
}

impl Choice {
    pub(super) fn new(index: u64, budget: &mut Budget) -> Option<Self> {
        budget.affords(ENTRY_BYTES).then(|| Self {
            index,
            ..Self::default()
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.reasoning.is_empty()
            && self.content.is_empty()
            && self.refusal.is_empty()
            && self.audio.is_empty()
            && self.calls.is_empty()
    }

    pub(super) fn text(&mut self, text: &str, budget: &mut Budget) -> Activity {
        if text.is_empty() {
            return Activity::Nothing;
        }
        if !matches!(self.content.last(), Some(Segment::Text(_))) && budget.affords(ENTRY_BYTES) {
            self.content.push(Segment::Text(Text::default()));
        }
        if let Some(Segment::Text(content)) = self.content.last_mut() {
            content.push(text, budget);
        }
        Activity::Content
    }

    /// Takes a whole message.
    pub(super) fn message(&mut self, message: Object, budget: &mut Budget) -> Activity {
        self.take(message, Calls::whole, budget)
    }

    /// Takes a delta.
    pub(super) fn delta(&mut self, delta: Object, budget: &mut Budget) -> Activity {
        self.take(delta, Calls::delta, budget)
    }

    fn take(
        &mut self,
        mut delta: Object,
        take_call: fn(&mut Calls, Object, &mut Budget) -> Activity,
        budget: &mut Budget,
    ) -> Activity {
        let mut activity = Activity::Nothing;
        if self.role.is_none() {
            self.role = delta.word("role");
        }
        let mut parts = Vec::new();
        match delta.value("content") {
            Some(Value::String(text)) => {
                self.has_text = true;
                activity = activity.max(self.text(&text, budget));
            }
            Some(content) => parts = parts::all(content),
            None => {}
        }
        if let Some(reasoning) = reasoning::take(&mut delta, &mut parts) {
            self.reasoning.push(&reasoning, budget);
            activity = Activity::Content;
        }
        parts.extend(delta.list("images").into_iter().filter_map(parts::one));
        for part in parts {
            activity = activity.max(self.part(part, budget));
        }
        if let Some(refusal) = delta.word("refusal") {
            self.refusal.push(&refusal, budget);
            activity = Activity::Content;
        }
        if let Some(audio) = delta.object("audio") {
            activity = activity.max(self.audio.delta(audio, budget));
        }
        for call in delta.list("tool_calls").into_iter().filter_map(into_object) {
            activity = activity.max(take_call(&mut self.calls, call, budget));
        }
        if let Some(function) = delta.object("function_call") {
            let mut call = Object::new();
            call.insert("index".into(), 0.into());
            call.insert("function".into(), Value::Object(function));
            activity = activity.max(take_call(&mut self.calls, call, budget));
        }
        for annotation in delta.list("annotations") {
            if budget.affords(ENTRY_BYTES) {
                self.annotations.push(content::scrubbed(annotation));
            }
        }
        activity
    }

    /// A piece of content that is more than text.
    fn part(&mut self, part: Part, budget: &mut Budget) -> Activity {
        match part {
            Part::Text { content } => return self.text(&content, budget),
            Part::Refusal { content } => self.refusal.push(&content, budget),
            part => {
                if budget.affords(ENTRY_BYTES) {
                    self.content.push(Segment::Part(part));
                }
            }
        }
        Activity::Content
    }

    /// The message, without a finish reason, and its calls.
    pub(super) fn finish(self) -> (Message, Vec<ToolCall>) {
        let mut calls = self.calls.finish();
        let mut message = Message::new(self.role.as_deref().unwrap_or("assistant"), []);
        let parts = &mut message.parts;
        parts.extend(self.reasoning.into_option().map(Part::reasoning));
        parts.extend(self.content.into_iter().map(|segment| match segment {
            Segment::Text(text) => Part::text(text.finish()),
            Segment::Part(part) => part,
        }));
        let of_content: Vec<ToolCall> = parts.iter().filter_map(content::call_of).collect();
        parts.extend(self.refusal.into_option().map(Part::refusal));
        parts.extend(self.audio.finish());
        parts.extend(calls.iter().map(content::call_part));
        if parts.is_empty() && self.has_text {
            parts.push(Part::text(""));
        }
        calls.splice(..0, of_content);
        (message, calls)
    }
}

impl Audio {
    fn is_empty(&self) -> bool {
        self.transcript.is_empty() && self.decoder.is_none() && self.markers.is_empty()
    }

    fn delta(&mut self, mut audio: Object, budget: &mut Budget) -> Activity {
        let mut activity = Activity::Nothing;
        if let Some(transcript) = audio.word("transcript") {
            self.transcript.push(&transcript, budget);
            activity = Activity::Content;
        }
        if let Some(data) = audio.word("data") {
            self.data(&data, budget);
            activity = Activity::Content;
        }
        activity
    }

    fn data(&mut self, data: &str, budget: &mut Budget) {
        match Marker::parse(data) {
            None => {
                self.decoder.get_or_insert_default().push(data.as_bytes());
            }
            Some(marker) if budget.affords(ENTRY_BYTES) => self.markers.push(marker),
            Some(_) => {}
        }
    }

    fn finish(self) -> Vec<Part> {
        let transcript = self.transcript.into_option().map(Part::text);
        let sound = Marker::joined(self.decoder, self.markers);
        let sound = sound.map(|marker| content::marked("audio", marker));
        transcript.into_iter().chain(sound).collect()
    }
}
