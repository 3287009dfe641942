//! Names for spans of tools that the program made itself: it knows the call's id, the model's answer the rest.

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::SpanData;

use super::trackers::Trackers;
use crate::conventions as names;
use crate::conventions::tool_type;
use crate::span;

/// A function that a model has asked for.
#[derive(Debug, PartialEq)]
pub(crate) struct KnownTool<'a> {
    pub(crate) name: &'a str,
    pub(crate) description: Option<&'a str>,
}

impl KnownTool<'_> {
    /// Writes what the span does not say itself.
    fn describe(&self, span: &mut SpanData) {
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

/// Names the span of a tool, if a model has asked for the call.
pub(super) fn complete(span: &mut SpanData, trackers: &Trackers) {
    let mut ids = span.attributes.iter().rev();
    let Some(id) = ids.find(|one| one.key.as_str() == names::TOOL_CALL_ID) else {
        return;
    };
    let id = id.value.as_str().into_owned();
    let of_call = || {
        trackers
            .tools
            .as_ref()?
            .known(&id, span.span_context.trace_id())
    };
    let known = of_call().or_else(|| trackers.assistants.function(&id));
    if let Some(known) = known {
        known.describe(span);
    }
}
