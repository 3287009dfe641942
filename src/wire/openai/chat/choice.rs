//! One choice of a chat answer, put together from deltas.
//!
//! The contract: what vendors repeat on every chunk is taken once, what they send in pieces is
//! appended, and no index of the wire is ever an index of ours.

use serde_json::Value;

use super::reasoning;
use crate::model::message::{Message, Part};
use crate::wire::content;
use crate::wire::dialect::Activity;
use crate::wire::facts::ToolCall;
use crate::wire::fields::{Fields, Object, into_object};
use crate::wire::framing::base64::{Decoder, Marker};
use crate::wire::limits::{Budget, Text};
use crate::wire::openai::parts;

/// What a choice, a call or a piece of content costs beside its text.
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
    calls: Vec<Call>,
    pub(super) annotations: Vec<Value>,
}

/// Content in the order in which it came.
#[derive(Debug)]
enum Segment {
    Text(Text),
    Reasoning(Text),
    Part(Part),
}

#[derive(Debug, Default)]
struct Call {
    index: Option<u64>,
    id: Option<String>,
    name: Option<String>,
    arguments: Text,
    is_custom: bool,
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

    /// Takes a delta, or a whole message.
    pub(super) fn delta(&mut self, mut delta: Object, budget: &mut Budget) -> Activity {
        let mut activity = Activity::Nothing;
        if self.role.is_none() {
            self.role = delta.word("role");
        }
        if let Some(reasoning) = reasoning::of(&mut delta) {
            self.reasoning.push(&reasoning, budget);
            activity = Activity::Content;
        }
        match delta.value("content") {
            Some(Value::String(text)) => activity = activity.max(self.text(&text, budget)),
            Some(Value::Array(items)) => {
                for item in items {
                    activity = activity.max(self.item(item, budget));
                }
            }
            _ => {}
        }
        for image in delta.list("images") {
            activity = activity.max(self.item(image, budget));
        }
        if let Some(refusal) = delta.word("refusal") {
            self.refusal.push(&refusal, budget);
            activity = Activity::Content;
        }
        if let Some(audio) = delta.object("audio") {
            activity = activity.max(self.audio.delta(audio, budget));
        }
        for call in delta.list("tool_calls").into_iter().filter_map(into_object) {
            activity = activity.max(self.call(call, budget));
        }
        if let Some(function) = delta.object("function_call") {
            let mut call = Object::new();
            call.insert("index".into(), 0.into());
            call.insert("function".into(), Value::Object(function));
            activity = activity.max(self.call(call, budget));
        }
        for annotation in delta.list("annotations") {
            if budget.affords(ENTRY_BYTES) {
                self.annotations.push(content::scrubbed(annotation));
            }
        }
        activity
    }

    /// A piece of content that is more than text.
    fn item(&mut self, item: Value, budget: &mut Budget) -> Activity {
        let Some(part) = parts::one(item) else {
            return Activity::Nothing;
        };
        match part {
            Part::Text { content } => return self.text(&content, budget),
            Part::Reasoning { content } => {
                if !matches!(self.content.last(), Some(Segment::Reasoning(_)))
                    && budget.affords(ENTRY_BYTES)
                {
                    self.content.push(Segment::Reasoning(Text::default()));
                }
                if let Some(Segment::Reasoning(reasoning)) = self.content.last_mut() {
                    reasoning.push(&content, budget);
                }
            }
            part => {
                if budget.affords(ENTRY_BYTES) {
                    self.content.push(Segment::Part(part));
                }
            }
        }
        Activity::Content
    }

    fn call(&mut self, mut delta: Object, budget: &mut Budget) -> Activity {
        let index = delta.count("index");
        let id = delta.word("id");
        let is_custom = delta.contains_key("custom");
        let mut function = delta
            .object(if is_custom { "custom" } else { "function" })
            .unwrap_or_default();
        let name = function.word("name");
        let arguments = match function.value(if is_custom { "input" } else { "arguments" }) {
            Some(Value::String(text)) => text,
            // Some servers do not wrap them in a text.
            Some(value) => value.to_string(),
            None => String::new(),
        };
        let position = match self.position(index, id.as_deref(), name.as_deref()) {
            Some(position) => position,
            None if budget.affords(ENTRY_BYTES) => {
                self.calls.push(Call {
                    index,
                    ..Call::default()
                });
                self.calls.len() - 1
            }
            None => return Activity::Nothing,
        };
        let Some(call) = self.calls.get_mut(position) else {
            return Activity::Nothing;
        };
        call.is_custom |= is_custom;
        call.id = call.id.take().or(id);
        call.name = call.name.take().or(name);
        call.arguments.push(&arguments, budget);
        if arguments.is_empty() {
            Activity::Call
        } else {
            Activity::Content
        }
    }

    /// Which call a delta goes on with, if it does not open a new one.
    fn position(&self, index: Option<u64>, id: Option<&str>, name: Option<&str>) -> Option<usize> {
        let last = self.calls.len().checked_sub(1)?;
        match (index, id) {
            (Some(_), id) => {
                let position = self.calls.iter().rposition(|call| call.index == index)?;
                // Some servers give every call the same index.
                let call = self.calls.get(position)?;
                let other = id.is_some() && call.id.is_some() && call.id.as_deref() != id;
                (!other).then_some(position)
            }
            (None, Some(id)) => self
                .calls
                .iter()
                .rposition(|call| call.id.as_deref() == Some(id)),
            (None, None) => {
                let named = self.calls.get(last)?.name.is_some();
                (name.is_none() || !named).then_some(last)
            }
        }
    }

    /// The message, without a finish reason, and its calls.
    pub(super) fn finish(self) -> (Message, Vec<ToolCall>) {
        let calls: Vec<ToolCall> = self.calls.into_iter().filter_map(Call::finish).collect();
        let mut message = Message::new(self.role.as_deref().unwrap_or("assistant"), []);
        let parts = &mut message.parts;
        parts.extend(self.reasoning.into_option().map(Part::reasoning));
        parts.extend(self.content.into_iter().map(|segment| match segment {
            Segment::Text(text) => Part::text(text.finish()),
            Segment::Reasoning(text) => Part::reasoning(text.finish()),
            Segment::Part(part) => part,
        }));
        parts.extend(self.refusal.into_option().map(Part::text));
        parts.extend(self.audio.finish());
        parts.extend(calls.iter().map(content::call_part));
        (message, calls)
    }
}

impl Call {
    fn finish(self) -> Option<ToolCall> {
        let arguments = self.arguments.into_option();
        if self.id.is_none() && self.name.is_none() && arguments.is_none() {
            return None;
        }
        Some(ToolCall {
            id: self.id,
            name: self.name.unwrap_or_default(),
            arguments: if self.is_custom {
                arguments.map(Value::String)
            } else {
                arguments.and_then(content::arguments)
            },
        })
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
