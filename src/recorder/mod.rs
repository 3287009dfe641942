//! The one thread where bytes are parsed and the spans of calls are filled and closed.
//!
//! Contract: on the caller's path a message is put into a queue, nothing else. Messages of one call are
//! taken in their order. The bytes that messages share are bounded, for each call and for all of them
//! (`account`): over the bound a call loses content, which is counted, but keeps its span and everything
//! that its end says. [`Recorder::drain`] waits until all that was put in before has been worked off; a
//! flush does that first. The thread starts with the first call and ends with the last handle.

mod account;
mod answer;
mod answer_headers;
mod assistants;
mod attributes;
mod background;
mod call;
mod call_end;
mod call_head;
mod caller;
mod deferred_calls;
mod exchange;
mod finish;
mod open_streams;
mod queue;
mod thread;
mod tool_functions;
mod tool_match;
mod tool_names;
mod tool_spans;
mod tools;
mod trackers;

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once, Weak};
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::TraceId;
use opentelemetry_sdk::trace::SpanData;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tracing::Span;

use crate::context::Traces;
use crate::context::handle::{Attached, Handle};
use crate::diagnostics::Diagnostics;
use crate::export::deferred::DeferredSpans;
use crate::export::fan_out::FanOut;
use crate::metrics::Metrics;
use crate::runs::RunLimits;
use crate::span::SpanParent;
use crate::wire;
use account::CallId;
pub(crate) use account::{Account, RequestBody, Waiting};
#[cfg(test)]
pub(crate) use account::{SHARE, Totals};
use answer_headers::AnswerHeaders;
pub(crate) use call_end::{End, Failure};
pub(crate) use call_head::CallHead;
use caller::Caller;
pub(crate) use exchange::{Ended, OpenCall, Parts, Request, Rest};
pub(crate) use open_streams::OpenStream;
use open_streams::OpenStreams;
pub(crate) use queue::Settle;
use queue::{CallMessage, Queue};
pub(crate) use tool_spans::{ToolSpans, Waits};
use trackers::Trackers;

/// Takes messages about calls.
pub(crate) struct Recorder {
    queue: Arc<Queue>,
    thread: Once,
    has_waited_for_open: AtomicBool,
    diagnostics: Diagnostics,
    /// `None` if no spans of tools are derived.
    tool_spans: Option<Arc<ToolSpans>>,
    deferred: Arc<DeferredSpans>,
    limits: RunLimits,
    /// How much of each text is kept.
    texts: wire::Limits,
    metrics: Metrics,
    traces: Arc<Traces>,
    /// Counts the bytes of spans that wait to be measured.
    spans: Arc<Account>,
    open: OpenStreams,
}

impl Recorder {
    pub(crate) fn new(
        diagnostics: Diagnostics,
        tool_spans: Option<Arc<ToolSpans>>,
        deferred: Arc<DeferredSpans>,
        limits: RunLimits,
        texts: wire::Limits,
        metrics: Metrics,
        traces: Arc<Traces>,
    ) -> Self {
        let queue = Arc::<Queue>::default();
        Self {
            spans: Account::new(&queue.totals),
            queue,
            thread: Once::new(),
            has_waited_for_open: AtomicBool::new(false),
            diagnostics,
            tool_spans,
            deferred,
            limits,
            texts,
            metrics,
            traces,
            open: OpenStreams::default(),
        }
    }

    /// The recorder of the telemetry that a handle refers to.
    pub(crate) fn of(handle: &Handle) -> Option<&Arc<Self>> {
        let attached: &dyn Any = handle.attached();
        attached.downcast_ref()
    }

    /// Names a new call and counts its bytes.
    pub(crate) fn new_call(&self) -> Arc<Account> {
        Account::new(&self.queue.totals)
    }

    /// Who makes a call below this parent, which began then.
    pub(crate) fn caller(&self, parent: SpanParent, began: (Instant, SystemTime)) -> Caller {
        Caller::new(self.tool_spans.as_ref(), parent, began)
    }

    /// Whether runs are under way, which calls in any trace may show.
    fn follows_runs(&self) -> bool {
        self.queue.runs() > 0
    }

    /// Whether calls are measured, also those whose trace is not recorded.
    pub(crate) fn measures(&self) -> bool {
        self.metrics.are_wanted()
    }

    /// A span of an operation of this size has ended. If too much waits, it is not measured.
    pub(crate) fn span_ended(&self, span: &Arc<SpanData>, bytes: usize) {
        if let Some(waiting) = self.spans.reserve_beside(bytes) {
            let message = CallMessage::SpanEnded(Arc::clone(span), waiting);
            self.put(self.spans.id, message);
        }
    }

    /// A span of this size has ended that is a tool's of which only the call's id is known, or a function that may be
    /// a tool: it is exported once the model's answer has been read, which says more. Given back if it cannot wait.
    pub(crate) fn tool_ended(
        &self,
        span: SpanData,
        bytes: usize,
        fan_out: &FanOut,
    ) -> Option<SpanData> {
        let Some(waiting) = self.spans.reserve_beside(bytes) else {
            return Some(span);
        };
        self.catch_up(span.span_context.trace_id());
        let message = CallMessage::ToolEnded(Box::new(span), fan_out.clone(), bytes, waiting);
        match self.put(self.spans.id, message) {
            Some(CallMessage::ToolEnded(span, ..)) => Some(*span),
            _ => None,
        }
    }

    /// A stream begins to be read, in which a model may ask for tools.
    pub(crate) fn opened(&self, trace: TraceId, call: &Account, stream: Weak<dyn OpenStream>) {
        if self.tool_spans.is_some() {
            self.open.add(trace, call.id, stream);
        }
    }

    /// A stream is no longer read.
    pub(crate) fn closed(&self, trace: TraceId, call: &Account) {
        if self.tool_spans.is_some() {
            self.open.remove(trace, call.id);
        }
    }

    /// A request is sent: what the streams of its trace have buffered comes before it.
    pub(crate) fn catch_up(&self, trace: TraceId) {
        if self.tool_spans.is_some() {
            let streams = self.open.of(trace);
            streams.iter().for_each(|stream| stream.hand_over());
        }
    }

    /// A call has begun; [`Recorder::ended`] is its end.
    pub(crate) fn started(&self, call: &Account, open: Weak<dyn OpenCall>, request: Request) {
        self.ensure_thread();
        self.queue.started(call.id, open, request);
    }

    pub(crate) fn uploading(&self, call: &Account) {
        self.put(call.id, CallMessage::Uploading);
    }

    pub(crate) fn uploaded(&self, call: &Account, parts: Parts, waiting: Waiting) {
        self.put(call.id, CallMessage::Uploaded(parts, waiting));
    }

    /// `rest` is `None` if even that was too much.
    pub(crate) fn uploaded_all(&self, call: &Account, rest: Option<(Rest, Waiting)>) {
        self.put(call.id, CallMessage::UploadedAll(rest));
    }

    pub(crate) fn answered(&self, call: &Account, status: StatusCode, headers: &HeaderMap) {
        self.put(
            call.id,
            CallMessage::Answered(status, AnswerHeaders::of(headers)),
        );
    }

    pub(crate) fn chunks(&self, call: &Account, chunks: Parts, waiting: Waiting) {
        self.put(call.id, CallMessage::Chunks(chunks, waiting));
    }

    pub(crate) fn ended(&self, call: &Account, ended: Ended) {
        if let Some(CallMessage::Ended(ended)) = self.queue.ended(call.id, ended) {
            ended.end_span();
        }
    }

    /// An attempt has failed and the call goes on.
    pub(crate) fn attempt_failed(
        &self,
        call: &Account,
        span: &Span,
        failure: Failure,
        wait: Duration,
    ) {
        if span.is_none() {
            let message = CallMessage::AttemptFailed(failure, wait, SystemTime::now());
            self.put(call.id, message);
        } else {
            call::attempt_failed(span, &failure, wait);
        }
    }

    /// How many calls lost content because too much was waiting.
    pub(crate) fn lost(&self) -> u64 {
        self.queue.totals.lost()
    }

    /// Gives the message back if there is no thread.
    fn put(&self, call: CallId, message: CallMessage) -> Option<CallMessage> {
        self.ensure_thread();
        self.queue.put(call, message)
    }

    fn ensure_thread(&self) {
        self.thread.call_once(|| self.start());
    }

    /// Ends the calls that are still open, and says how many.
    pub(crate) fn give_up_open(&self) {
        let calls = self.queue.give_up_open();
        if calls > 0 {
            self.diagnostics.warn(
                "open calls",
                format_args!(
                    "{calls} model calls were still open when the telemetry ended; they are exported as far as \
                     they were seen"
                ),
            );
        }
    }

    /// Waits until every call has ended, or until the deadline; the first time only.
    pub(crate) fn quiesce(&self, deadline: Instant) {
        if !self.has_waited_for_open.swap(true, Ordering::Relaxed) {
            self.queue.wait_closed(deadline);
        }
    }

    /// Waits until all that was put in so far has been worked off and recorded; `false` at the deadline.
    pub(crate) fn drain(&self, settle: Settle, deadline: Instant) -> bool {
        // Work may end spans, which are put in behind it to be named and measured.
        self.drain_once(settle, deadline) && self.drain_once(settle, deadline)
    }

    /// Says that a provider has been shut down, if calls that have ended are still being read: it takes no more
    /// spans.
    pub(crate) fn warn_of_shutdown(&self) {
        if !self.queue.is_idle() {
            self.diagnostics.warn(
                "provider",
                format_args!(
                    "the tracer provider was shut down while calls that have ended were still being read: their \
                     spans, and those around them, are lost. End the telemetry before the provider (drop its \
                     guard, or call `Telemetry::flush`)"
                ),
            );
        }
    }

    fn drain_once(&self, settle: Settle, deadline: Instant) -> bool {
        if self.thread.is_completed() {
            self.put(CallId::default(), CallMessage::Settle(settle));
        }
        self.queue.wait_worked_off(deadline)
    }

    fn start(&self) {
        let queue = Arc::downgrade(&self.queue);
        let diagnostics = self.diagnostics.clone();
        let (tool_spans, deferred) = (self.tool_spans.clone(), Arc::clone(&self.deferred));
        let (limits, texts, metrics) = (self.limits, self.texts, self.metrics.clone());
        let traces = Arc::clone(&self.traces);
        let started = std::thread::Builder::new()
            .name("tracing-genai-recorder".into())
            .spawn(move || {
                let _suppressed = Context::enter_telemetry_suppressed_scope();
                let trackers = Trackers::new(tool_spans, deferred, limits, metrics, traces);
                thread::run(&queue, &diagnostics, trackers, texts);
            });
        if started.is_err() {
            self.queue.close();
        }
    }
}

impl Attached for Arc<Recorder> {
    fn wants_unsampled_calls(&self) -> bool {
        self.follows_runs() || self.measures()
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Recorder").finish_non_exhaustive()
    }
}
