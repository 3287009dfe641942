//! One logical call: from the first attempt to the last byte of the answer.
//!
//! Shared by the factory that builds requests, the future that waits for the answer and the body
//! that is read; whichever of them sees the end first ends the call, once. The span is made when the
//! first request is built, in the place where the call was made, so that its parent is the caller's
//! span wherever the future is polled. On this side nothing is parsed: bytes are shared with the
//! recorder, which does everything else on its own thread.

use std::cell::RefCell;
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceId};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Request, StatusCode};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::part_buffer::Sharing;
use super::{request_body, usage};
use crate::context::handle::Handle;
use crate::context::{Origin, as_traceparent};
use crate::recorder;
use crate::recorder::{
    Account, End, Ended, Failure, OpenStream, Recorder, RequestBody, Rest, Waiting,
};
use crate::span::current_context;

/// What the layer was asked to do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub(crate) propagate: bool,
    pub(crate) include_usage: bool,
    pub(crate) housekeeping: bool,
}

/// Which attempt of a call, from 1 on.
pub(crate) type Attempt = u32;

pub(crate) struct Call {
    handle: Handle,
    recorder: Arc<Recorder>,
    origin: Origin,
    options: Options,
    account: Arc<Account>,
    state: Mutex<State>,
}

struct State {
    started: Instant,
    began: SystemTime,
    /// `None` before the first request is built.
    span: Option<Span>,
    /// Whether the span records or the call is measured: nothing is shared otherwise.
    is_recorded: bool,
    /// While the answer is a stream.
    open_in: Option<TraceId>,
    /// Of a span that records.
    own: SpanContext,
    attempts: Attempt,
    last_failure: Option<(Failure, Instant)>,
    /// Until the answer begins.
    request: Option<RequestBody>,
    /// A request's body on its way, of the last attempt.
    upload: Option<Sharing>,
    answer: Sharing,
    has_lost_content: bool,
    ended: bool,
}

impl State {
    /// The client may let go of the request from now on; whether its content is lost by that.
    fn release_request(&mut self) -> bool {
        self.request.take().is_some_and(|body| body.release())
    }
}

thread_local! {
    /// The call whose future is being polled: retry layers pass nothing on but factories.
    static POLLED: RefCell<Option<Arc<Call>>> = const { RefCell::new(None) };
}

impl Call {
    pub(crate) fn new(handle: Handle, recorder: Arc<Recorder>, options: Options) -> Arc<Self> {
        Arc::new(Self {
            origin: Origin::current(),
            options,
            account: recorder.new_call(),
            state: Mutex::new(State {
                started: Instant::now(),
                began: SystemTime::now(),
                span: None,
                is_recorded: false,
                open_in: None,
                own: SpanContext::NONE,
                attempts: 0,
                last_failure: None,
                request: None,
                upload: None,
                answer: Sharing::default(),
                has_lost_content: false,
                ended: false,
            }),
            handle,
            recorder,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Runs `poll` so that an attempt inside finds this call.
    pub(crate) fn polled<T>(self: &Arc<Self>, poll: impl FnOnce() -> T) -> T {
        struct Restore(Option<Arc<Call>>);
        impl Drop for Restore {
            fn drop(&mut self) {
                POLLED.with(|polled| *polled.borrow_mut() = self.0.take());
            }
        }
        let outer = POLLED.with(|polled| polled.borrow_mut().replace(Arc::clone(self)));
        let _restore = Restore(outer);
        let span = self.lock().span.clone();
        match span {
            Some(span) => span.in_scope(poll),
            None => poll(),
        }
    }

    /// The call that is being polled on this thread.
    pub(crate) fn current() -> Option<Arc<Self>> {
        POLLED.with(|polled| polled.borrow().clone())
    }

    /// A request has been built: the first of them starts the span.
    pub(crate) fn request(self: &Arc<Self>, request: &mut Request) {
        let mut state = self.lock();
        if state.ended {
            return;
        }
        state.attempts += 1;
        if self.options.include_usage {
            usage::include(request);
        }
        if let Some((failure, at)) = state.last_failure.take()
            && let Some(span) = state.span.as_ref().filter(|_| state.is_recorded)
        {
            let wait = at.elapsed();
            self.recorder()
                .attempt_failed(&self.account, span, failure, wait);
        }
        if state.span.is_none() {
            let mut first = recorder::Request {
                endpoint: recorder::endpoint(request),
                url: request.url().clone(),
                content_type: request.headers().get(CONTENT_TYPE).cloned(),
                body: None,
                at: state.began,
                caller: None,
                wants_housekeeping: self.options.housekeeping,
                own: SpanContext::NONE,
            };
            let opening = self.recorder().opening(&first);
            let is_told_afterwards = opening.is_told_afterwards();
            let (span, own) = self.origin.run(|| {
                let caller = self.recorder().caller(self.handle.tracer(), state.started);
                first.caller = Some(caller);
                if is_told_afterwards {
                    let own = opening.is_wanted().then_some(SpanContext::NONE);
                    return (Span::none(), own);
                }
                let span = opening.span();
                let own = recorded(&span).or_else(|| self.measured(&span));
                (span, own)
            });
            if is_told_afterwards {
                state.answer = Sharing::eager();
            }
            state.is_recorded = own.is_some();
            if let Some(own) = own {
                if own.is_valid() {
                    self.recorder().catch_up(own.trace_id());
                }
                state.own.clone_from(&own);
                first.own = own;
                if let Some(body) = request_body::share(request) {
                    first.body = RequestBody::new(body, &self.account);
                    state.has_lost_content = first.body.is_none();
                    state.request.clone_from(&first.body);
                }
                self.recorder().started(&self.account, first);
            }
            state.span = Some(span);
        }
        if state.is_recorded && request_body::is_stream(request) {
            state.upload = Some(Sharing::default());
            self.recorder().uploading(&self.account);
            request_body::tee(request, self, state.attempts);
        }
        if self.options.propagate
            && let Some(span) = &state.span
        {
            let context = if span.is_none() {
                self.origin.run(current_context)
            } else {
                span.context()
            };
            propagate(&context, request.headers_mut());
        }
    }

    /// A span of which nothing is kept, if the call is measured all the same.
    fn measured(&self, span: &Span) -> Option<SpanContext> {
        let own = || span.context().span().span_context().clone();
        self.recorder().measures().then(own)
    }

    /// A part of the request has been sent.
    pub(crate) fn sent(&self, attempt: Attempt, part: &Bytes) {
        let mut state = self.lock();
        if state.attempts != attempt {
            return;
        }
        let Some(upload) = &mut state.upload else {
            return;
        };
        let reserve = |bytes| self.account.reserve(bytes);
        if let Some((parts, waiting)) = upload.push(part, Duration::ZERO, reserve) {
            self.recorder().uploaded(&self.account, parts, waiting);
        }
    }

    /// Nothing more of the request will be sent.
    pub(crate) fn sent_all(&self, attempt: Attempt) {
        let mut state = self.lock();
        if state.attempts == attempt {
            self.end_upload(&mut state);
        }
    }

    fn end_upload(&self, state: &mut State) {
        if let Some(upload) = state.upload.take() {
            let rest = self.rest(state, upload);
            self.recorder().uploaded_all(&self.account, rest);
        }
    }

    /// What was not handed over of a body that has ended.
    fn rest(&self, state: &mut State, body: Sharing) -> Option<(Rest, Waiting)> {
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
    pub(crate) fn attempt_failed(&self, failure: Failure) {
        self.lock().last_failure = Some((failure, Instant::now()));
    }

    /// The answer has begun.
    pub(crate) fn answered(self: &Arc<Self>, status: StatusCode, headers: &HeaderMap) {
        let mut state = self.lock();
        state.last_failure = None;
        if !state.ended && state.is_recorded {
            state.has_lost_content |= state.release_request();
            let content_type = headers.get(CONTENT_TYPE);
            if content_type.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream")) {
                let trace = state.own.trace_id();
                state.open_in = Some(trace);
                let stream: Weak<Self> = Arc::downgrade(self);
                self.recorder().opened(trace, &self.account, stream);
            }
            self.recorder()
                .answered(&self.account, status, headers.clone());
        }
    }

    /// A part of the answer has come.
    pub(crate) fn chunk(&self, chunk: &Bytes) {
        let mut state = self.lock();
        if state.ended || !state.is_recorded {
            return;
        }
        let at = state.started.elapsed();
        let reserve = |bytes| self.account.reserve(bytes);
        if let Some((chunks, waiting)) = state.answer.push(chunk, at, reserve) {
            self.recorder().chunks(&self.account, chunks, waiting);
        }
    }

    /// The call has ended; only the first end counts.
    pub(crate) fn end(&self, end: End) {
        let mut state = self.lock();
        if mem::replace(&mut state.ended, true) {
            return;
        }
        if let Some(trace) = state.open_in.take() {
            self.recorder().closed(trace, &self.account);
        }
        let Some(span) = state.span.take() else {
            // Nothing was ever built: there is no request to tell of.
            return;
        };
        // tracing-opentelemetry ends a span at its last exit, and this is the end.
        span.in_scope(|| ());
        if !state.is_recorded {
            return;
        }
        state.has_lost_content |= state.release_request();
        self.end_upload(&mut state);
        let answer = mem::take(&mut state.answer);
        let rest = self.rest(&mut state, answer);
        let has_lost_content = state.has_lost_content;
        if has_lost_content {
            self.account.lose();
        }
        let resends = state.attempts.saturating_sub(1);
        let ended = Ended {
            span,
            end,
            at: SystemTime::now(),
            resends,
            rest,
            has_lost_content,
        };
        self.recorder().ended(&self.account, ended);
    }
}

impl OpenStream for Call {
    fn hand_over(&self) {
        let mut state = self.lock();
        if state.ended {
            return;
        }
        let reserve = |bytes| self.account.reserve(bytes);
        if let Some((chunks, waiting)) = state.answer.hand_over(reserve) {
            self.recorder().chunks(&self.account, chunks, waiting);
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Call").finish_non_exhaustive()
    }
}

/// The span, if anything that it is told is kept: the sampler and the subscriber's filters decide.
fn recorded(span: &Span) -> Option<SpanContext> {
    if span.is_disabled() {
        return None;
    }
    let context = span.context();
    let span = context.span();
    span.is_recording().then(|| span.span_context().clone())
}

fn propagate(context: &Context, headers: &mut HeaderMap) {
    let span = context.span();
    let id = span.span_context();
    if !id.is_valid() {
        return;
    }
    if let Ok(value) = as_traceparent(id).parse() {
        headers.insert("traceparent", value);
    }
}
