//! How much memory a span takes, for the bounds of the queues.

use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// About how many bytes of memory a span holds.
pub(crate) fn of(span: &SpanData) -> usize {
    let attributes = |attributes: &[KeyValue]| -> usize {
        attributes
            .iter()
            .map(|attribute| {
                size_of::<KeyValue>() + attribute.key.as_str().len() + value_size(&attribute.value)
            })
            .sum()
    };
    size_of::<SpanData>()
        + span.name.len()
        + match &span.status {
            Status::Error { description } => description.len(),
            _ => 0,
        }
        + attributes(&span.attributes)
        + span
            .events
            .iter()
            .map(|event| size_of_val(event) + event.name.len() + attributes(&event.attributes))
            .sum::<usize>()
        + span
            .links
            .iter()
            .map(|link| size_of_val(link) + attributes(&link.attributes))
            .sum::<usize>()
}

fn value_size(value: &Value) -> usize {
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
