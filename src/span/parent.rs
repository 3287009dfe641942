//! The parent of spans that are made after the work they stand for.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_sdk::trace::SdkTracer;

/// The parent of a finished span, with the scope it was made in, and the tracer that makes the span.
#[derive(Clone, Debug)]
pub(crate) struct SpanParent {
    pub(crate) tracer: SdkTracer,
    /// Does not keep the parent open.
    pub(crate) context: Context,
}

impl SpanParent {
    /// The span of a context.
    pub(crate) fn new(tracer: &SdkTracer, context: Context) -> Self {
        let span = context.span().span_context().clone();
        let context = if span.is_valid() {
            context.with_remote_span_context(span)
        } else {
            // An invalid parent would decide that nothing below it is sampled.
            context
        };
        Self {
            tracer: tracer.clone(),
            context,
        }
    }

    /// The span itself, if there is one.
    pub(crate) fn span(&self) -> Option<SpanContext> {
        let span = self.context.span().span_context().clone();
        span.is_valid().then_some(span)
    }

    /// The same scope below another span.
    pub(crate) fn with_span(&self, span: SpanContext) -> Self {
        Self {
            tracer: self.tracer.clone(),
            context: self.context.with_remote_span_context(span),
        }
    }
}
