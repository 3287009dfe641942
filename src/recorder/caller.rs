//! Who made a model call.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

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
    /// Whoever makes a call in this context, which begins now.
    pub(super) fn new(
        tool_spans: Option<&Arc<ToolSpans>>,
        parent: SpanParent,
        (began, at): (Instant, SystemTime),
    ) -> Self {
        let trace = parent.span().map(|span| span.trace_id());
        Self {
            parent,
            began,
            _watch: tool_spans.map(|spans| Watch::new(spans, trace, at)),
        }
    }
}
