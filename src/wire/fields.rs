//! Lenient access to the fields of JSON objects.
//!
//! The contract: a field is *taken* out of its object, so that nothing is copied and only unknown fields
//! are left in the end; a field of the wrong type is taken and counts as absent.

use serde_json::{Map, Value};

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// Taking fields out of an object by the type they should have.
pub(super) trait Fields {
    /// A text, also an empty one.
    fn text(&mut self, key: &str) -> Option<String>;
    /// A text that is not empty.
    fn word(&mut self, key: &str) -> Option<String> {
        self.text(key).filter(|text| !text.is_empty())
    }
    /// An identifier that is not empty; some servers write numbers.
    fn id(&mut self, key: &str) -> Option<String>;
    fn object(&mut self, key: &str) -> Option<Object>;
    /// The elements of an array; none if it is not an array.
    fn list(&mut self, key: &str) -> Vec<Value>;
    fn flag(&mut self, key: &str) -> Option<bool>;
    /// A count, however the number is written.
    fn count(&mut self, key: &str) -> Option<u64>;
    /// Anything but `null`.
    fn value(&mut self, key: &str) -> Option<Value>;
    /// A text, which stays where it is.
    fn peek(&self, key: &str) -> Option<&str>;
}

impl Fields for Object {
    fn text(&mut self, key: &str) -> Option<String> {
        match self.remove(key)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    fn id(&mut self, key: &str) -> Option<String> {
        match self.remove(key)? {
            Value::String(text) => Some(text).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn object(&mut self, key: &str) -> Option<Object> {
        into_object(self.remove(key)?)
    }

    fn list(&mut self, key: &str) -> Vec<Value> {
        match self.remove(key) {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        }
    }

    fn flag(&mut self, key: &str) -> Option<bool> {
        self.remove(key)?.as_bool()
    }

    fn count(&mut self, key: &str) -> Option<u64> {
        as_count(&self.remove(key)?)
    }

    fn value(&mut self, key: &str) -> Option<Value> {
        self.remove(key).filter(|value| !value.is_null())
    }

    fn peek(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }
}

pub(super) fn into_object(value: Value) -> Option<Object> {
    match value {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

/// The objects of an array, without its other elements.
pub(super) fn objects(items: Vec<Value>) -> impl Iterator<Item = Object> {
    items.into_iter().filter_map(into_object)
}

/// About what a value holds in memory.
pub(super) fn size_of(value: &Value) -> usize {
    const ENTRY_BYTES: usize = 64;
    ENTRY_BYTES
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(size_of).sum(),
            Value::Object(fields) => fields.values().map(size_of).sum(),
            _ => 0,
        }
}

/// The greatest count that every reader of JSON understands.
const GREATEST_COUNT: u64 = 1 << 53;

/// `5`, `5.0` and `"5"`, but no negative, broken or absurd count.
pub(super) fn as_count(value: &Value) -> Option<u64> {
    let number = match value {
        Value::Number(number) => match number.as_u64() {
            Some(count) => return (count <= GREATEST_COUNT).then_some(count),
            None => number.as_f64()?,
        },
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (number >= 0.0 && number <= GREATEST_COUNT as f64 && number.fract() == 0.0)
        .then_some(number as u64)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::{Fields, Object, as_count, into_object};

    fn object() -> Object {
        into_object(json!({"a": 1, "b": "x", "c": [1], "d": {}, "e": null, "f": "", "g": true}))
            .unwrap()
    }

    #[test]
    fn a_field_of_the_wrong_type_is_absent() {
        for key in ["a", "c", "d", "e", "g", "z"] {
            assert_eq!(object().text(key), None, "{key}");
        }
        assert_eq!(object().text("f").as_deref(), Some(""));
        assert_eq!(object().word("f"), None);
        assert_eq!(object().id("a").as_deref(), Some("1"));
        assert_eq!(object().object("c"), None);
        assert_eq!(object().list("d").len() + object().list("b").len(), 0);
        assert_eq!(object().flag("b"), None);
        assert_eq!(object().value("e"), None);
        assert_eq!(object().peek("b"), Some("x"));
    }

    #[test]
    fn counts_are_read_however_they_are_written() {
        for (value, expected) in [
            (json!(5), Some(5)),
            (json!(5.0), Some(5)),
            (json!("5"), Some(5)),
            (json!(0), Some(0)),
            (json!(5.5), None),
            (json!(-1), None),
            (json!("NaN"), None),
            (json!(1e300), None),
            (json!(u64::MAX), None),
            (json!(null), None),
            (json!([5]), None),
        ] {
            assert_eq!(as_count(&value), expected, "{value}");
        }
    }
}
