//! The one thread where bytes are parsed and the spans of calls are filled and closed.
//!
//! Contract: on the caller's path a message is put into a queue, nothing else. Messages of one call
//! are taken in their order. The bytes that messages share are bounded, for each call and for all of them
//! (`account`): over the bound a call loses content, which is counted, and keeps its span and what its end
//! tells. [`Recorder::drain`] waits until all that was put in before has been worked off; a flush does
//! that first. The thread starts with the first call and ends with the last handle.

mod account;
mod call;
mod open;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceId};
use opentelemetry_sdk::trace::SdkTracer;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use tracing::{Span, dispatcher};

use crate::diagnostics::Diagnostics;
use crate::follow::{Caller, Observed, Tools};
use crate::http::call::{Call, End};
use crate::http::factory::Failure;
use crate::http::sharing::{Parts, Rest};
use account::CallId;
#[cfg(test)]
pub(crate) use account::SHARE;
pub(crate) use account::{Account, RequestBody, Totals, Waiting};
use call::Recorded;
use open::OpenStreams;

/// How long the thread sleeps before it looks whether anybody is left.
const PATIENCE: Duration = Duration::from_secs(5);

/// The first request of a call.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) content_type: Option<HeaderValue>,
    /// `None` if it is a stream, or was given up.
    pub(crate) body: Option<RequestBody>,
    /// When the call began.
    pub(crate) at: SystemTime,
    /// `None` if tools are not followed.
    pub(crate) caller: Option<Caller>,
    /// The call's own span.
    pub(crate) own: SpanContext,
}

/// The end of a call.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Still open, so that it can be filled; it has been left for the last time.
    pub(crate) span: Span,
    pub(crate) end: End,
    pub(crate) at: SystemTime,
    /// How often the request was sent again.
    pub(crate) resends: u32,
    /// What is left of the answer; `None` if even that was too much.
    pub(crate) rest: Option<(Rest, Waiting)>,
    /// Whether content was given up, because too much was waiting.
    pub(crate) has_lost_content: bool,
}

enum Message {
    Started(Box<Request>),
    /// The request's body begins to pass, also once more.
    Uploading,
    Uploaded(Parts, Waiting),
    UploadedAll(Option<(Rest, Waiting)>),
    Answered(StatusCode, HeaderMap),
    Chunks(Parts, Waiting),
    Ended(Box<Ended>),
}

/// Takes messages about calls.
pub(crate) struct Recorder {
    shared: Arc<Shared>,
    started: std::sync::Once,
    diagnostics: Diagnostics,
    /// `None` if tools are not followed.
    observed: Option<Arc<Observed>>,
    open: OpenStreams<Call>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
    progress: Condvar,
    totals: Arc<Totals>,
}

#[derive(Default)]
struct State {
    messages: VecDeque<(CallId, Message)>,
    /// How many messages were ever put in, and worked off.
    taken_in: u64,
    worked_off: u64,
    no_thread: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder {
    pub(crate) fn new(diagnostics: Diagnostics, observed: Option<Arc<Observed>>) -> Self {
        Self {
            shared: Arc::default(),
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

    /// What a call's span begins with: what can be told without reading a body.
    pub(crate) fn opening(&self, request: &Request) -> call::Opening {
        call::opening(&request.method, &request.url)
    }

    /// Who makes a call here, if that needs to be known.
    pub(crate) fn caller(&self, tracer: &SdkTracer, began: Instant) -> Option<Caller> {
        let observed = self.observed.as_ref()?;
        Some(Caller::current(observed, tracer, began))
    }

    /// A stream begins to be read, in which a model may ask for tools.
    pub(crate) fn opened(&self, trace: TraceId, call: &Arc<Call>) {
        if self.observed.is_some() {
            self.open.add(trace, call);
        }
    }

    pub(crate) fn closed(&self, trace: TraceId, call: &Call) {
        if self.observed.is_some() {
            self.open.remove(trace, call);
        }
    }

    /// A request is sent: what is held of the streams of its trace comes before it.
    pub(crate) fn catch_up(&self, trace: TraceId) {
        if self.observed.is_some() {
            self.open.of(trace).iter().for_each(|call| call.hand_over());
        }
    }

    pub(crate) fn started(&self, call: &Account, request: Request) {
        self.put(call, Message::Started(Box::new(request)));
    }

    pub(crate) fn uploading(&self, call: &Account) {
        self.put(call, Message::Uploading);
    }

    pub(crate) fn uploaded(&self, call: &Account, parts: Parts, waiting: Waiting) {
        self.put(call, Message::Uploaded(parts, waiting));
    }

    /// `rest` is `None` if even that was too much.
    pub(crate) fn uploaded_all(&self, call: &Account, rest: Option<(Rest, Waiting)>) {
        self.put(call, Message::UploadedAll(rest));
    }

    pub(crate) fn answered(&self, call: &Account, status: StatusCode, headers: HeaderMap) {
        self.put(call, Message::Answered(status, headers));
    }

    pub(crate) fn chunks(&self, call: &Account, chunks: Parts, waiting: Waiting) {
        self.put(call, Message::Chunks(chunks, waiting));
    }

    pub(crate) fn ended(&self, call: &Account, ended: Ended) {
        self.put(call, Message::Ended(Box::new(ended)));
    }

    /// An attempt has failed and the call goes on.
    pub(crate) fn attempt_failed(&self, span: &Span, failure: &Failure, wait: Duration) {
        call::attempt_failed(span, failure, wait);
    }

    /// How many calls lost content because too much was waiting.
    pub(crate) fn lost(&self) -> u64 {
        self.shared.totals.lost()
    }

    fn put(&self, call: &Account, message: Message) {
        self.started.call_once(|| self.start());
        let mut state = self.shared.lock();
        if state.no_thread {
            return;
        }
        state.taken_in += 1;
        state.messages.push_back((call.id, message));
        drop(state);
        self.shared.work.notify_one();
    }

    /// Waits until all that was put in so far has been worked off; `false` at the deadline.
    pub(crate) fn drain(&self, deadline: Instant) -> bool {
        let mut state = self.shared.lock();
        let target = state.taken_in;
        while state.worked_off < target && !state.no_thread {
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
        let tools = self.observed.clone().map(Tools::new);
        let started = thread::Builder::new()
            .name("tracing-genai-recorder".into())
            .spawn(move || {
                let _suppressed = Context::enter_telemetry_suppressed_scope();
                run(&shared, &diagnostics, tools);
            });
        if started.is_err() {
            self.shared.lock().no_thread = true;
        }
    }
}

/// Works until nobody is left who could put anything in.
fn run(shared: &Weak<Shared>, diagnostics: &Diagnostics, mut tools: Option<Tools>) {
    let mut calls: HashMap<CallId, Recorded> = HashMap::new();
    while let Some(shared) = shared.upgrade() {
        let messages = {
            let mut state = shared.lock();
            if state.messages.is_empty() {
                state = shared
                    .work
                    .wait_timeout(state, PATIENCE)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
            }
            std::mem::take(&mut state.messages)
        };
        for (id, message) in messages {
            let worked = catch_unwind(AssertUnwindSafe(|| {
                work(&mut calls, &mut tools, id, message)
            }));
            if worked.is_err() {
                calls.remove(&id);
                diagnostics.warn(
                    "recorder",
                    format_args!("a model call could not be read; please report it"),
                );
            }
            let mut state = shared.lock();
            state.worked_off += 1;
            drop(state);
            shared.progress.notify_all();
        }
    }
}

fn work(
    calls: &mut HashMap<CallId, Recorded>,
    tools: &mut Option<Tools>,
    id: CallId,
    message: Message,
) {
    match message {
        Message::Started(request) => {
            let call = Recorded::new(*request);
            if let Some(tools) = tools {
                if call.has_results() {
                    // Their readers may have seen the end and not let go.
                    calls.values_mut().for_each(|other| other.ask_early(tools));
                }
                call.bring_results(tools);
            }
            calls.insert(id, call);
        }
        Message::Uploading => {
            if let Some(call) = calls.get_mut(&id) {
                call.uploading();
            }
        }
        Message::Uploaded(parts, _waiting) => {
            if let Some(call) = calls.get_mut(&id) {
                call.uploaded(&parts);
            }
        }
        Message::UploadedAll(rest) => {
            if let Some(call) = calls.get_mut(&id) {
                call.uploaded_all(rest.as_ref().map(|(rest, _waiting)| rest));
            }
        }
        Message::Answered(status, headers) => {
            if let Some(call) = calls.get_mut(&id) {
                call.answered(status, &headers);
            }
        }
        Message::Chunks(chunks, _waiting) => {
            if let Some(call) = calls.get_mut(&id) {
                call.chunks(&chunks);
            }
        }
        Message::Ended(ended) => {
            if let Some(call) = calls.remove(&id) {
                // The registry lets go of a closed span's parent by way of the thread's subscriber: without
                // it, the caller's span would never end.
                let subscriber = ended
                    .span
                    .with_subscriber(|(_, subscriber)| subscriber.clone());
                let subscriber = subscriber.unwrap_or_default();
                dispatcher::with_default(&subscriber, || call.end(*ended, tools.as_mut()));
            }
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Recorder").finish_non_exhaustive()
    }
}
