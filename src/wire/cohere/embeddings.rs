//! Embeddings: how many vectors came out and how long they are.

use serde_json::{Value, json};

use super::counts;
use crate::wire::facts::ResponseFacts;
use crate::wire::fields::{Fields, Object};
use crate::wire::framing::json;
use crate::wire::{error, usage};

pub(in crate::wire) fn response(mut fields: Object, complete: bool) -> ResponseFacts {
    let mut facts = ResponseFacts {
        error: error::of_object(&mut fields),
        complete,
        ..ResponseFacts::default()
    };
    if let Some(meta) = fields.object("meta") {
        usage::read_input_only(counts(meta), &mut facts);
    }
    // The same vectors in each of the requested types.
    let vectors = match fields.value("embeddings") {
        Some(Value::Array(vectors)) => vectors,
        Some(Value::Object(types)) => {
            let lists = types.into_iter().map(|(_, vectors)| match vectors {
                Value::Array(vectors) => vectors,
                _ => Vec::new(),
            });
            let first = |one: &Vec<Value>| one.first().and_then(json::count_of_numbers);
            lists.max_by_key(first).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    if vectors.is_empty() {
        return facts;
    }
    let count = json::count_of_elements(&vectors);
    facts.dimensions = vectors.first().and_then(json::count_of_numbers);
    facts.output = Some(match facts.dimensions {
        Some(dimensions) => json!({"count": count, "dimensions": dimensions}),
        None => json!({"count": count}),
    });
    facts
}
