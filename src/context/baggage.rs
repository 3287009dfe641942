//! To and from W3C baggage, only where it is asked for.
//!
//! Baggage leaves the process with every request that propagates it, to whomever it goes: nothing is
//! written unless [`TelemetryBuilder::with_baggage`](crate::TelemetryBuilder::with_baggage) says so.
//! What is read becomes attributes of the spans that start inside, under the limits of attributes. The
//! names are those of a backend's SDKs; the telemetry hands them in.

use opentelemetry::baggage::{BaggageExt, KeyValueMetadata};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue, Value};

use super::attributes::Attributes;
use crate::conventions::{observation, trace};
use crate::model::BaggageNames;

/// The context with the attributes in its baggage.
pub(crate) fn write(context: &Context, attributes: &Attributes, names: &BaggageNames) -> Context {
    let mut baggage: Vec<KeyValue> = Vec::new();
    for (key, name) in names.attributes {
        if let Some(value) = attributes.get(key) {
            baggage.push(KeyValue::new(*name, value.as_str().into_owned()));
        }
    }
    for (key, value) in attributes.entries() {
        if let Some(key) = key.strip_prefix(trace::METADATA_PREFIX) {
            let name = format!("{}{key}", names.metadata_prefix);
            baggage.push(KeyValue::new(name, value.as_str().into_owned()));
        }
    }
    if !attributes.tags().is_empty()
        && let Ok(tags) = serde_json::to_string(attributes.tags())
    {
        baggage.push(KeyValue::new(names.tags, tags));
    }
    let span = context.span();
    let trace = span.span_context();
    if trace.is_valid() {
        baggage.push(KeyValue::new(names.trace_id, trace.trace_id().to_string()));
    }
    // Of the same key the last one counts.
    let mut entries = entries(context);
    entries.extend(baggage.into_iter().map(KeyValueMetadata::from));
    context.with_baggage(entries)
}

/// All that is in a context's baggage.
pub(super) fn entries(context: &Context) -> Vec<KeyValueMetadata> {
    let entries = context.baggage().iter();
    entries
        .map(|(key, (value, metadata))| {
            KeyValueMetadata::new(key.clone(), value.clone(), metadata.clone())
        })
        .collect()
}

/// The attributes that a service upstream wrote.
pub(crate) fn read(context: &Context, names: &BaggageNames) -> Attributes {
    let mut attributes = Attributes::new();
    for (key, (value, _)) in context.baggage().iter() {
        let (key, value) = (key.as_str(), value.as_str());
        if let Some((attribute, _)) = names.attributes.iter().find(|(_, name)| *name == key) {
            let value = match value.parse() {
                Ok(version) if *attribute == observation::PROMPT_VERSION => Value::I64(version),
                _ => Value::from(value.to_owned()),
            };
            attributes = attributes.entry((*attribute).to_owned(), value);
        } else if let Some(key) = key.strip_prefix(names.metadata_prefix) {
            attributes = attributes.with_metadata(key, value);
        } else if key == names.tags {
            for tag in parse_tags(value) {
                attributes = attributes.with_tag(tag);
            }
        }
    }
    attributes
}

/// Whether the root of the current trace belongs to a service upstream.
pub(crate) fn is_claimed(context: &Context, names: &BaggageNames) -> bool {
    let span = context.span();
    let trace = span.span_context();
    context
        .baggage()
        .get(names.trace_id)
        .is_some_and(|claimed| trace.is_valid() && claimed.as_str() == trace.trace_id().to_string())
}

/// Tags as a service upstream wrote them: JSON, or as Python prints a list.
fn parse_tags(text: &str) -> Vec<String> {
    if let Ok(tags) = serde_json::from_str(text) {
        return tags;
    }
    let list = text.trim().trim_start_matches('[').trim_end_matches(']');
    list.split(',')
        .map(|tag| tag.trim().trim_matches(['\'', '"']).to_owned())
        .filter(|tag| !tag.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::parse_tags;

    #[test]
    fn tags_of_every_sdk_are_read() {
        for text in [r#"["a","b c"]"#, "['a', 'b c']", "a, b c"] {
            assert_eq!(parse_tags(text), ["a", "b c"], "{text}");
        }
        assert_eq!(parse_tags("[]"), [""; 0]);
    }
}
