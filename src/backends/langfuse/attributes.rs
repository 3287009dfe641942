//! A span's attributes while they are being mapped: each key once, sorted by who defines it, with
//! the two rules that every write obeys.
//!
//! What the user set under Langfuse's own names is never changed ([`Attributes::write`] does
//! nothing then), and what the server would misread or drop moves into the metadata under a free
//! key ([`Attributes::move_to_metadata`]) instead of getting lost. Lookups are linear in a group:
//! spans carry some twenty attributes in four groups.

use opentelemetry::{Key, KeyValue, StringValue, Value};
use serde_json::Value as Json;

use super::keys;
use crate::conventions;
use crate::conventions::{observation, run, trace};
use crate::text::{attribute_list, attribute_value};

/// The largest integer that the server's numbers hold exactly.
pub(crate) const MAX_SAFE_INTEGER: i64 = 9_007_199_254_740_991;

/// Attributes of one origin, each key once.
#[derive(Debug, Default)]
pub(crate) struct Group(Vec<KeyValue>);

impl Group {
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|attribute| attribute.key.as_str() == key)
            .map(|attribute| &attribute.value)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The value as text, if it is text and not empty.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key) {
            Some(Value::String(text)) if !text.as_str().is_empty() => Some(text.as_str()),
            _ => None,
        }
    }

    /// Keeps only attributes that fulfil `condition`.
    pub(crate) fn retain(&mut self, condition: impl Fn(&str, &Value) -> bool) {
        self.0
            .retain(|attribute| condition(attribute.key.as_str(), &attribute.value));
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        let index = self
            .0
            .iter()
            .position(|attribute| attribute.key.as_str() == key)?;
        Some(self.0.remove(index).value)
    }

    /// Takes every attribute whose key fulfils `condition`, in order.
    pub(crate) fn take_where(&mut self, condition: impl Fn(&str) -> bool) -> Vec<KeyValue> {
        self.0
            .extract_if(.., |attribute| condition(attribute.key.as_str()))
            .collect()
    }

    /// Takes every attribute under `prefix`, with the rest of its key.
    pub(crate) fn take_prefixed(&mut self, prefix: &str) -> Vec<(String, Value)> {
        self.take_where(|key| key.len() > prefix.len() && key.starts_with(prefix))
            .into_iter()
            .map(|attribute| {
                (
                    attribute.key.as_str()[prefix.len()..].to_owned(),
                    attribute.value,
                )
            })
            .collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0
            .iter()
            .map(|attribute| (attribute.key.as_str(), &attribute.value))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        self.0
            .iter_mut()
            .map(|attribute| (attribute.key.as_str(), &mut attribute.value))
    }

    /// Adds an attribute whose key is known not to be there.
    pub(crate) fn add(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        self.0.push(KeyValue::new(key, value));
    }
}

/// All attributes of a span, by the first part of their names.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    /// `langfuse.*`: what the user set and, step by step, what the mapping writes.
    pub(crate) langfuse: Group,
    /// `tracing_genai.*`: consumed by the mapping.
    pub(crate) neutral: Group,
    /// `gen_ai.*`.
    pub(crate) gen_ai: Group,
    /// Everything else.
    pub(crate) other: Group,
}

impl Attributes {
    /// Sorts the attributes; of several with one key the last wins, as in the server.
    pub(crate) fn new(mut list: Vec<KeyValue>) -> Self {
        attribute_list::keep_last(&mut list);
        let mut attributes = Self::default();
        for attribute in list {
            let key = attribute.key.as_str();
            let group = if key.starts_with(keys::PREFIX) {
                &mut attributes.langfuse
            } else if key.starts_with(observation::PREFIX) {
                &mut attributes.neutral
            } else if key.starts_with(conventions::GEN_AI_PREFIX) {
                &mut attributes.gen_ai
            } else {
                &mut attributes.other
            };
            group.0.push(attribute);
        }
        attributes
    }

    /// All attributes, Langfuse's own first: a collector on the way that truncates the list keeps the
    /// important ones.
    pub(crate) fn into_list(self) -> Vec<KeyValue> {
        let Self {
            langfuse: Group(mut list),
            neutral: Group(neutral),
            gen_ai: Group(gen_ai),
            other: Group(other),
        } = self;
        list.reserve_exact(neutral.len() + gen_ai.len() + other.len());
        list.extend(
            neutral
                .into_iter()
                .chain(gen_ai)
                .chain(other)
                .map(readable_attribute),
        );
        list
    }

    /// Writes one of Langfuse's attributes, unless the user did.
    pub(crate) fn write(&mut self, key: &'static str, value: impl Into<Value>) {
        if !self.langfuse.has(key) {
            self.langfuse.add(key, value);
        }
    }

    /// Puts a value into the observation's metadata, under `name` or the nearest free key.
    pub(crate) fn move_to_metadata(&mut self, name: &str, value: Value) {
        self.add_metadata(keys::METADATA_PREFIX, name, value);
    }

    /// Puts a value into the trace's metadata, under `name` or the nearest free key.
    pub(crate) fn move_to_trace_metadata(&mut self, name: &str, value: Value) {
        self.add_metadata(keys::TRACE_METADATA_PREFIX, name, value);
    }

    fn add_metadata(&mut self, prefix: &str, name: &str, value: Value) {
        let mut key = String::with_capacity(prefix.len() + name.len() + 1);
        key.push_str(prefix);
        match reserved_part(name) {
            Some(part) => {
                key.push_str(part);
                key.push('_');
                key.push_str(&name[part.len()..]);
            }
            None => key.push_str(name),
        }
        while let Some(there) = self.langfuse.get(&key) {
            if *there == value {
                return;
            }
            key.push('_');
        }
        self.langfuse.add(key, readable(value));
    }

    /// Moves what is left under the neutral prefix into the metadata.
    pub(crate) fn move_neutral_to_metadata(&mut self) {
        for (name, value) in self.neutral.take_prefixed(trace::METADATA_PREFIX) {
            self.move_to_trace_metadata(&name, value);
        }
        for (name, value) in self.neutral.take_prefixed(observation::METADATA_PREFIX) {
            self.move_to_metadata(&name, value);
        }
        for (name, value) in self.neutral.take_prefixed(run::PREFIX) {
            // A dot would make an object of it.
            let name = match name.as_str() {
                "polls" => name,
                _ => format!("run_{name}"),
            };
            self.move_to_metadata(&name, value);
        }
        for (name, value) in self.neutral.take_prefixed(observation::PREFIX) {
            self.move_to_metadata(&name, value);
        }
    }
}

/// The first part of a metadata key that the server has other plans with.
fn reserved_part(name: &str) -> Option<&str> {
    let first = name.split('.').next().unwrap_or(name);
    (keys::RESERVED_METADATA.contains(&first) || name == keys::TOOLS_METADATA).then_some(first)
}

/// The value as every server reads it back. Older ones decode negative integers and those beyond 32
/// bits wrongly, newer ones lose digits beyond 2^53, and numbers that JSON does not have become
/// null; in the metadata, where all of them end up, a number and its text look the same.
fn readable(value: Value) -> Value {
    match value {
        Value::I64(number) if number < -1 || number > i64::from(i32::MAX) => {
            Value::from(number.to_string())
        }
        Value::F64(number) if !number.is_finite() => Value::from(number.to_string()),
        value => value,
    }
}

fn readable_attribute(attribute: KeyValue) -> KeyValue {
    KeyValue::new(attribute.key, readable(attribute.value))
}

/// The value as text: text as it is, anything else as JSON.
pub(crate) fn into_text(value: Value) -> StringValue {
    match value {
        Value::String(text) => text,
        value => json(&value).to_string().into(),
    }
}

/// The value as JSON, numbers as numbers wherever the server can hold them.
pub(crate) fn json(value: &Value) -> Json {
    match value {
        Value::I64(number) if number.unsigned_abs() > MAX_SAFE_INTEGER.unsigned_abs() => {
            Json::String(number.to_string())
        }
        value => attribute_value::json(value),
    }
}

/// The value as a double: a number or the text of one.
pub(crate) fn to_f64(value: &Value) -> Option<f64> {
    let number = match value {
        Value::F64(number) => *number,
        Value::I64(number) => *number as f64,
        Value::String(text) => text.as_str().trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// The value as an integer: an integer, the text of one, or a double without a fraction.
pub(crate) fn to_i64(value: &Value) -> Option<i64> {
    match value {
        Value::I64(number) => Some(*number),
        Value::F64(number) => integral(*number),
        Value::String(text) => {
            let text = text.as_str().trim();
            text.parse()
                .ok()
                .or_else(|| text.parse().ok().and_then(integral))
        }
        _ => None,
    }
}

fn integral(number: f64) -> Option<i64> {
    const LIMIT: f64 = MAX_SAFE_INTEGER as f64;
    (number.fract() == 0.0 && number.abs() <= LIMIT).then_some(number as i64)
}
