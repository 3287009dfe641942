//! JSON that satisfies a schema.
//!
//! Contract: pure and total; knows the part of JSON Schema that structured outputs allow, and
//! gives null for what it does not know. Text goes into the first string that may hold it.

use serde_json::{Map, Value, json};

/// Deep enough for any schema a person writes; recursive ones end here.
const MAX_DEPTH: usize = 12;

/// A value of `schema` that carries `text`.
pub(super) fn of(schema: &Value, text: &str) -> Value {
    let mut maker = Maker {
        root: schema,
        text,
        numbers: numbers(text),
        said: false,
    };
    maker.make(schema, "answer", 0)
}

struct Maker<'input> {
    root: &'input Value,
    text: &'input str,
    /// What numbers the text holds, for properties that want numbers; the last one first.
    numbers: Vec<f64>,
    /// Whether the text has found its place.
    said: bool,
}

impl Maker<'_> {
    fn make(&mut self, schema: &Value, name: &str, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return Value::Null;
        }
        if let Some(target) = schema["$ref"].as_str() {
            let root = self.root;
            let target = target.strip_prefix('#').and_then(|path| root.pointer(path));
            return target.map_or(Value::Null, |target| self.make(target, name, depth + 1));
        }
        if !schema["const"].is_null() {
            return schema["const"].clone();
        }
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        for alternatives in ["anyOf", "oneOf", "allOf"] {
            if let Some(first) = schema[alternatives].get(0) {
                return self.make(first, name, depth + 1);
            }
        }
        let kind = match &schema["type"] {
            Value::String(kind) => Some(kind.as_str()),
            Value::Array(kinds) => kinds
                .iter()
                .filter_map(Value::as_str)
                .find(|kind| *kind != "null"),
            _ => schema["properties"].is_object().then_some("object"),
        };
        match kind {
            Some("object") => {
                let properties = schema["properties"].as_object();
                let values = properties.into_iter().flatten().map(|(name, schema)| {
                    let value = self.make(schema, name, depth + 1);
                    (name.clone(), value)
                });
                Value::Object(values.collect::<Map<_, _>>())
            }
            Some("array") => {
                let length = schema["minItems"].as_u64().unwrap_or(1).clamp(1, 8);
                let items = (0..length).map(|_| self.make(&schema["items"], name, depth + 1));
                Value::Array(items.collect())
            }
            Some("string") if self.said => json!(name),
            Some("string") => {
                self.said = true;
                json!(self.text)
            }
            #[expect(
                clippy::cast_possible_truncation,
                reason = "any integer satisfies the schema"
            )]
            Some("integer") => json!(self.numbers.pop().unwrap_or(1.0) as i64),
            Some("number") => json!(self.numbers.pop().unwrap_or(1.0)),
            Some("boolean") => json!(true),
            _ => Value::Null,
        }
    }
}

/// The numbers written in `text`, in their order.
pub(super) fn numbers(text: &str) -> Vec<f64> {
    text.split(|character: char| !(character.is_ascii_digit() || matches!(character, '.' | '-')))
        .filter_map(|word| word.trim_matches('.').parse().ok())
        .collect()
}
