//! Attributes and status of a span that is written later, or in one go.

use std::collections::HashMap;

use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry::{Context, Key, KeyValue, Value};

use super::sink::AttributeSink;

/// Attributes in the order in which they were pushed, and whether the span is an error.
///
/// Pushing is cheap: keys are compared only when the set is read. Of the same key, the last value
/// counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttributeSet {
    attributes: Vec<KeyValue>,
    is_error: bool,
}

impl AttributeSet {
    /// An empty set; does not allocate.
    pub(crate) const fn new() -> Self {
        Self {
            attributes: Vec::new(),
            is_error: false,
        }
    }

    /// Adds another set; where both have a key, the other set's value counts.
    pub(crate) fn extend(&mut self, other: Self) {
        self.attributes.extend(other.attributes);
        self.is_error |= other.is_error;
    }

    /// The value that counts for a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        let mut latest_first = self.attributes.iter().rev();
        let found = latest_first.find(|attribute| attribute.key.as_str() == key);
        found.map(|attribute| &attribute.value)
    }

    /// The values that are texts.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.attributes
            .iter()
            .filter_map(|attribute| match &attribute.value {
                Value::String(text) => Some(text.as_str()),
                _ => None,
            })
    }

    /// Whether the span has the status of an error.
    pub(crate) fn is_error(&self) -> bool {
        self.is_error
    }

    /// Keeps only attributes whose key passes.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.attributes
            .retain(|attribute| is_kept(attribute.key.as_str()));
    }

    /// Writes everything to the span of a context.
    pub(crate) fn write_to(self, context: &Context) {
        let span = context.span();
        span.set_attributes(self.attributes);
        if self.is_error {
            span.set_status(Status::error(""));
        }
    }

    /// The attributes, each key once, and the status.
    pub(crate) fn into_parts(self) -> (Vec<KeyValue>, Status) {
        let mut merged: Vec<KeyValue> = Vec::with_capacity(self.attributes.len());
        let mut positions: HashMap<Key, usize> = HashMap::with_capacity(self.attributes.len());
        for attribute in self.attributes {
            let position = positions.get(&attribute.key);
            match position.and_then(|position| merged.get_mut(*position)) {
                Some(earlier) => *earlier = attribute,
                None => {
                    positions.insert(attribute.key.clone(), merged.len());
                    merged.push(attribute);
                }
            }
        }
        let status = if self.is_error {
            Status::error("")
        } else {
            Status::Unset
        };
        (merged, status)
    }
}

impl AttributeSink for AttributeSet {
    fn push(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        self.attributes.push(KeyValue::new(key, value));
    }

    fn mark_error(&mut self) {
        self.is_error = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_same_key_the_last_value_counts_in_the_first_position() {
        let mut set = AttributeSet::new();
        set.push("a", 1);
        set.push("b", 2);
        set.push("a", 3);
        assert_eq!(set.get("a"), Some(&Value::I64(3)));
        let (attributes, status) = set.into_parts();
        assert_eq!(attributes, [KeyValue::new("a", 3), KeyValue::new("b", 2)],);
        assert_eq!(status, Status::Unset);
    }

    #[test]
    fn an_error_survives_what_follows() {
        let mut set = AttributeSet::new();
        set.error("timeout", "no answer");
        let mut more = AttributeSet::new();
        more.push("a", 1);
        set.extend(more);
        assert!(set.is_error());
        set.retain(|key| key == "a");
        let (attributes, status) = set.into_parts();
        assert_eq!(attributes, [KeyValue::new("a", 1)]);
        assert_eq!(status, Status::error(""));
    }
}
