//! Who made a model call.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use opentelemetry_sdk::trace::SdkTracer;

use super::tool_spans::{ToolSpans, Watch};
use crate::span::SpanParent;

/// Who made a model call.
#[derive(Debug)]
pub(crate) struct Caller {
    /// What the model call is a child of.
    pub(crate) parent: SpanParent,
    pub(crate) began: Instant,
    /// The program's spans are watched until the recorder is done with the call; `None` if no spans of
    /// tools are derived.
    _watch: Option<Watch>,
}

impl Caller {
    /// Whoever is current on this thread.
    pub(crate) fn current(
        tool_spans: Option<&Arc<ToolSpans>>,
        tracer: &SdkTracer,
        began: Instant,
    ) -> Self {
        let parent = SpanParent::current(tracer);
        let trace = parent.span().map(|span| span.trace_id());
        Self {
            parent,
            began,
            _watch: tool_spans.map(|spans| Watch::new(spans, trace, SystemTime::now())),
        }
    }
}
