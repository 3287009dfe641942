//! Values of any type as attribute values.
//!
//! Unsigned integers do not exist on the wire and would arrive as text, so every number here is an
//! `i64` or an `f64`. JSON is written as text rather than by way of a JSON value, which would sort
//! the fields and widen an `f32` of 0.7 to 0.699999988079071.

use std::borrow::Borrow;

use opentelemetry::{Array, StringValue, Value};
use serde::{Serialize, Serializer};

/// Content of any shape: text as it is, everything else as JSON.
pub(crate) fn text(value: impl Serialize) -> String {
    let json = json(&value);
    if json.starts_with('"') {
        serde_json::from_str(&json).unwrap_or(json)
    } else {
        json
    }
}

/// JSON; a mark if the value has none.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| format!("<not serializable: {error}>"))
}

/// A value of metadata or of a parameter: scalars keep their type, everything else is JSON.
pub(crate) fn scalar(value: impl Serialize) -> Value {
    let json = json(&value);
    match json.as_bytes().first() {
        Some(b't') => true.into(),
        Some(b'f') => false.into(),
        Some(b'"') => serde_json::from_str(&json).unwrap_or(json).into(),
        Some(b'-' | b'0'..=b'9') => match (json.parse::<i64>(), json.parse::<f64>()) {
            (Ok(whole), _) => whole.into(),
            (Err(_), Ok(number)) if json.contains(['.', 'e']) => number.into(),
            _ => json.into(),
        },
        _ => json.into(),
    }
}

/// An array of texts.
pub(crate) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Value {
    let texts = texts.into_iter().map(|text| StringValue::from(text.into()));
    Value::Array(Array::String(texts.collect()))
}

/// Serialises an owned, borrowed or shared value alike, so that shared ones need not be copied.
pub(super) struct Shared<B, T>(B, std::marker::PhantomData<T>);

impl<B, T> Shared<B, T> {
    /// A list of such values.
    pub(super) fn list(values: impl IntoIterator<Item = B>) -> Vec<Self> {
        let one = |value| Self(value, std::marker::PhantomData);
        values.into_iter().map(one).collect()
    }
}

impl<B: Borrow<T>, T: Serialize> Serialize for Shared<B, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.borrow().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_keep_their_type() {
        for (value, expected) in [
            (scalar(true), Value::Bool(true)),
            (scalar(7_u64), Value::I64(7)),
            (scalar(0.7_f32), Value::F64(0.7)),
            (scalar("seven"), Value::from("seven")),
            (scalar(u64::MAX), Value::from(u64::MAX.to_string())),
            (scalar([1, 2]), Value::from("[1,2]")),
            (scalar(()), Value::from("null")),
        ] {
            assert_eq!(value, expected);
        }
    }

    #[test]
    fn text_is_not_quoted() {
        assert_eq!(text("a \"b\""), "a \"b\"");
        assert_eq!(
            text(serde_json::json!({ "b": 1, "a": 2 })),
            r#"{"a":2,"b":1}"#
        );
    }
}
