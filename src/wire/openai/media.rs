//! Images, sounds and moderations: calls without messages.
//!
//! The contract: what a person could read stays (prompts, transcripts, verdicts, addresses), what
//! only a machine could is a marker. Streamed and whole answers have the same shape.

use std::time::Duration;

use serde_json::Value;

use super::embeddings::without_tokens;
use crate::text::base64::{Decoder, Marker};
use crate::wire::dialect::{Activity, Assembler, StreamEnd};
use crate::wire::facts::{ErrorFacts, RequestFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::limits::{Budget, Limits, Text};
use crate::wire::openai::parts;
use crate::wire::{error, usage};

const ENTRY_BYTES: usize = 512;

/// The input: its only value, or an object of several.
pub(super) fn request(fields: &mut Object, keys: &[&str], facts: &mut RequestFacts) {
    let mut input: Object = keys
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), fields.value(key)?)))
        .collect();
    facts.input = match (input.len(), keys.first()) {
        (0, _) => None,
        (1, Some(main)) if input.contains_key(*main) => input.remove(*main),
        _ => Some(Value::Object(input)),
    };
}

/// A moderation's input: texts, or content like that of a message.
pub(super) fn moderation_request(fields: &mut Object, facts: &mut RequestFacts) {
    facts.input = fields.value("input").map(|input| match input {
        Value::Array(items) if items.iter().any(Value::is_object) => {
            serde_json::to_value(parts::all(Value::Array(items))).unwrap_or_default()
        }
        input => without_tokens(input),
    });
}

pub(super) fn moderation(mut fields: Object, facts: &mut ResponseFacts) {
    facts.id = fields.id("id");
    facts.model = fields.word("model");
    facts.output = fields.value("results");
    if let Some(counts) = fields.object("usage") {
        usage::read(counts, facts);
    }
}

pub(super) fn images(mut fields: Object, facts: &mut ResponseFacts) {
    facts.model = fields.word("model");
    if let Some(counts) = fields.object("usage") {
        usage::read(counts, facts);
    }
    let format = fields.word("output_format");
    let images: Vec<Value> = objects(fields.list("data"))
        .map(|image| self::image(image, format.as_deref()))
        .collect();
    facts.output = (!images.is_empty()).then_some(Value::Array(images));
}

fn image(mut fields: Object, format: Option<&str>) -> Value {
    let mut image = Object::new();
    if let Some(data) = fields.word("b64_json") {
        let mut marker = Marker::of(&data, None);
        if let Some(format) = format.filter(|_| !marker.media_type.starts_with("image/")) {
            marker.media_type = format!("image/{format}");
        }
        image.insert("b64_json".into(), marker.to_string().into());
    }
    for key in ["url", "revised_prompt"] {
        if let Some(text) = fields.word(key) {
            image.insert(key.into(), text.into());
        }
    }
    Value::Object(image)
}

/// A transcript, of speech or of a translation of it.
pub(super) fn transcript(mut fields: Object, facts: &mut ResponseFacts) {
    facts.model = fields.word("model");
    facts.output = fields.text("text").map(Value::String);
    if let Some(counts) = fields.object("usage") {
        usage::read(counts, facts);
    }
}

/// A stream of images or of sound.
#[derive(Debug)]
pub(super) struct Stream {
    budget: Budget,
    images: Vec<Value>,
    /// An unfinished image, kept if no other comes.
    partial: Option<Value>,
    transcript: Text,
    speech: Option<Decoder>,
    long_speech: Vec<Marker>,
    usage: Option<Object>,
    error: Option<ErrorFacts>,
    is_over: bool,
    /// Whether a part was not read.
    has_gap: bool,
}

impl Stream {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            budget: limits.budget(),
            images: Vec::new(),
            partial: None,
            transcript: Text::default(),
            speech: None,
            long_speech: Vec::new(),
            usage: None,
            error: None,
            is_over: false,
            has_gap: false,
        }
    }

    fn image(&self, mut event: Object) -> Value {
        let format = event.word("output_format");
        image(event, format.as_deref())
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
        if let Some(error) = error::of_object(&mut event) {
            self.error = Some(error);
            self.is_over = true;
        }
        self.usage = event.object("usage").or(self.usage.take());
        match kind.as_str() {
            "transcript.text.delta" => {
                let text = event.word("delta").unwrap_or_default();
                self.transcript.push(&text, &mut self.budget);
            }
            "transcript.text.done" => {
                self.is_over = true;
                if self.transcript.is_empty() {
                    let text = event.word("text").unwrap_or_default();
                    self.transcript.push(&text, &mut self.budget);
                }
            }
            "speech.audio.delta" => {
                let data = event.word("audio").unwrap_or_default();
                match Marker::parse(&data) {
                    None => {
                        self.speech.get_or_insert_default().push(data.as_bytes());
                    }
                    Some(marker) if self.budget.affords(ENTRY_BYTES) => {
                        self.long_speech.push(marker);
                    }
                    Some(_) => {}
                }
            }
            "speech.audio.done" => {
                self.is_over = true;
                return Activity::Nothing;
            }
            kind if kind.ends_with(".partial_image") => {
                self.partial = Some(self.image(event));
            }
            kind if kind.starts_with("image_") && kind.ends_with(".completed") => {
                self.is_over = true;
                let image = self.image(event);
                if self.budget.affords(ENTRY_BYTES) {
                    self.images.push(image);
                }
            }
            _ => return Activity::Nothing,
        }
        Activity::Content
    }

    fn is_over(&self) -> bool {
        self.is_over
    }

    fn skip(&mut self) {
        self.has_gap = true;
    }

    fn finish(self: Box<Self>, end: StreamEnd) -> ResponseFacts {
        let mut facts = ResponseFacts {
            error: self.error,
            complete: self.is_over || end.is_done,
            ..ResponseFacts::default()
        };
        if let Some(counts) = self.usage {
            usage::read(counts, &mut facts);
        }
        let images: Vec<Value> = if self.images.is_empty() {
            self.partial.into_iter().collect()
        } else {
            self.images
        };
        let speech = Marker::joined(self.speech, self.long_speech);
        // Size and hash of a part are those of nothing.
        let speech = speech.filter(|_| !self.has_gap);
        facts.output = if !images.is_empty() {
            Some(Value::Array(images))
        } else if let Some(speech) = speech {
            Some(speech.to_string().into())
        } else {
            self.transcript.into_option().map(Value::String)
        };
        facts
    }
}
