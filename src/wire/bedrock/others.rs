//! The bodies of other makers' models, which `invoke` passes through: a text for a prompt, a message for a
//! conversation, vectors for texts.
//!
//! The contract: the makers have many names for the same few things, and no name means two, so a body is read by
//! all of them, as a chunk of a chat in other words. The last event of a stream has Bedrock's own counts.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::message::Message;
use crate::wire::dialect::{Activity, Assembler, StreamEnd};
use crate::wire::facts::{RequestFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::limits::Limits;
use crate::wire::translated::Translated;
use crate::wire::verdict::Expected;
use crate::wire::{cohere, openai, parameters, usage};

pub(super) const EXPECTED: Expected = Expected::Members(&[
    "choices",
    "completions",
    "embedding",
    "embeddings",
    "generation",
    "generations",
    "outputs",
    "results",
    "text",
]);
const PROMPTS: [&str; 3] = ["prompt", "inputText", "message"];
/// Lists whose first element is the answer.
const LISTS: [&str; 4] = ["results", "outputs", "generations", "completions"];
const TEXTS: [&str; 3] = ["generation", "outputText", "text"];
const REASONS: [&str; 4] = [
    "stop_reason",
    "completionReason",
    "finish_reason",
    "finishReason",
];
const INPUT: [&str; 3] = [
    "prompt_token_count",
    "inputTextTokenCount",
    "inputTokenCount",
];
const OUTPUT: [&str; 4] = [
    "generation_token_count",
    "totalOutputTextTokenCount",
    "tokenCount",
    "outputTokenCount",
];
/// What Bedrock adds to the last event of a stream.
const METRICS: &str = "amazon-bedrock-invocationMetrics";

pub(super) fn request(mut fields: Object, is_embedding: bool, facts: &mut RequestFacts) {
    if is_embedding {
        let texts = fields.value("texts");
        facts.input = texts.or_else(|| fields.value("inputText"));
    } else {
        facts.choices = Some(1);
        openai::chat_request(&mut fields, facts);
        let prompt = PROMPTS.iter().find_map(|name| fields.text(name));
        facts.messages.extend(prompt.map(Message::user));
    }
    if let Some(options) = fields.object("textGenerationConfig") {
        parameters::read(options, false, facts);
    }
    parameters::read(fields, false, facts);
}

/// Vectors: one of Amazon's model, or those of Cohere's.
pub(super) fn vectors(mut fields: Object, complete: bool) -> ResponseFacts {
    if let Some(vector) = fields.value("embedding") {
        fields.insert("embeddings".into(), json!([vector]));
    }
    let input = fields.value("inputTextTokenCount");
    let mut facts = cohere::embeddings(fields, complete);
    if let Some(input) = input {
        let counts = Object::from_iter([("input_tokens".to_owned(), input)]);
        usage::read_input_only(counts, &mut facts);
    }
    facts
}

/// An answer, put together from events; a whole answer is one.
#[derive(Debug)]
pub(super) struct Answer(Translated);

impl Answer {
    pub(super) fn new(limits: Limits) -> Self {
        Self(Translated::new(limits))
    }

    pub(super) fn whole(mut self, fields: Object, complete: bool) -> ResponseFacts {
        self.chunk(fields);
        self.0.finish(complete)
    }

    fn chunk(&mut self, mut fields: Object) -> Activity {
        let metrics = fields.object(METRICS);
        let mut counts = counts(metrics.clone().unwrap_or_default());
        if metrics.is_some() {
            self.0.end();
        }
        if !fields.contains_key("choices") {
            let mut lists = LISTS.iter().map(|name| fields.list(name));
            let first = lists.find(|items| !items.is_empty()).unwrap_or_default();
            let mut first = objects(first).next().unwrap_or_default();
            let mut word = |names: &[&str]| {
                let mut found = names
                    .iter()
                    .map(|name| (fields.text(name), first.text(name)));
                found.find_map(|(outer, inner)| outer.or(inner))
            };
            let (text, reason) = (word(&TEXTS), word(&REASONS));
            counts.extend(self::counts(first));
            counts.extend(self::counts(std::mem::take(&mut fields)));
            if reason.is_some() {
                self.0.end();
            }
            if text.is_some() || reason.is_some() {
                let choice = json!({"index": 0, "text": text, "finish_reason": reason});
                fields.insert("choices".into(), json!([choice]));
            }
        }
        if !counts.is_empty() {
            let counts = Value::Object(counts);
            fields.entry("usage").or_insert(counts);
        }
        self.0.chunk(fields)
    }
}

/// The counts of an object, under names that are known everywhere.
fn counts(mut fields: Object) -> Object {
    let mut counts = Object::new();
    for (names, name) in [
        (&INPUT[..], "prompt_tokens"),
        (&OUTPUT, "completion_tokens"),
    ] {
        let count = names.iter().find_map(|name| fields.value(name));
        if let Some(count) = count {
            counts.insert(name.into(), count);
        }
    }
    counts
}

impl Assembler for Answer {
    fn event(&mut self, _name: &str, mut event: Object, _at: Duration) -> Activity {
        // A sentence in place of a stream.
        if event.peek("message").is_some() && event.len() <= 2 {
            let message = event.value("message");
            self.0.fail();
            return self.0.chunk(Object::from_iter([(
                "error".to_owned(),
                json!({ "message": message, "type": event.text("type") }),
            )]));
        }
        self.chunk(event)
    }

    fn is_over(&self) -> bool {
        // The counts come after the reason.
        false
    }

    fn finish(self: Box<Self>, _end: StreamEnd) -> ResponseFacts {
        let complete = self.0.is_complete();
        self.0.finish(complete)
    }
}
