//! The span processor: shares every finished span with all destinations.
//!
//! Contract: runs on the thread that ends a span, inside the user's code. It takes one short lock
//! a destination, allocates one `Arc`, and does nothing else: no mapping, no copy, no text, no
//! measurement, which the recorder does of the shared span if metrics are wanted. Nothing
//! is said from here, since saying is itself a `tracing` event inside the user's span.

use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::trace::{Span as _, Status};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use crate::context;
use crate::context::Traces;
use crate::conventions as names;
use crate::export::deferred::Held;
use crate::export::queue::{Item, Queue};
use crate::export::report::Report;
use crate::metrics;
use crate::recorder::Recorder;
use crate::recorder::observed::Observed;
use crate::telemetry::outcome;
use crate::telemetry::outcome::Verdict;

/// What the SDK waits at most when it flushes without a deadline of its own.
const SDK_FLUSH: Duration = Duration::from_secs(5);

/// One destination as the processor sees it.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline {
    pub(crate) queue: Arc<Queue>,
    /// Whether it wants to know of spans that start.
    pub(crate) wants_opened: bool,
}

/// All destinations of one telemetry.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pipelines(Arc<[Pipeline]>);

impl Pipelines {
    pub(crate) fn new(pipelines: Vec<Pipeline>) -> Self {
        Self(pipelines.into())
    }

    /// Shares a finished span with all destinations.
    pub(crate) fn push(&self, span: Arc<SpanData>) {
        let bytes = size(&span);
        for pipeline in self.0.iter() {
            pipeline.queue.push(Arc::clone(&span), bytes);
        }
    }

    pub(crate) fn report(&self) -> Report {
        let mut report = Report::default();
        report.destinations = self.0.iter().map(|p| p.queue.report()).collect();
        report
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn observe(&self, meter: &opentelemetry::metrics::Meter) {
        let queues = self.0.iter().map(|p| Arc::clone(&p.queue)).collect();
        crate::export::metrics::observe(meter, queues);
    }

    /// Delivers what was made so far; whether all of it was settled by the deadline.
    pub(crate) fn flush(&self, timeout: Duration) -> bool {
        let deadline = after(timeout);
        let asked: Vec<_> = self.0.iter().map(|p| (p, p.queue.hurry())).collect();
        // Every queue is waited for, also after one has missed the deadline.
        let late = asked
            .iter()
            .filter(|(p, to)| !p.queue.wait_flushed(*to, deadline));
        late.count() == 0
    }

    /// Delivers what was made so far and ends the destinations' threads.
    pub(crate) fn shutdown(&self, timeout: Duration) -> bool {
        let deadline = after(timeout);
        self.0.iter().for_each(|p| p.queue.close(deadline));
        let late = self.0.iter().filter(|p| !p.queue.wait_finished(deadline));
        late.count() == 0
    }
}

/// The instant `timeout` from now; a year stands for whatever lies beyond the clock.
fn after(timeout: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    let now = Instant::now();
    now.checked_add(timeout).unwrap_or(now + YEAR)
}

/// The processor.
#[derive(Debug)]
pub(crate) struct Processor {
    pipelines: Pipelines,
    traces: Arc<Traces>,
    uses_baggage: bool,
    /// `None` if tools are not followed.
    tools: Option<Arc<Observed>>,
    held: Arc<Held>,
    /// `None` if nothing is measured.
    measures: Option<Arc<Recorder>>,
    any_wants_opened: bool,
}

impl Processor {
    pub(crate) fn new(
        pipelines: Pipelines,
        traces: Arc<Traces>,
        uses_baggage: bool,
        tools: Option<Arc<Observed>>,
        held: Arc<Held>,
        measures: Option<Arc<Recorder>>,
    ) -> Self {
        Self {
            held,
            measures,
            traces,
            uses_baggage,
            tools,
            any_wants_opened: pipelines.0.iter().any(|p| p.wants_opened),
            pipelines,
        }
    }
}

impl SpanProcessor for Processor {
    fn on_start(&self, span: &mut Span, context: &Context) {
        // A span that is recorded but not sampled ends without a word, so it starts without one.
        if !span.span_context().is_sampled() {
            return;
        }
        context::start(span, context, self.uses_baggage);
        if !self.any_wants_opened {
            return;
        }
        let id = span.span_context();
        for pipeline in self.pipelines.0.iter().filter(|p| p.wants_opened) {
            pipeline.queue.notify(Item::Opened {
                trace_id: id.trace_id(),
                span_id: id.span_id(),
            });
        }
    }

    fn on_end(&self, mut span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        if let Some(verdict) = outcome::verdict() {
            mark(&mut span, verdict);
        }
        if let Some(tools) = &self.tools {
            tools.note(&span);
        }
        self.traces.apply(&mut span);
        if let Some(span) = self.held.keep(span) {
            let span = Arc::new(span);
            if let Some(recorder) = &self.measures
                && metrics::is_operation(&span)
            {
                recorder.observed(&span, size(&span));
            }
            self.pipelines.push(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        if self.pipelines.flush(SDK_FLUSH) {
            Ok(())
        } else {
            Err(OTelSdkError::Timeout(SDK_FLUSH))
        }
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        if self.pipelines.shutdown(timeout) {
            Ok(())
        } else {
            Err(OTelSdkError::Timeout(timeout))
        }
    }

    fn set_resource(&mut self, resource: &Resource) {
        for pipeline in self.pipelines.0.iter() {
            pipeline.queue.notify(Item::Resource(resource.clone()));
        }
    }
}

/// Says of a span how its work ended; `functions` makes sentences of it at export.
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

/// About how many bytes of memory a span holds.
pub(crate) fn size(span: &SpanData) -> usize {
    let attributes = |attributes: &[KeyValue]| -> usize {
        attributes
            .iter()
            .map(|attribute| {
                size_of::<KeyValue>() + attribute.key.as_str().len() + value_size(&attribute.value)
            })
            .sum()
    };
    size_of::<SpanData>()
        + span.name.len()
        + match &span.status {
            Status::Error { description } => description.len(),
            _ => 0,
        }
        + attributes(&span.attributes)
        + span
            .events
            .iter()
            .map(|event| size_of_val(event) + event.name.len() + attributes(&event.attributes))
            .sum::<usize>()
        + span
            .links
            .iter()
            .map(|link| size_of_val(link) + attributes(&link.attributes))
            .sum::<usize>()
}

fn value_size(value: &opentelemetry::Value) -> usize {
    use opentelemetry::{Array, Value};
    match value {
        Value::String(text) => text.as_str().len(),
        Value::Array(Array::String(texts)) => texts
            .iter()
            .map(|text| size_of_val(text) + text.as_str().len())
            .sum(),
        Value::Array(Array::Bool(values)) => values.len(),
        Value::Array(Array::I64(values)) => size_of_val(values.as_slice()),
        Value::Array(Array::F64(values)) => size_of_val(values.as_slice()),
        _ => 0,
    }
}
