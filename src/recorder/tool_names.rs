//! Names for spans of tools that the program made itself: it knows the call's id, the model's answer the rest.

use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use crate::conventions as names;
use crate::conventions::tool_type;
use crate::span;

/// A function that a model has asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KnownTool<'a> {
    pub(crate) name: &'a str,
    pub(crate) description: Option<&'a str>,
}

impl KnownTool<'_> {
    /// Writes what the span does not say itself.
    pub(super) fn describe(&self, span: &mut SpanData) {
        span.name = span::tool_span_name(self.name).into();
        for (key, value) in [
            (names::TOOL_NAME, Some(self.name)),
            (names::TOOL_TYPE, Some(tool_type::FUNCTION)),
            (names::TOOL_DESCRIPTION, self.description),
        ] {
            let is_there = span.attributes.iter().any(|one| one.key.as_str() == key);
            if let Some(value) = value.filter(|_| !is_there) {
                span.attributes.push(KeyValue::new(key, value.to_owned()));
            }
        }
    }
}

/// The id of the call that a span of a tool belongs to.
pub(super) fn call_id(span: &SpanData) -> Option<&Value> {
    let mut attributes = span.attributes.iter().rev();
    let found = attributes.find(|one| one.key.as_str() == names::TOOL_CALL_ID);
    found.map(|one| &one.value)
}
