//! The queue of messages between the callers and the recorder's thread.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use opentelemetry_sdk::trace::SpanData;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::account::{CallId, Totals, Waiting};
use super::call_end::Failure;
use super::exchange::{Ended, Parts, Request, Rest};
use crate::export::fan_out::FanOut;

/// What the recorder's thread is handed.
pub(super) enum CallMessage {
    Started(Box<Request>),
    /// The request's body begins to pass, perhaps once more.
    Uploading,
    Uploaded(Parts, Waiting),
    UploadedAll(Option<(Rest, Waiting)>),
    Answered(StatusCode, HeaderMap),
    Chunks(Parts, Waiting),
    /// An attempt of a call without a span has failed at this time.
    AttemptFailed(Failure, Duration, SystemTime),
    Ended(Box<Ended>),
    /// A span of an operation has ended that may have to be measured.
    SpanEnded(Arc<SpanData>, Waiting),
    /// A span of a tool has ended of which only the call's id is known, or a function that may be a tool; where it
    /// goes then, and its size.
    ToolEnded(Box<SpanData>, FanOut, usize, Waiting),
    Settle(Settle),
}

/// How much of what is tracked across calls has to be recorded now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settle {
    /// What is over.
    Over,
    /// Everything: nothing more will come.
    All,
}

/// The queue, shared by the callers and the thread.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    work: Condvar,
    progress: Condvar,
    /// What all calls have waiting.
    pub(super) totals: Arc<Totals>,
    runs: AtomicUsize,
}

#[derive(Default)]
struct State {
    messages: VecDeque<(CallId, CallMessage)>,
    /// How many messages were ever put in, and worked off.
    taken_in: u64,
    worked_off: u64,
    /// Calls that have begun and not ended.
    open: usize,
    no_thread: bool,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the message back if there is no thread.
    pub(super) fn put(&self, call: CallId, message: CallMessage) -> Option<CallMessage> {
        let mut state = self.lock();
        if state.no_thread {
            return Some(message);
        }
        state.taken_in += 1;
        state.messages.push_back((call, message));
        drop(state);
        self.work.notify_one();
        None
    }

    /// There is no thread: nothing is taken in, and nobody waits.
    pub(super) fn close(&self) {
        self.lock().no_thread = true;
        self.progress.notify_all();
    }

    /// A call has begun.
    pub(super) fn opened(&self) {
        self.lock().open += 1;
    }

    /// A call has ended.
    pub(super) fn closed(&self) {
        {
            let mut state = self.lock();
            state.open = state.open.saturating_sub(1);
        }
        self.progress.notify_all();
    }

    /// Waits until every call has ended; `false` at the deadline.
    pub(super) fn wait_closed(&self, deadline: Instant) -> bool {
        self.wait(deadline, |state| state.open == 0)
    }

    /// Waits until all that was put in so far has been worked off; `false` at the deadline.
    pub(super) fn wait_worked_off(&self, deadline: Instant) -> bool {
        let target = self.lock().taken_in;
        self.wait(deadline, |state| state.worked_off >= target)
    }

    fn wait(&self, deadline: Instant, is_over: impl Fn(&State) -> bool) -> bool {
        let mut state = self.lock();
        while !is_over(&state) && !state.no_thread {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.progress.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Takes all messages. Waits for some if there are none, but no longer than this.
    pub(super) fn take(&self, patience: Duration) -> VecDeque<(CallId, CallMessage)> {
        let mut state = self.lock();
        if state.messages.is_empty() {
            let waited = self.work.wait_timeout(state, patience);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        std::mem::take(&mut state.messages)
    }

    /// A message has been worked off; so many runs are under way.
    pub(super) fn worked_off(&self, runs: usize) {
        self.runs.store(runs, Ordering::Relaxed);
        self.lock().worked_off += 1;
        self.progress.notify_all();
    }

    /// How many runs of assistants are under way.
    pub(super) fn runs(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }
}
