//! An attribute's value: as JSON, its size, and the texts in it.

use opentelemetry::{Array, StringValue, Value};
use serde_json::{Number, Value as Json};

/// The value with its type. Numbers that JSON does not have, such as infinity, become texts.
pub(crate) fn json(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => Json::Bool(*flag),
        Value::I64(number) => Json::from(*number),
        Value::F64(number) => float(*number),
        Value::String(text) => Json::from(text.as_str()),
        Value::Array(Array::Bool(flags)) => flags.iter().copied().collect(),
        Value::Array(Array::I64(numbers)) => numbers.iter().copied().collect(),
        Value::Array(Array::F64(numbers)) => numbers.iter().copied().map(float).collect(),
        Value::Array(Array::String(texts)) => texts.iter().map(|text| text.as_str()).collect(),
        other => Json::String(other.as_str().into_owned()),
    }
}

fn float(number: f64) -> Json {
    Number::from_f64(number).map_or_else(|| Json::String(number.to_string()), Json::Number)
}

/// About how many bytes of memory a value holds beside itself.
pub(crate) fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.as_str().len(),
        Value::Array(Array::String(texts)) => texts
            .iter()
            .map(|text| size_of_val(text) + text.as_str().len())
            .sum(),
        Value::Array(Array::Bool(values)) => values.len(),
        Value::Array(Array::I64(values)) => size_of_val(values.as_slice()),
        Value::Array(Array::F64(values)) => size_of_val(values.as_slice()),
        _ => 0,
    }
}

/// Rewrites every text in a value; one for which `rewrite` has nothing stays.
pub(crate) fn each_text(value: &mut Value, mut rewrite: impl FnMut(&str) -> Option<String>) {
    let one = |text: &mut StringValue| {
        if let Some(rewritten) = rewrite(text.as_str()) {
            *text = rewritten.into();
        }
    };
    match value {
        Value::String(text) => [text].into_iter().for_each(one),
        Value::Array(Array::String(texts)) => texts.iter_mut().for_each(one),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_keeps_its_type() {
        let text = |text: &str| Value::from(text.to_owned());
        for (value, expected) in [
            (Value::Bool(true), "true"),
            (Value::I64(i64::MAX), "9223372036854775807"),
            (Value::F64(0.5), "0.5"),
            (Value::F64(f64::NEG_INFINITY), r#""-inf""#),
            (text("a \"b\""), r#""a \"b\"""#),
            (Value::Array(Array::Bool(vec![true, false])), "[true,false]"),
            (Value::Array(Array::I64(vec![1, -2])), "[1,-2]"),
            (
                Value::Array(Array::F64(vec![1.5, f64::NAN])),
                r#"[1.5,"NaN"]"#,
            ),
            (Value::Array(Array::String(vec!["a".into()])), r#"["a"]"#),
        ] {
            assert_eq!(json(&value).to_string(), expected);
        }
    }
}
