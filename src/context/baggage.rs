//! To and from W3C baggage, only where it is asked for.
//!
//! Baggage leaves the process with every request that propagates it, to whomever it goes: nothing is
//! written unless [`TelemetryBuilder::with_baggage`](crate::TelemetryBuilder::with_baggage) says so.
//! What is read becomes attributes of the spans that start inside, under the limits of attributes.

use opentelemetry::baggage::{BaggageExt, KeyValueMetadata};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue, Value};

use super::attributes::Attributes;
use crate::backends::langfuse::baggage as wire;
use crate::conventions::trace;

/// The context with the attributes in its baggage.
pub(crate) fn write(context: &Context, attributes: &Attributes) -> Context {
    let mut baggage: Vec<KeyValue> = Vec::new();
    for (neutral, name) in wire::NAMES {
        if let Some(value) = attributes.get(neutral) {
            baggage.push(KeyValue::new(name, value.as_str().into_owned()));
        }
    }
    for (key, value) in attributes.entries() {
        if let Some(key) = key.strip_prefix(trace::METADATA_PREFIX) {
            let name = format!("{}{key}", wire::METADATA_PREFIX);
            baggage.push(KeyValue::new(name, value.as_str().into_owned()));
        }
    }
    if !attributes.tags().is_empty()
        && let Ok(tags) = serde_json::to_string(attributes.tags())
    {
        baggage.push(KeyValue::new(wire::TAGS, tags));
    }
    let span = context.span();
    let trace = span.span_context();
    if trace.is_valid() {
        baggage.push(KeyValue::new(wire::TRACE_ID, trace.trace_id().to_string()));
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

/// What a service upstream said.
pub(crate) fn read(context: &Context) -> Attributes {
    let mut attributes = Attributes::new();
    for (key, (value, _)) in context.baggage().iter() {
        let (key, value) = (key.as_str(), value.as_str());
        if let Some((neutral, _)) = wire::NAMES.iter().find(|(_, name)| *name == key) {
            let value = match value.parse() {
                Ok(version) if *neutral == crate::conventions::observation::PROMPT_VERSION => {
                    Value::I64(version)
                }
                _ => Value::from(value.to_owned()),
            };
            attributes = attributes.entry((*neutral).to_owned(), value);
        } else if let Some(key) = key.strip_prefix(wire::METADATA_PREFIX) {
            attributes = attributes.with_metadata(key, value);
        } else if key == wire::TAGS {
            for tag in wire::parse_tags(value) {
                attributes = attributes.with_tag(tag);
            }
        }
    }
    attributes
}

/// Whether a service upstream has the root of the current trace.
pub(crate) fn is_claimed(context: &Context) -> bool {
    let span = context.span();
    let trace = span.span_context();
    context
        .baggage()
        .get(wire::TRACE_ID)
        .is_some_and(|claimed| trace.is_valid() && claimed.as_str() == trace.trace_id().to_string())
}
