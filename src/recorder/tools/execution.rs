//! What a tool did, and the span that is made of it.

use std::time::SystemTime;

use opentelemetry::trace::SpanKind;

use crate::conventions as names;
use crate::conventions::{observation, tool_type};
use crate::model::ObservationType;
use crate::span;
use crate::span::{AttributeSet, AttributeSink as _, FinishedSpan, SpanParent, ToolRun};

/// What a tool did, as far as the wire knows.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) arguments: Option<String>,
    pub(crate) result: String,
    pub(crate) parent: SpanParent,
    pub(crate) start: SystemTime,
    pub(crate) end: SystemTime,
}

impl Execution {
    /// Its span, and the parent of that.
    pub(crate) fn finished(self) -> (FinishedSpan, SpanParent) {
        let mut attributes = AttributeSet::new();
        attributes.observation_type(ObservationType::Tool);
        attributes.tool_run(ToolRun {
            name: &self.name,
            kind: tool_type::FUNCTION,
            id: Some(self.id.as_str()).filter(|id| *id != self.name),
            arguments: self.arguments,
            result: Some(self.result),
        });
        attributes.push_some(names::TOOL_DESCRIPTION, self.description);
        attributes.push(observation::DERIVED, true);
        let finished = FinishedSpan {
            kind: SpanKind::Internal,
            name: span::tool_span_name(&self.name),
            attributes,
            events: Vec::new(),
            times: (self.start, self.end),
        };
        (finished, self.parent)
    }
}
