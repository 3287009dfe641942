//! The span processor: gives every finished span to all destinations.
//!
//! Contract: runs on the thread that ends a span, inside the user's code. It takes one short lock
//! a destination, allocates one `Arc` if several share the span, and does nothing else: no mapping, no copy, no
//! text, no measurement, which the recorder does of the shared span if metrics are wanted. Nothing is logged from
//! here, since logging is itself a `tracing` event inside the user's span.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::trace::{Span as _, Status};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use crate::context;
use crate::context::{Remote, Traces};
use crate::conventions as names;
use crate::export::deferred::DeferredSpans;
use crate::export::fan_out::FanOut;
use crate::functions;
use crate::metrics;
use crate::recorder::{Recorder, Settle, ToolSpans, Waits};
use crate::telemetry::outcome;
use crate::telemetry::outcome::Verdict;
use crate::text::deadline;

/// What the SDK waits at most when it flushes without a deadline of its own.
const SDK_FLUSH: Duration = Duration::from_secs(5);

/// The processor.
pub(crate) struct Processor {
    fan_out: FanOut,
    traces: Arc<Traces>,
    remote: Remote,
    /// `None` if tools are not followed.
    tools: Option<Arc<ToolSpans>>,
    deferred: Arc<DeferredSpans>,
    /// `None` if nothing is recorded.
    recorder: Option<Arc<Recorder>>,
    /// Whether spans that end are measured.
    measures: bool,
    wants_opened: bool,
}

impl Processor {
    pub(crate) fn new(
        fan_out: FanOut,
        traces: Arc<Traces>,
        remote: Remote,
        tools: Option<Arc<ToolSpans>>,
        deferred: Arc<DeferredSpans>,
        recorder: Option<Arc<Recorder>>,
    ) -> Self {
        Self {
            deferred,
            measures: recorder
                .as_ref()
                .is_some_and(|recorder| recorder.measures()),
            recorder,
            remote,
            traces,
            tools,
            wants_opened: fan_out.want_opened(),
            fan_out,
        }
    }
}

impl fmt::Debug for Processor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Processor")
            .field("destinations", &self.fan_out)
            .finish_non_exhaustive()
    }
}

impl SpanProcessor for Processor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        // A span that is recorded but not sampled is not exported when it ends.
        if !span.span_context().is_sampled() {
            return;
        }
        context::start(span, context, self.remote);
        if self.wants_opened {
            let id = span.span_context();
            self.fan_out.opened(id.trace_id(), id.span_id());
        }
    }

    fn on_end(&self, mut span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        functions::pardon(&mut span);
        if let Some(verdict) = outcome::verdict(&span) {
            mark(&mut span, verdict);
        }
        let tools = self.tools.as_ref();
        let waits = tools.map_or(Waits::Nothing, |tools| tools.note(&span));
        self.traces.apply(&mut span);
        if self.deferred.are_any() {
            match self.deferred.keep(span) {
                Some(given_back) => span = given_back,
                None => return,
            }
        }
        let bytes = self.fan_out.limit(&mut span);
        if waits != Waits::Nothing
            && let Some(recorder) = &self.recorder
        {
            match recorder.tool_ended(span, bytes, &self.fan_out) {
                Some(given_back) => span = given_back,
                None => return,
            }
        }
        if let Some(recorder) = self.recorder.as_ref().filter(|_| self.measures)
            && metrics::is_operation(&span)
        {
            let span = Arc::new(span);
            recorder.span_ended(&span, bytes);
            return self.fan_out.push_shared(&span, bytes);
        }
        self.fan_out.push(span, bytes);
    }

    fn force_flush(&self) -> OTelSdkResult {
        let deadline = deadline::after(Instant::now(), SDK_FLUSH);
        // The spans of calls that have ended are ended by the recorder.
        if let Some(recorder) = &self.recorder {
            recorder.drain(Settle::Over, deadline);
        }
        if self.fan_out.flush(deadline) {
            Ok(())
        } else {
            Err(OTelSdkError::Timeout(SDK_FLUSH))
        }
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        if let Some(recorder) = &self.recorder {
            recorder.warn_of_shutdown();
        }
        if self
            .fan_out
            .shutdown(deadline::after(Instant::now(), timeout))
        {
            Ok(())
        } else {
            Err(OTelSdkError::Timeout(timeout))
        }
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.fan_out.set_resource(resource);
    }
}

/// Marks how the work of a span ended; `functions` explains it at export.
fn mark(span: &mut SpanData, verdict: Verdict) {
    let attribute = match verdict {
        Verdict::Panicked => {
            if matches!(span.status, Status::Unset) {
                span.status = Status::error("");
            }
            KeyValue::new(names::ERROR_TYPE, names::error_type::PANIC)
        }
        Verdict::Cancelled => KeyValue::new(names::observation::CANCELLED, true),
    };
    span.attributes.push(attribute);
}
