//! Embeddings: what went in, how many vectors came out and how long they are.
//!
//! The contract: a vector is never kept, neither as numbers nor as base64.

use serde_json::{Value, json};

use crate::text::base64::Marker;
use crate::wire::facts::{RequestFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object};
use crate::wire::framing::json;
use crate::wire::usage;

/// `encoding_format: base64` is little-endian `f32`.
const BYTES_PER_NUMBER: u64 = 4;

pub(super) fn request(fields: &mut Object, facts: &mut RequestFacts) {
    facts.input = fields.value("input").map(without_tokens);
}

/// Texts as they are, token ids as their count.
pub(in crate::wire) fn without_tokens(input: Value) -> Value {
    if let Some(tokens) = json::count_of_numbers(&input).filter(|_| !is_empty(&input)) {
        return format!("<{tokens} tokens>").into();
    }
    match input {
        Value::Array(items) => items.into_iter().map(without_tokens).collect(),
        input => input,
    }
}

fn is_empty(input: &Value) -> bool {
    input.as_array().is_some_and(Vec::is_empty)
}

pub(super) fn response(mut fields: Object, facts: &mut ResponseFacts) {
    facts.id = fields.id("id");
    facts.model = fields.word("model");
    if let Some(counts) = fields.object("usage") {
        usage::read_input_only(counts, facts);
    }
    let Some(Value::Array(items)) = fields.value("data") else {
        return;
    };
    let count = json::count_of_elements(&items);
    facts.dimensions = items
        .iter()
        .find_map(|item| dimensions(item.get("embedding")?));
    facts.output = Some(match facts.dimensions {
        Some(dimensions) => json!({"count": count, "dimensions": dimensions}),
        None => json!({"count": count}),
    });
}

fn dimensions(embedding: &Value) -> Option<u64> {
    json::count_of_numbers(embedding).or_else(|| {
        let marker = Marker::of(embedding.as_str()?, None);
        Some(marker.bytes / BYTES_PER_NUMBER)
    })
}
