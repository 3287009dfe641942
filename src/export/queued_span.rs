//! A span that has ended, as queues hold it.

use std::ops::Deref;
use std::sync::Arc;

use opentelemetry_sdk::trace::SpanData;

/// A span that has ended: owned if one destination gets it, which takes no allocation, else shared.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a box would be the allocation that owning saves"
)]
pub(crate) enum QueuedSpan {
    Owned(SpanData),
    Shared(Arc<SpanData>),
}

impl QueuedSpan {
    /// The span itself, copied only while others share it.
    pub(crate) fn into_data(self) -> SpanData {
        match self {
            Self::Owned(span) => span,
            Self::Shared(span) => Arc::unwrap_or_clone(span),
        }
    }

    /// The span to be changed, copied only while others share it.
    pub(crate) fn make_mut(&mut self) -> &mut SpanData {
        match self {
            Self::Owned(span) => span,
            Self::Shared(span) => Arc::make_mut(span),
        }
    }
}

impl Deref for QueuedSpan {
    type Target = SpanData;

    fn deref(&self) -> &SpanData {
        match self {
            Self::Owned(span) => span,
            Self::Shared(span) => span,
        }
    }
}
