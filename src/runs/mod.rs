//! Runs of the Assistants API, followed across the requests that create, poll and finish them.
//!
//! Contract: fed by the recorder, on its thread and in the order of the calls; bounded in number, bytes and
//! time, because a follow-up may never come. Nothing here sends a request. [`Runs`] is all that the recorder
//! knows of this room, and [`SpanSink`] all that this room knows of the recorder.
//!
//! A call of the Assistants API has no span of its own until its answer shows what it is. An object that
//! belongs to a run belongs to the run's span. Creating an assistant is a span. Every other call is one if
//! it fails, if that was asked for, or if its answer shows that another product is served under these paths.

mod attributes;
mod exchange;
mod finished_run;
mod functions;
mod ids;
mod limits;
mod lru;
mod registry;
mod report;
mod run;
mod sink;
mod spans;
mod threads;
mod usage;
mod weight;

use std::time::{Duration, Instant};

use crate::span::AttributeSet;
use crate::wire::{AssistantsEndpoint, AssistantsObject};
pub(crate) use exchange::{CallOrigin, Exchange, ExchangeEnd, FailedExchange, OwnSpan};
pub(crate) use ids::RunId;
pub(crate) use limits::RunLimits;
use registry::Registry;
pub(crate) use run::RunFunction;
pub(crate) use sink::SpanSink;

/// The runs of one telemetry.
pub(crate) struct Runs<S: SpanSink>(Registry<S>);

impl<S: SpanSink> Runs<S> {
    pub(crate) fn new(limits: RunLimits) -> Self {
        Self(Registry::new(limits))
    }

    /// How many runs are under way.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// When [`Runs::sweep`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.0.deadline()
    }

    /// Reports the runs that were waited for long enough.
    pub(crate) fn sweep(&mut self, now: Instant, spans: &mut S) {
        self.0.sweep(now, spans);
    }

    /// Reports the runs that are over.
    pub(crate) fn settle(&mut self, spans: &mut S) {
        self.0.settle(spans);
    }

    /// Reports every run.
    pub(crate) fn close(&mut self, spans: &mut S) {
        self.0.close(spans);
    }

    /// Name and description of the function that a run waits for under this id.
    pub(crate) fn function(&self, call_id: &str) -> Option<(&str, Option<&str>)> {
        self.0.function(call_id)
    }

    /// Whether a run waits for a function with such a name.
    pub(crate) fn has_function(&self, is_meant: impl Fn(&str) -> bool) -> bool {
        self.0.has_function(is_meant)
    }

    /// The functions of a run whose results were sent.
    pub(crate) fn answered_functions(&self, run: &RunId) -> Vec<RunFunction<'_>> {
        self.0.answered_functions(run)
    }

    /// The server has accepted results of functions. Returns the run that they belong to.
    pub(crate) fn submitted(&mut self, exchange: &Exchange) -> Option<RunId> {
        self.0.submitted(exchange)
    }

    /// A stream showed these objects, each so long after the request.
    pub(crate) fn streamed(
        &mut self,
        exchange: &mut Exchange,
        objects: Vec<(Duration, AssistantsObject)>,
        spans: &mut S,
    ) {
        exchange.is_stream = true;
        self.show(exchange, objects, spans);
    }

    fn show(
        &mut self,
        exchange: &mut Exchange,
        objects: Vec<(Duration, AssistantsObject)>,
        spans: &mut S,
    ) {
        exchange.has_objects |= !objects.is_empty();
        let (began, now) = (exchange.began, Instant::now());
        for (after, object) in objects {
            let at = began.checked_add(after).unwrap_or(began);
            self.0.show(exchange, object, (at, now), spans);
        }
    }

    /// A call has ended; returns what the call itself is recorded as, if it is.
    pub(crate) fn ended(
        &mut self,
        exchange: &mut Exchange,
        mut end: ExchangeEnd,
        spans: &mut S,
    ) -> Option<OwnSpan> {
        let mut objects = std::mem::take(&mut end.objects);
        exchange.is_stream |= end.is_stream;
        if !end.is_stream {
            let after = end.at.duration_since(exchange.began).unwrap_or_default();
            objects.iter_mut().for_each(|(at, _)| *at = after);
            // Unless asked otherwise, lists begin with the newest.
            if !exchange.is_ascending {
                objects.reverse();
            }
        }
        let assistant = objects.iter().find_map(|(_, object)| match object {
            AssistantsObject::Assistant(assistant) => Some(assistant.id.clone()),
            _ => None,
        });
        self.show(exchange, objects, spans);
        let was_cancelled = end.was_cut && end.failed.is_none();
        let is_foreign = !exchange.has_objects && end.is_complete && end.failed.is_none();
        match (exchange.endpoint, &end.failed) {
            _ if is_foreign => Some(OwnSpan::Foreign),
            (AssistantsEndpoint::RunCreate | AssistantsEndpoint::ThreadAndRun, _)
                if exchange.current.is_some() =>
            {
                if let Some(error) = &end.error {
                    self.0.broken(exchange, error);
                }
                None
            }
            (AssistantsEndpoint::RunCreate | AssistantsEndpoint::ThreadAndRun, _) => {
                Some(operation(exchange, None))
            }
            (AssistantsEndpoint::AssistantCreate, failed)
                if assistant.is_some() || failed.is_some() || was_cancelled =>
            {
                Some(operation(exchange, assistant))
            }
            (AssistantsEndpoint::RunRetrieve, None) => None,
            (AssistantsEndpoint::RunRetrieve, Some(failed)) => {
                let is_known = self
                    .0
                    .failed(exchange, end.at, &failed.kind, failed.is_gone, spans);
                (!is_known).then(|| housekeeping(exchange))
            }
            (_, failed) => {
                (failed.is_some() || exchange.wants_housekeeping).then(|| housekeeping(exchange))
            }
        }
    }
}

/// An operation of the conventions: an agent is created or asked to run.
fn operation(exchange: &Exchange, created: Option<String>) -> OwnSpan {
    let origin = exchange.origin();
    let mut attributes = origin.attributes.clone();
    attributes::requested(&mut attributes, &exchange.request, exchange.endpoint);
    if let Some(id) = created {
        attributes::created(&mut attributes, id);
    }
    let agent = exchange.request.agent_name.as_deref();
    OwnSpan::Known {
        name: attributes::named(&origin.span_name, agent),
        attributes,
    }
}

fn housekeeping(exchange: &Exchange) -> OwnSpan {
    let origin = exchange.origin();
    OwnSpan::Known {
        name: origin.span_name.clone(),
        attributes: AttributeSet::clone(&origin.attributes),
    }
}
