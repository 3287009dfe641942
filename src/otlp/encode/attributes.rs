//! Attributes and their values.

use opentelemetry::{Array, Key, KeyValue, Value};

use super::backward::Backward;

pub(super) fn attributes<'a>(
    out: &mut Backward,
    field: u32,
    attributes: impl DoubleEndedIterator<Item = &'a KeyValue>,
) {
    for attribute in attributes.rev() {
        out.message(field, |out| pair(out, &attribute.key, &attribute.value));
    }
}

/// The fields of a `KeyValue`.
pub(super) fn pair(out: &mut Backward, key: &Key, value: &Value) {
    out.message(2, |out| any_value(out, value));
    out.text(1, key.as_str());
}

/// The field of an `AnyValue`: which one it is says the type, so it is there also if its value is the default.
fn any_value(out: &mut Backward, value: &Value) {
    match value {
        Value::Bool(value) => boolean(out, *value),
        Value::I64(value) => integer(out, *value),
        Value::F64(value) => double(out, *value),
        Value::String(value) => text(out, value.as_str()),
        Value::Array(value) => out.message(5, |out| array(out, value)),
        // A type that did not exist when this was written.
        value => text(out, &value.as_str()),
    }
}

fn array(out: &mut Backward, array: &Array) {
    match array {
        Array::Bool(values) => each(out, values, |out, value| boolean(out, *value)),
        Array::I64(values) => each(out, values, |out, value| integer(out, *value)),
        Array::F64(values) => each(out, values, |out, value| double(out, *value)),
        Array::String(values) => each(out, values, |out, value| text(out, value.as_str())),
        other => each(out, &[other.to_string()], |out, value| text(out, value)),
    }
}

fn each<T>(out: &mut Backward, values: &[T], write: impl Fn(&mut Backward, &T)) {
    for value in values.iter().rev() {
        out.message(1, |out| write(out, value));
    }
}

fn boolean(out: &mut Backward, value: bool) {
    out.present_number(2, u64::from(value));
}

fn integer(out: &mut Backward, value: i64) {
    out.present_number(3, value.cast_unsigned());
}

fn double(out: &mut Backward, value: f64) {
    out.fixed64(4, value.to_bits());
}

fn text(out: &mut Backward, value: &str) {
    out.present_bytes(1, value.as_bytes());
}
