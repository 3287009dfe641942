//! The one thread where bytes are parsed and the spans of calls are filled and closed.
//!
//! Contract: on the caller's path a message is put into a queue, nothing else. Messages of one call
//! are taken in their order. The bytes that messages share are bounded, for each call and for all of them
//! (`account`): over the bound a call loses content, which is counted, and keeps its span and what its end
//! tells. [`Recorder::drain`] waits until all that was put in before has been worked off; a flush does
//! that first. The thread starts with the first call and ends with the last handle.

mod account;
mod attached;
pub(crate) mod background;
mod call;
pub(crate) mod call_attributes;
mod call_head;
pub(crate) mod exchange;
mod follow;
pub(crate) mod observed;
mod open_streams;
mod read;
pub(crate) mod tools;
mod work;

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::TraceId;
use opentelemetry_sdk::trace::{SdkTracer, SpanData};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tracing::Span;

use crate::diagnostics::Diagnostics;
use crate::export::deferred::DeferredSpans;
use crate::metrics::Metrics;
use crate::recorder::observed::Observed;
use crate::recorder::tools::Caller;
use crate::runs::limits::FollowLimits;
use crate::wire;
use account::CallId;
#[cfg(test)]
pub(crate) use account::SHARE;
#[cfg(test)]
pub(crate) use account::Totals;
pub(crate) use account::{Account, RequestBody, Waiting};
pub(crate) use call_head::CallHead;
pub(crate) use exchange::{End, Ended, Failure, Parts, Request, Rest};
use follow::Follow;
pub(crate) use open_streams::OpenStream;
use open_streams::OpenStreams;

enum Message {
    Started(Box<Request>),
    /// The request's body begins to pass, also once more.
    Uploading,
    Uploaded(Parts, Waiting),
    UploadedAll(Option<(Rest, Waiting)>),
    Answered(StatusCode, HeaderMap),
    Chunks(Parts, Waiting),
    /// An attempt of a call without a span has failed at this time.
    AttemptFailed(Failure, Duration, SystemTime),
    Ended(Box<Ended>),
    /// A span of an operation has ended that may have to be measured.
    Observed(Arc<SpanData>, Waiting),
    /// Whatever is over is told, or all.
    Settle(Settle),
}

/// How much of what is followed has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settle {
    /// What is over.
    Over,
    /// Everything: nothing more will come.
    All,
}

/// Takes messages about calls.
pub(crate) struct Recorder {
    shared: Arc<Shared>,
    started: std::sync::Once,
    diagnostics: Diagnostics,
    /// `None` if tools are not followed.
    observed: Option<Arc<Observed>>,
    held: Arc<DeferredSpans>,
    limits: FollowLimits,
    /// How much of each text is kept.
    texts: wire::Limits,
    metrics: Metrics,
    /// What spans that are observed count on.
    spans: Arc<Account>,
    open: OpenStreams,
}

#[derive(Default)]
struct Shared {
    /// Runs that are followed.
    runs: AtomicUsize,
    state: Mutex<State>,
    work: Condvar,
    progress: Condvar,
    totals: Arc<account::Totals>,
}

#[derive(Default)]
struct State {
    messages: VecDeque<(CallId, Message)>,
    /// How many messages were ever put in, and worked off.
    taken_in: u64,
    worked_off: u64,
    /// Calls that have begun and not ended.
    open: usize,
    has_waited_for_open: bool,
    no_thread: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder {
    pub(crate) fn new(
        diagnostics: Diagnostics,
        observed: Option<Arc<Observed>>,
        held: Arc<DeferredSpans>,
        limits: FollowLimits,
        texts: wire::Limits,
        metrics: Metrics,
    ) -> Self {
        let shared = Arc::<Shared>::default();
        Self {
            held,
            limits,
            texts,
            metrics,
            spans: Account::new(&shared.totals),
            shared,
            started: std::sync::Once::new(),
            diagnostics,
            observed,
            open: OpenStreams::default(),
        }
    }

    /// What names a new call and counts its bytes.
    pub(crate) fn new_call(&self) -> Arc<Account> {
        Account::new(&self.shared.totals)
    }

    /// Who makes a call here.
    pub(crate) fn caller(&self, tracer: &SdkTracer, began: Instant) -> Caller {
        Caller::current(self.observed.as_ref(), tracer, began)
    }

    /// Whether runs are under way, of which calls in any trace may tell.
    pub(crate) fn follows_runs(&self) -> bool {
        self.shared.runs.load(Ordering::Relaxed) > 0
    }

    /// Whether calls are measured, also those whose trace nobody records.
    pub(crate) fn measures(&self) -> bool {
        self.metrics.are_wanted()
    }

    /// A span of an operation of this size has ended. If too much waits, it is not measured.
    pub(crate) fn observed(&self, span: &Arc<SpanData>, bytes: usize) {
        if let Some(waiting) = self.spans.reserve_beside(bytes) {
            let message = Message::Observed(Arc::clone(span), waiting);
            self.put(self.spans.id, message);
        }
    }

    /// A stream begins to be read, in which a model may ask for tools.
    pub(crate) fn opened(&self, trace: TraceId, call: &Account, stream: Weak<dyn OpenStream>) {
        if self.observed.is_some() {
            self.open.add(trace, call.id, stream);
        }
    }

    pub(crate) fn closed(&self, trace: TraceId, call: &Account) {
        if self.observed.is_some() {
            self.open.remove(trace, call.id);
        }
    }

    /// A request is sent: what is held of the streams of its trace comes before it.
    pub(crate) fn catch_up(&self, trace: TraceId) {
        if self.observed.is_some() {
            self.open
                .of(trace)
                .iter()
                .for_each(|stream| stream.hand_over());
        }
    }

    pub(crate) fn started(&self, call: &Account, request: Request) {
        self.shared.lock().open += 1;
        self.put(call.id, Message::Started(Box::new(request)));
    }

    pub(crate) fn uploading(&self, call: &Account) {
        self.put(call.id, Message::Uploading);
    }

    pub(crate) fn uploaded(&self, call: &Account, parts: Parts, waiting: Waiting) {
        self.put(call.id, Message::Uploaded(parts, waiting));
    }

    /// `rest` is `None` if even that was too much.
    pub(crate) fn uploaded_all(&self, call: &Account, rest: Option<(Rest, Waiting)>) {
        self.put(call.id, Message::UploadedAll(rest));
    }

    pub(crate) fn answered(&self, call: &Account, status: StatusCode, headers: HeaderMap) {
        self.put(call.id, Message::Answered(status, headers));
    }

    pub(crate) fn chunks(&self, call: &Account, chunks: Parts, waiting: Waiting) {
        self.put(call.id, Message::Chunks(chunks, waiting));
    }

    pub(crate) fn ended(&self, call: &Account, ended: Ended) {
        self.put(call.id, Message::Ended(Box::new(ended)));
        {
            let mut state = self.shared.lock();
            state.open = state.open.saturating_sub(1);
        }
        self.shared.progress.notify_all();
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
            let message = Message::AttemptFailed(failure, wait, SystemTime::now());
            self.put(call.id, message);
        } else {
            call::attempt_failed(span, &failure, wait);
        }
    }

    /// How many calls lost content because too much was waiting.
    pub(crate) fn lost(&self) -> u64 {
        self.shared.totals.lost()
    }

    fn put(&self, call: CallId, message: Message) {
        self.started.call_once(|| self.start());
        let mut state = self.shared.lock();
        if state.no_thread {
            return;
        }
        state.taken_in += 1;
        state.messages.push_back((call, message));
        drop(state);
        self.shared.work.notify_one();
    }

    /// Waits until every call has ended, or until the deadline; the first time only.
    pub(crate) fn quiesce(&self, deadline: Instant) {
        if !std::mem::replace(&mut self.shared.lock().has_waited_for_open, true) {
            self.wait(deadline, |state| state.open == 0);
        }
    }

    /// Waits until all that was put in so far has been worked off and told; `false` at the deadline.
    pub(crate) fn drain(&self, settle: Settle, deadline: Instant) -> bool {
        // Work may end spans, which are put in behind it to be measured.
        let ended = self.drain_once(settle, deadline);
        ended && (!self.measures() || self.drain_once(settle, deadline))
    }

    fn drain_once(&self, settle: Settle, deadline: Instant) -> bool {
        if self.started.is_completed() {
            self.put(CallId::default(), Message::Settle(settle));
        }
        let target = self.shared.lock().taken_in;
        self.wait(deadline, |state| state.worked_off >= target)
    }

    fn wait(&self, deadline: Instant, is_over: impl Fn(&State) -> bool) -> bool {
        let mut state = self.shared.lock();
        while !is_over(&state) && !state.no_thread {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self
                .shared
                .progress
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        true
    }

    fn start(&self) {
        let shared = Arc::downgrade(&self.shared);
        let diagnostics = self.diagnostics.clone();
        let observed = self.observed.clone();
        let (held, limits, texts) = (Arc::clone(&self.held), self.limits, self.texts);
        let metrics = self.metrics.clone();
        let started = thread::Builder::new()
            .name("tracing-genai-recorder".into())
            .spawn(move || {
                let _suppressed = Context::enter_telemetry_suppressed_scope();
                let follow = Follow::new(observed, held, limits, metrics);
                work::run(&shared, &diagnostics, follow, texts);
            });
        if started.is_err() {
            self.shared.lock().no_thread = true;
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Recorder").finish_non_exhaustive()
    }
}
