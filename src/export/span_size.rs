//! How much memory a span takes, for the bounds of the queues.

use opentelemetry::KeyValue;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;

use crate::text::attribute_value;

/// About how many bytes of memory a span holds.
pub(crate) fn of(span: &SpanData) -> usize {
    let attributes = |attributes: &[KeyValue]| -> usize {
        attributes
            .iter()
            .map(|attribute| {
                size_of::<KeyValue>()
                    + attribute.key.as_str().len()
                    + attribute_value::size(&attribute.value)
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
