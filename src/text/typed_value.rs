//! Values get the type that the conventions give them, whoever wrote them.
//!
//! `tracing` has no lists and no unsigned or single-precision numbers: it makes texts of the first and
//! doubles of the last, so that `0.1_f32` is 0.10000000149011612.

use opentelemetry::{Array, StringValue, Value};

use crate::conventions as names;
use crate::conventions::ValueType;

/// A double with so many digits may be a number of single precision.
const DIGITS_OF_DOUBLE: usize = 15;
/// More digits than these no number of single precision needs.
const DIGITS_OF_SINGLE: usize = 9;

/// Repairs the value of an attribute.
pub(crate) fn repair(key: &str, value: &mut Value) {
    let expected = names::value_type(key);
    if let Some(repaired) = expected.and_then(|expected| as_type(value, expected)) {
        *value = repaired;
    }
    if let Value::F64(number) = value {
        *number = as_written(*number);
    }
}

/// The value as one of this type; `None` if it is one, or no such value.
fn as_type(value: &Value, expected: ValueType) -> Option<Value> {
    match (expected, value) {
        (ValueType::Integer, Value::F64(number)) => integer(*number),
        (ValueType::Integer, Value::String(text)) => {
            let text = text.as_str().trim();
            let number = text.parse().ok().map(Value::I64);
            number.or_else(|| integer(text.parse().ok()?))
        }
        (ValueType::Double, Value::I64(number)) => Some(Value::F64(*number as f64)),
        (ValueType::Double, Value::String(text)) => {
            let number: f64 = text.as_str().trim().parse().ok()?;
            number.is_finite().then_some(Value::F64(number))
        }
        (ValueType::Boolean, Value::String(text)) => {
            text.as_str().trim().parse().ok().map(Value::Bool)
        }
        (ValueType::Texts, Value::String(text)) => Some(texts(text)),
        _ => None,
    }
}

/// A number without a fraction.
fn integer(number: f64) -> Option<Value> {
    let integer = number as i64;
    (integer as f64 == number && integer != i64::MAX).then_some(Value::I64(integer))
}

/// A list as JSON, which is how `Debug` writes one, or the one text that it is.
fn texts(text: &StringValue) -> Value {
    let texts = match serde_json::from_str::<Vec<String>>(text.as_str()) {
        Ok(texts) => texts.into_iter().map(StringValue::from).collect(),
        Err(_) => vec![text.clone()],
    };
    Value::Array(Array::String(texts))
}

/// A number of single precision that was made wider has many digits that nobody wrote.
fn as_written(number: f64) -> f64 {
    let single = number as f32;
    if f64::from(single) != number || digits(&number.to_string()) < DIGITS_OF_DOUBLE {
        return number;
    }
    let short = single.to_string();
    match short.parse() {
        Ok(written) if digits(&short) <= DIGITS_OF_SINGLE => written,
        _ => number,
    }
}

/// How many digits a number has, without zeros at its ends.
fn digits(number: &str) -> usize {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_gets_the_type_of_the_conventions() {
        let text = |text: &str| Value::from(text.to_owned());
        let list = |texts: &[&str]| {
            let texts = texts
                .iter()
                .map(|text| StringValue::from((*text).to_owned()));
            Value::Array(Array::String(texts.collect()))
        };
        for (key, value, expected) in [
            (names::USAGE_INPUT_TOKENS, text("14"), Value::I64(14)),
            (names::USAGE_OUTPUT_TOKENS, text(" 14.0 "), Value::I64(14)),
            (names::USAGE_OUTPUT_TOKENS, Value::F64(14.0), Value::I64(14)),
            (names::REQUEST_MAX_TOKENS, text("100"), Value::I64(100)),
            (names::REQUEST_TEMPERATURE, text("0.7"), Value::F64(0.7)),
            (names::REQUEST_TEMPERATURE, Value::I64(1), Value::F64(1.0)),
            (names::REQUEST_STREAM, text("true"), Value::Bool(true)),
            (
                names::RESPONSE_FINISH_REASONS,
                text(r#"["stop"]"#),
                list(&["stop"]),
            ),
            (
                names::RESPONSE_FINISH_REASONS,
                text("stop"),
                list(&["stop"]),
            ),
            (
                names::REQUEST_STOP_SEQUENCES,
                text(r#"["a", "b"]"#),
                list(&["a", "b"]),
            ),
        ] {
            let expected_type = names::value_type(key).unwrap_or_else(|| panic!("{key}"));
            assert_eq!(
                as_type(&value, expected_type),
                Some(expected),
                "{key} {value}"
            );
        }
    }

    #[test]
    fn what_is_no_such_value_stays() {
        for (expected, value) in [
            (ValueType::Integer, Value::from("many")),
            (ValueType::Integer, Value::F64(1.5)),
            (ValueType::Integer, Value::F64(f64::NAN)),
            (ValueType::Integer, Value::I64(1)),
            (ValueType::Double, Value::from("NaN")),
            (ValueType::Boolean, Value::from("yes")),
        ] {
            assert_eq!(as_type(&value, expected), None, "{value}");
        }
    }

    #[test]
    fn a_single_number_has_the_digits_that_were_written() {
        for number in [0.1_f32, 0.7, 0.2, 1e-10, 3.3, -0.1, 123.456, 1e-5] {
            let written: f64 = number.to_string().parse().unwrap_or_default();
            assert_eq!(as_written(f64::from(number)), written);
        }
    }

    #[test]
    fn a_double_stays_as_it_is() {
        let tiny = 0.5_f64.powi(10);
        for number in [
            0.1,
            0.5,
            1.0,
            -2.25,
            1e300,
            tiny,
            1_099_511_627_776.0,
            0.1 + 0.2,
            1.0 / 3.0,
            f64::INFINITY,
            0.0,
        ] {
            assert_eq!(as_written(number), number);
        }
        assert!(as_written(f64::NAN).is_nan());
    }
}
