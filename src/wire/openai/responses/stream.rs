//! The event stream of the Responses API.
//!
//! The contract: the object of the last event is the truth; what came before it is only needed if
//! there is no last event, or an empty one. Items are then put together from their own events and
//! read like those of a whole answer.

use std::time::Duration;

use serde_json::Value;

use super::answer::answer;
use super::items;
use crate::wire::dialect::{Activity, Assembler, StreamEnd};
use crate::wire::facts::{ErrorFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object, size_of};
use crate::wire::framing::tail::end_of;
use crate::wire::limits::{Budget, Limits, Text};
use crate::wire::{error, usage};

/// What an item or a text of it costs beside its content.
const ENTRY_BYTES: usize = 512;

#[derive(Debug)]
pub(in crate::wire::openai) struct Stream {
    budget: Budget,
    /// The response as the last event had it.
    response: Option<Object>,
    is_over: bool,
    items: Vec<Item>,
    error: Option<ErrorFacts>,
}

#[derive(Debug, Default)]
struct Item {
    index: Option<u64>,
    fields: Object,
    is_done: bool,
    texts: Vec<Piece>,
}

/// A text of an item that arrives in pieces.
#[derive(Debug)]
struct Piece {
    kind: PieceKind,
    index: u64,
    text: Text,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum PieceKind {
    Text,
    Refusal,
    Transcript,
    Summary,
    Reasoning,
    /// A field of the item itself.
    Field(&'static str),
}

impl PieceKind {
    /// Of an event, without `response.` and `.delta` or `.done`.
    fn of(event: &str) -> Option<Self> {
        Some(match event {
            "output_text" => Self::Text,
            "refusal" => Self::Refusal,
            "audio.transcript" => Self::Transcript,
            "reasoning_summary_text" => Self::Summary,
            "reasoning_text" => Self::Reasoning,
            "function_call_arguments" | "mcp_call_arguments" => Self::Field("arguments"),
            "custom_tool_call_input" => Self::Field("input"),
            "code_interpreter_call_code" => Self::Field("code"),
            _ => return None,
        })
    }

    /// The type of the item that such a text belongs to, if no event names it.
    fn item(self) -> &'static str {
        match self {
            Self::Text | Self::Refusal | Self::Transcript => "message",
            Self::Summary | Self::Reasoning => "reasoning",
            Self::Field("input") => "custom_tool_call",
            Self::Field("code") => "code_interpreter_call",
            Self::Field(_) => "function_call",
        }
    }
}

impl Stream {
    pub(in crate::wire::openai) fn new(limits: Limits) -> Self {
        Self {
            budget: limits.budget(),
            response: None,
            is_over: false,
            items: Vec::new(),
            error: None,
        }
    }

    fn item_event(&mut self, mut event: Object, is_done: bool) -> Activity {
        let Some(fields) = event.object("item") else {
            return Activity::Nothing;
        };
        let index = event.count("output_index");
        let has_content = is_done && items::has_content(&fields);
        let known = self.position(index, fields.peek("id"), !is_done);
        let Some(item) = known.and_then(|known| self.items.get_mut(known)) else {
            return Activity::Nothing;
        };
        if self.budget.affords(fields.values().map(size_of).sum()) {
            item.fields = fields;
        }
        if is_done {
            item.is_done = true;
            // The texts are in the item now.
            item.texts = Vec::new();
        }
        if has_content {
            Activity::Content
        } else {
            Activity::Nothing
        }
    }

    fn text_event(&mut self, mut event: Object, kind: PieceKind, key: &str) -> Activity {
        let is_delta = !key.is_empty();
        let text = if is_delta {
            event.word(key)
        } else {
            let keys = [
                "text",
                "refusal",
                "transcript",
                "arguments",
                "input",
                "code",
            ];
            keys.iter().find_map(|key| event.word(key))
        };
        let Some(text) = text else {
            return Activity::Nothing;
        };
        let index = event.count("output_index");
        let id = event.word("item_id");
        let content = event
            .count("content_index")
            .or_else(|| event.count("summary_index"))
            .unwrap_or_default();
        let known = self.position(index, id.as_deref(), false);
        if let Some(item) = known.and_then(|known| self.items.get_mut(known)) {
            if item.fields.is_empty() {
                item.fields.insert("type".into(), kind.item().into());
                item.fields
                    .extend(id.map(|id| ("id".to_owned(), Value::String(id))));
            }
            item.push(kind, content, &text, is_delta, &mut self.budget);
        }
        Activity::Content
    }

    /// Where the item of an event is: by index, else by id, else the last one; made if need be.
    fn position(&mut self, index: Option<u64>, id: Option<&str>, is_new: bool) -> Option<usize> {
        let by_index = |item: &Item| item.index == index;
        let by_id = |item: &Item| item.fields.peek("id") == id;
        let known = match (index, id) {
            (Some(_), _) => self.items.iter().position(by_index),
            (None, Some(_)) => self.items.iter().position(by_id),
            (None, None) if is_new => None,
            (None, None) => self.items.len().checked_sub(1),
        };
        if known.is_none() && self.budget.affords(ENTRY_BYTES) {
            self.items.push(Item {
                index,
                ..Item::default()
            });
            return self.items.len().checked_sub(1);
        }
        known
    }
}

impl Assembler for Stream {
    fn event(&mut self, _name: &str, mut event: Object, _at: Duration) -> Activity {
        let kind = event.word("type").unwrap_or_default();
        if kind == "error" {
            self.error = Some(error::of_fields(event));
            self.is_over = true;
            return Activity::Nothing;
        }
        let Some(name) = kind.strip_prefix("response.") else {
            // Servers that fail half-way may forget the form.
            if let Some(error) = error::of_object(&mut event) {
                self.error = Some(error);
                self.is_over = true;
            }
            return Activity::Nothing;
        };
        if let Some(mut response) = event.object("response") {
            self.is_over |= matches!(name, "completed" | "failed" | "incomplete" | "cancelled");
            let has_output = match response.get("output") {
                Some(Value::Array(items)) => {
                    let items = items.iter().filter_map(Value::as_object);
                    items.into_iter().any(items::has_content)
                }
                _ => false,
            };
            // Repeated from the request, at any length.
            response.remove("instructions");
            response.remove("tools");
            self.response = Some(response);
            return if has_output && self.is_over {
                Activity::Content
            } else {
                Activity::Nothing
            };
        }
        match name {
            "output_item.added" => self.item_event(event, false),
            "output_item.done" => self.item_event(event, true),
            "image_generation_call.partial_image" | "audio.delta" => Activity::Content,
            name => {
                let text = |suffix| name.strip_suffix(suffix).and_then(PieceKind::of);
                if let Some(kind) = text(".delta") {
                    self.text_event(event, kind, "delta")
                } else if let Some(kind) = text(".done") {
                    self.text_event(event, kind, "")
                } else if name.ends_with(".delta") && event.word("delta").is_some() {
                    Activity::Content
                } else {
                    Activity::Nothing
                }
            }
        }
    }

    fn is_over(&self) -> bool {
        self.is_over
    }

    /// Only the last event has counts; how the answer ended precedes what was not read.
    fn end_of_event(&self, end: &[u8]) -> Option<ResponseFacts> {
        let mut response = end_of(r#"{"response":{"#, "usage", end)?.object("response")?;
        let mut facts = ResponseFacts {
            complete: true,
            ..ResponseFacts::default()
        };
        if let Some(counts) = response.object("usage") {
            usage::read(counts, &mut facts);
        }
        Some(facts)
    }

    fn finish(mut self: Box<Self>, _end: StreamEnd) -> ResponseFacts {
        let mut facts = ResponseFacts {
            error: self.error,
            ..ResponseFacts::default()
        };
        let mut response = self.response.unwrap_or_default();
        if !response.get("output").is_some_and(has_elements) {
            self.items.sort_by_key(|item| item.index);
            let items: Vec<Value> = self.items.into_iter().map(Item::finish).collect();
            response.insert("output".into(), items.into());
        }
        answer(response, self.is_over, &mut facts);
        facts
    }
}

impl Item {
    fn push(
        &mut self,
        kind: PieceKind,
        index: u64,
        text: &str,
        is_delta: bool,
        budget: &mut Budget,
    ) {
        if self.is_done {
            return;
        }
        let same = |piece: &&mut Piece| piece.kind == kind && piece.index == index;
        if let Some(piece) = self.texts.iter_mut().find(same) {
            // The whole text in the end repeats the pieces.
            if is_delta {
                piece.text.push(text, budget);
            }
        } else if budget.affords(ENTRY_BYTES) {
            let mut piece = Piece {
                kind,
                index,
                text: Text::default(),
            };
            piece.text.push(text, budget);
            self.texts.push(piece);
        }
    }

    /// The item as a whole answer would hold it.
    fn finish(mut self) -> Value {
        self.texts.sort_by_key(|piece| piece.index);
        for piece in self.texts {
            let text = piece.text.finish();
            let (list, part) = match piece.kind {
                PieceKind::Text | PieceKind::Transcript => {
                    ("content", text_part("output_text", text))
                }
                PieceKind::Refusal => ("content", text_part("refusal", text)),
                PieceKind::Summary => ("summary", text_part("summary_text", text)),
                PieceKind::Reasoning => ("content", text_part("reasoning_text", text)),
                PieceKind::Field(key) => {
                    self.fields.insert(key.into(), text.into());
                    continue;
                }
            };
            let parts = self
                .fields
                .entry(list)
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(parts) = parts {
                parts.push(part);
            }
        }
        Value::Object(self.fields)
    }
}

fn has_elements(value: &Value) -> bool {
    value.as_array().is_some_and(|items| !items.is_empty())
}

/// One part of an answer that only came in pieces.
fn text_part(kind: &str, text: String) -> Value {
    let key = if kind == "refusal" { "refusal" } else { "text" };
    let fields = [("type", kind.to_owned()), (key, text)];
    Value::Object(
        fields
            .into_iter()
            .map(|(key, value)| (key.to_owned(), Value::String(value)))
            .collect(),
    )
}
