//! Embeddings: what went in, how many vectors came out and how long they are.

use serde_json::{Value, json};

use super::parts;
use crate::model::message::Part;
use crate::wire::facts::{RequestFacts, ResponseFacts};
use crate::wire::fields::{Fields, Object, into_object, objects};
use crate::wire::framing::json;
use crate::wire::{error, parameters, usage};

pub(super) fn request(mut fields: Object, facts: &mut RequestFacts) {
    fields.remove("model");
    let requests: Vec<Object> = objects(fields.list("requests")).collect();
    if requests.is_empty() {
        facts.input = input(&mut fields);
        parameters::read(fields, false, facts);
        return;
    }
    let mut inputs = Vec::new();
    for (position, mut request) in requests.into_iter().enumerate() {
        request.remove("model");
        inputs.extend(input(&mut request));
        // They are the same for all.
        if position == 0 {
            parameters::read(request, false, facts);
        }
    }
    facts.input = Some(inputs.into());
    parameters::read(fields, false, facts);
}

/// One text, or the parts of what is no single text.
fn input(fields: &mut Object) -> Option<Value> {
    let mut content = fields.object("content")?;
    let mut parts = parts::all(&mut content);
    Some(match parts.as_mut_slice() {
        [Part::Text { content }] => std::mem::take(content).into(),
        parts => serde_json::to_value(parts).unwrap_or_default(),
    })
}

pub(super) fn response(mut fields: Object, complete: bool) -> ResponseFacts {
    let mut facts = ResponseFacts {
        error: error::of_object(&mut fields),
        complete,
        ..ResponseFacts::default()
    };
    if let Some(counts) = fields.object("usageMetadata") {
        usage::read_input_only(counts, &mut facts);
    }
    let vectors = match fields.value("embeddings") {
        Some(Value::Array(vectors)) => vectors,
        _ => fields.value("embedding").into_iter().collect(),
    };
    if vectors.is_empty() {
        return facts;
    }
    let count = json::count_of_elements(&vectors);
    let mut values = vectors.into_iter().filter_map(into_object);
    facts.dimensions = values.find_map(|vector| json::count_of_numbers(vector.get("values")?));
    facts.output = Some(match facts.dimensions {
        Some(dimensions) => json!({"count": count, "dimensions": dimensions}),
        None => json!({"count": count}),
    });
    facts
}
