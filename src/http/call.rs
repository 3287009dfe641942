//! One logical call: from the first attempt to the last byte of the response.
//!
//! Shared by whatever sees a part of it: the request when it is built, the future that waits for the response,
//! and the bodies. The first of them that sees the end ends the call, once. The span starts with the first
//! request, in the context in which the call was made, so its parent is the caller's span wherever the future
//! is polled. Nothing is parsed here: bytes are shared with the recorder, which does the rest on its own thread,
//! and only those of calls that it reads.

mod answer;
mod upload;

use std::cell::RefCell;
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Instant, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceId};
use reqwest::Request;
use reqwest::header::CONTENT_TYPE;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::amend;
use super::options::{Flags, TraceOptions};
use super::part_buffer::PartBuffer;
use super::request_body;
use crate::context::CapturedContext;
use crate::context::handle::Handle;
use crate::recorder;
use crate::recorder::{
    Account, CallHead, End, Ended, Failure, OpenCall, Recorder, RequestBody, Rest, Waiting,
};
use crate::span::{SpanParent, current_context, within};
use upload::Upload;

pub(super) struct Call {
    handle: Handle,
    recorder: Arc<Recorder>,
    flags: Flags,
    account: Arc<Account>,
    state: Mutex<State>,
}

struct State {
    started: Instant,
    began: SystemTime,
    /// Where the call was made. It keeps the caller's span open, so the end of the call gives it up.
    origin: Option<CapturedContext>,
    /// The head of the first request; `None` before that.
    head: Option<Arc<CallHead>>,
    span: Span,
    /// Whether the call is the span's end.
    ends_span: bool,
    /// Whether the span records or the call is measured.
    is_recorded: bool,
    /// Whether the recorder reads the bodies.
    shares_bodies: bool,
    /// The trace in which the response is a stream, while it is open.
    open_in: Option<TraceId>,
    /// The context of a span that records.
    own: SpanContext,
    attempts: u32,
    /// How many of them a layer inside of the retry layer has seen.
    sendings: u32,
    last_failure: Option<(Failure, Instant)>,
    /// Until the response begins.
    request: Option<RequestBody>,
    /// The request's body while it is sent, of the last attempt.
    upload: Option<PartBuffer>,
    response: PartBuffer,
    has_lost_content: bool,
    ended: bool,
}

impl State {
    /// Lets go of the request, which from now on would be kept for the recorder alone.
    fn release_request(&mut self) {
        if let Some(body) = self.request.take() {
            self.has_lost_content |= body.release();
        }
    }
}

thread_local! {
    /// The call whose future is being polled: a retry layer passes on nothing but requests.
    static POLLED: RefCell<Option<Arc<Call>>> = const { RefCell::new(None) };
}

impl Call {
    /// A call that is made now; `None` if nobody records it.
    pub(super) fn begin(options: &TraceOptions) -> Option<Arc<Self>> {
        let handle = options.handle()?;
        let recorder = Arc::clone(Recorder::of(&handle)?);
        Some(Arc::new(Self {
            flags: options.flags,
            account: recorder.new_call(),
            state: Mutex::new(State {
                started: Instant::now(),
                began: SystemTime::now(),
                origin: Some(CapturedContext::current()),
                head: None,
                span: Span::none(),
                ends_span: false,
                is_recorded: false,
                shares_bodies: false,
                open_in: None,
                own: SpanContext::NONE,
                attempts: 0,
                sendings: 0,
                last_failure: None,
                request: None,
                upload: None,
                response: PartBuffer::default(),
                has_lost_content: false,
                ended: false,
            }),
            handle,
            recorder,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Runs `poll` in the call's span and so that an attempt inside finds the call.
    pub(super) fn polled<T>(self: &Arc<Self>, poll: impl FnOnce() -> T) -> T {
        struct Restore(Option<Arc<Call>>);
        impl Drop for Restore {
            fn drop(&mut self) {
                POLLED.with(|polled| *polled.borrow_mut() = self.0.take());
            }
        }
        let outer = POLLED.with(|polled| polled.borrow_mut().replace(Arc::clone(self)));
        let _restore = Restore(outer);
        let span = self.lock().span.clone();
        within(&span, poll)
    }

    /// The call that is being polled on this thread.
    pub(super) fn current() -> Option<Arc<Self>> {
        POLLED.with(|polled| polled.borrow().clone())
    }

    /// A request has been built: the first of them starts the span.
    pub(super) fn request(self: &Arc<Self>, request: &mut Request) {
        let mut state = self.lock();
        if state.ended {
            return;
        }
        self.next_attempt(&mut state);
        let head = match &state.head {
            Some(head) => Arc::clone(head),
            None => Arc::new(CallHead::of(request)),
        };
        if self.flags.stream_usage {
            amend::ask_for_usage(request, &head);
        }
        if state.head.is_none() {
            state.head = Some(Arc::clone(&head));
            if head.is_operation() {
                self.start(&mut state, Arc::clone(&head), request);
            }
        }
        if state.shares_bodies && request_body::is_stream(request) {
            state.upload = Some(PartBuffer::default());
            self.recorder().uploading(&self.account);
            let upload = Upload {
                call: Arc::clone(self),
                attempt: state.attempts,
            };
            request_body::observe(request, upload);
        }
        if self.flags.propagation {
            let context = if state.span.is_none() {
                let origin = state.origin.as_ref();
                origin.map_or_else(current_context, CapturedContext::nearest)
            } else {
                state.span.context()
            };
            amend::propagate(request, &head, &context);
        }
    }

    /// A request that was not built anew is sent, maybe once more.
    pub(super) fn sending(&self) {
        let mut state = self.lock();
        state.sendings += 1;
        if !state.ended && state.sendings > state.attempts {
            self.next_attempt(&mut state);
        }
    }

    fn next_attempt(&self, state: &mut State) {
        state.attempts += 1;
        if let Some((failure, at)) = state.last_failure.take()
            && state.is_recorded
        {
            let wait = at.elapsed();
            self.recorder()
                .attempt_failed(&self.account, &state.span, failure, wait);
        }
    }

    /// Starts the span, unless the call is recorded afterwards.
    fn start(self: &Arc<Self>, state: &mut State, head: Arc<CallHead>, request: &mut Request) {
        let Some(origin) = state.origin.take() else {
            return;
        };
        let here = origin.nearest();
        let parent = SpanParent::new(self.handle.tracer(), here.clone());
        let began = (state.started, state.began);
        let caller = self.recorder().caller(parent, began);
        let own = if head.is_recorded_afterwards() {
            Some(SpanContext::NONE)
        } else {
            let from = (origin.span(), here);
            let made = origin.with_subscriber(|| head.span(&self.handle, from, request));
            state.span = made.span;
            state.ends_span = made.is_own;
            self.recorded(&made.context)
        };
        state.origin = Some(origin);
        let Some(own) = own else {
            return;
        };
        state.is_recorded = true;
        state.shares_bodies = head.reads_bodies();
        if head.is_recorded_afterwards() {
            state.response = PartBuffer::unbuffered();
        }
        if own.is_valid() {
            self.recorder().catch_up(own.trace_id());
        }
        state.own.clone_from(&own);
        if state.shares_bodies
            && let Some(body) = request_body::share(request)
        {
            state.request = RequestBody::new(body, &self.account);
            state.has_lost_content = state.request.is_none();
        }
        let first = recorder::Request {
            head,
            content_type: request.headers().get(CONTENT_TYPE).cloned(),
            body: state.request.clone(),
            began: state.started,
            at: state.began,
            caller,
            wants_housekeeping: self.flags.housekeeping,
            own,
        };
        let open: Weak<Self> = Arc::downgrade(self);
        self.recorder().started(&self.account, open, first);
    }

    /// The span of a context, if anything of it is kept, as the sampler and the subscriber's filters decide, or if the
    /// call is measured all the same.
    fn recorded(&self, context: &Context) -> Option<SpanContext> {
        let span = context.span();
        let is_wanted = span.is_recording() || self.recorder().measures();
        is_wanted.then(|| span.span_context().clone())
    }

    /// What was not handed over yet of a body that has ended.
    fn rest(&self, state: &mut State, body: PartBuffer) -> Option<(Rest, Waiting)> {
        let (rest, cost) = body.finish();
        let is_tail = rest.is_tail;
        let rest = self
            .account
            .reserve_beside(cost)
            .map(|waiting| (rest, waiting));
        state.has_lost_content |= is_tail || rest.is_none();
        rest
    }

    /// An attempt has failed; another may follow.
    pub(super) fn attempt_failed(&self, failure: Failure) {
        self.lock().last_failure = Some((failure, Instant::now()));
    }

    /// The call has ended; only the first end counts.
    pub(super) fn end(&self, end: End) {
        let mut state = self.lock();
        if mem::replace(&mut state.ended, true) {
            return;
        }
        let origin = state.origin.take();
        let ended = self.ended(&mut state, end);
        drop(state);
        // The caller's span may end here, so no lock is held, and before the recorder has the end of the call:
        // whoever waits for that has the caller's span as well.
        drop(origin);
        if let Some(ended) = ended {
            self.recorder().ended(&self.account, ended);
        }
    }

    /// The end of the call for the recorder; `None` if it records nothing.
    fn ended(&self, state: &mut State, end: End) -> Option<Ended> {
        if let Some(trace) = state.open_in.take() {
            self.recorder().closed(trace, &self.account);
        }
        let span = mem::replace(&mut state.span, Span::none());
        if !state.is_recorded {
            return None;
        }
        state.release_request();
        self.end_upload(state);
        let response = mem::take(&mut state.response);
        let rest = if state.shares_bodies {
            self.rest(state, response)
        } else {
            None
        };
        if state.has_lost_content {
            self.account.lose();
        }
        Some(Ended {
            span,
            ends_span: state.ends_span,
            end,
            at: SystemTime::now(),
            resends: state.attempts.saturating_sub(1),
            rest,
            has_lost_content: state.has_lost_content,
        })
    }
}

impl OpenCall for Call {
    fn give_up(&self) {
        self.end(End::OpenAtExit);
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Call").finish_non_exhaustive()
    }
}
