//! A streamed answer, put together from its events.
//!
//! The contract: the result is the message that a whole answer would be. Blocks go by their index; counts
//! come in the first event and in one of the last, which replace each other member by member. The stream has
//! declared its end with `message_stop` or an error, and with nothing else. Counts of a stream that failed,
//! or broke off without content, before its last counts came are those of no answer.

use std::time::Duration;

use serde_json::Value;

use super::answer;
use crate::wire::dialect::{Activity, Assembler, StreamEnd};
use crate::wire::facts::{ErrorFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object, size_of};
use crate::wire::limits::{Budget, Limits, Text};
use crate::wire::{error, usage};

/// What a block costs beside its text.
const ENTRY_BYTES: usize = 512;

#[derive(Debug)]
pub(in crate::wire) struct Stream {
    budget: Budget,
    /// The message without its blocks and its counts.
    message: Object,
    blocks: Vec<Block>,
    usage: Option<Object>,
    has_last_usage: bool,
    error: Option<ErrorFacts>,
    is_over: bool,
    has_gap: bool,
}

#[derive(Debug, Default)]
struct Block {
    index: u64,
    fields: Object,
    /// The member that arrives in pieces, and its pieces.
    member: Option<&'static str>,
    text: Text,
    citations: Vec<Value>,
}

impl Stream {
    pub(in crate::wire) fn new(limits: Limits) -> Self {
        Self {
            budget: limits.budget(),
            message: Object::new(),
            blocks: Vec::new(),
            usage: None,
            has_last_usage: false,
            error: None,
            is_over: false,
            has_gap: false,
        }
    }

    fn message(&mut self, mut message: Object) -> Activity {
        usage::merge(&mut self.usage, message.object("usage"));
        let content = message.list("content");
        for (key, value) in message {
            self.put(key, value);
        }
        let blocks = content.into_iter().enumerate();
        let blocks = blocks.filter_map(|(index, block)| match block {
            Value::Object(block) => Some(self.begin(index as u64, block)),
            _ => None,
        });
        blocks.max().unwrap_or_default()
    }

    /// A member of the message, unless it says nothing.
    fn put(&mut self, key: String, value: Value) {
        let size = key.len() + size_of(&value);
        if !value.is_null() && self.budget.affords(size) {
            self.message.insert(key, value);
        }
    }

    fn begin(&mut self, index: u64, mut fields: Object) -> Activity {
        let activity = match fields.peek("type") {
            Some("text") => activity_of(fields.peek("text")),
            Some("thinking") => activity_of(fields.peek("thinking")),
            Some("tool_use" | "server_tool_use" | "mcp_tool_use") => Activity::Call,
            _ => Activity::Content,
        };
        if self.budget.affords(ENTRY_BYTES) {
            if !self.budget.affords(fields.values().map(size_of).sum()) {
                fields.retain(|key, _| matches!(key.as_str(), "type" | "id" | "name"));
            }
            self.blocks.push(Block {
                index,
                fields,
                ..Block::default()
            });
        }
        activity
    }

    fn delta(&mut self, index: u64, mut delta: Object) -> Activity {
        let kind = delta.word("type").unwrap_or_default();
        let (member, key) = match kind.as_str() {
            "text_delta" => ("text", "text"),
            "thinking_delta" => ("thinking", "thinking"),
            "input_json_delta" => ("input", "partial_json"),
            // The latter is how Bedrock's results of tools are translated.
            "compaction_delta" | "content_delta" => ("content", "content"),
            "citations_delta" => {
                let citation = delta.value("citation").unwrap_or_default();
                if self.budget.affords(size_of(&citation))
                    && let Some(block) = self.block(index, "text")
                {
                    block.citations.push(citation);
                }
                return Activity::Nothing;
            }
            _ => return Activity::Nothing,
        };
        let piece = delta.text(key).unwrap_or_default();
        let position = self.position(index, member);
        if let Some(block) = position.and_then(|position| self.blocks.get_mut(position)) {
            block.push(member, &piece, &mut self.budget);
        }
        match piece.is_empty() {
            false => Activity::Content,
            true if member == "input" => Activity::Call,
            true => Activity::Nothing,
        }
    }

    fn block(&mut self, index: u64, member: &'static str) -> Option<&mut Block> {
        let position = self.position(index, member)?;
        self.blocks.get_mut(position)
    }

    /// The block of this index. One that has no beginning is known by what it is made of; after a gap it is
    /// none, as its beginning is elsewhere.
    fn position(&mut self, index: u64, member: &'static str) -> Option<usize> {
        let known = self.blocks.iter().rposition(|block| block.index == index);
        if known.is_some() || self.has_gap || !self.budget.affords(ENTRY_BYTES) {
            return known;
        }
        let kind = match member {
            "input" => "tool_use",
            "content" => "compaction",
            member => member,
        };
        let mut fields = Object::new();
        fields.insert("type".into(), kind.into());
        self.blocks.push(Block {
            index,
            fields,
            ..Block::default()
        });
        self.blocks.len().checked_sub(1)
    }
}

fn activity_of(text: Option<&str>) -> Activity {
    match text {
        None | Some("") => Activity::Nothing,
        Some(_) => Activity::Content,
    }
}

impl Assembler for Stream {
    fn event(&mut self, name: &str, mut event: Object, _at: Duration) -> Activity {
        let index = event.count("index").unwrap_or_default();
        match event.peek("type").unwrap_or(name) {
            "message_start" => {
                let message = event.object("message");
                return message.map_or(Activity::Nothing, |message| self.message(message));
            }
            // The whole message, from servers that cannot stream.
            "message" => {
                self.is_over = true;
                self.has_last_usage = true;
                return self.message(event);
            }
            "content_block_start" => {
                let block = event.object("content_block");
                return block.map_or(Activity::Nothing, |block| self.begin(index, block));
            }
            "content_block_delta" => {
                let delta = event.object("delta");
                return delta.map_or(Activity::Nothing, |delta| self.delta(index, delta));
            }
            "message_delta" => {
                let counts = event.object("usage");
                self.has_last_usage |= counts.is_some();
                usage::merge(&mut self.usage, counts);
                for (key, value) in event.object("delta").unwrap_or_default() {
                    self.put(key, value);
                }
            }
            "message_stop" => self.is_over = true,
            "content_block_stop" | "ping" => {}
            kind => {
                let is_error = kind == "error";
                let error = error::of_object(&mut event);
                let error = error.or_else(|| is_error.then(|| error::of_fields(event)));
                self.is_over |= error.is_some();
                self.error = self.error.take().or(error);
            }
        }
        Activity::Nothing
    }

    fn is_over(&self) -> bool {
        self.is_over
    }

    fn skip(&mut self) {
        self.has_gap = true;
    }

    fn finish(mut self: Box<Self>, _end: StreamEnd) -> ResponseFacts {
        let mut message = self.message;
        let has_content = self.error.is_none() && !self.blocks.is_empty();
        if has_content || self.has_last_usage {
            let usage = self.usage.map(|usage| ("usage".to_owned(), usage.into()));
            message.extend(usage);
        }
        self.blocks.sort_by_key(|block| block.index);
        let blocks = self.blocks.into_iter().map(Block::finish);
        message.insert("content".into(), blocks.collect());
        answer::message(message, self.error, self.is_over)
    }
}

impl Block {
    fn push(&mut self, member: &'static str, piece: &str, budget: &mut Budget) {
        if self.member != Some(member) {
            self.end_member();
            self.member = Some(member);
            // What the block began with is a part of the text; an input begins as an empty object.
            if member != "input"
                && let Some(begun) = self.fields.text(member)
            {
                self.text.push(&begun, budget);
            }
        }
        self.text.push(piece, budget);
    }

    fn end_member(&mut self) {
        if let Some(member) = self.member.take() {
            let text = std::mem::take(&mut self.text);
            if let Some(text) = text.into_option() {
                self.fields.insert(member.into(), text.into());
            }
        }
    }

    /// The block as a whole answer would hold it.
    fn finish(mut self) -> Value {
        self.end_member();
        if !self.citations.is_empty() {
            let mut citations = self.fields.list("citations");
            citations.append(&mut self.citations);
            self.fields.insert("citations".into(), citations.into());
        }
        Value::Object(self.fields)
    }
}
