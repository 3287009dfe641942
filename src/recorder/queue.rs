//! The queue of messages between the callers and the recorder's thread.
//!
//! Contract: costs a caller one short lock a message. The thread is woken, which costs a caller more than all
//! the rest, only for what should be worked off now: the end of a call, a part of a body, or a lot of messages or
//! bytes. Whatever else is put in waits for that, or for the thread to look by itself. When the thread has worked, it
//! rests, so that a busy program pays for few wake-ups; then only somebody who waits wakes it, or a lot.

use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use opentelemetry_sdk::trace::SpanData;
use reqwest::StatusCode;

use super::account::{CallId, Totals, Waiting};
use super::answer_headers::AnswerHeaders;
use super::call_end::Failure;
use super::exchange::{Ended, OpenCall, Parts, Request, Rest};
use crate::export::fan_out::FanOut;

/// So many messages wake the thread, whatever they are.
const MESSAGES: usize = 64;
/// So many waiting bytes of calls wake the thread.
const BYTES: usize = 1 << 20;
/// How long the thread rests when it has worked.
const REST: Duration = Duration::from_millis(1);
/// So large a batch keeps its memory for the next one.
const BATCH: usize = 512;

/// Messages, and the calls to which they belong.
pub(super) type Batch = VecDeque<(CallId, CallMessage)>;

/// What the recorder's thread is handed.
pub(super) enum CallMessage {
    Started(Request),
    /// The request's body begins to pass, perhaps once more.
    Uploading,
    Uploaded(Parts, Waiting),
    UploadedAll(Option<(Rest, Waiting)>),
    Answered(StatusCode, AnswerHeaders),
    Chunks(Parts, Waiting),
    /// An attempt of a call without a span has failed at this time.
    AttemptFailed(Failure, Duration, SystemTime),
    Ended(Ended),
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

impl CallMessage {
    /// Whether it should be worked off now, not only when something else is.
    fn is_urgent(&self) -> bool {
        !matches!(
            self,
            Self::Started(_)
                | Self::Uploading
                | Self::Answered(..)
                | Self::AttemptFailed(..)
                | Self::SpanEnded(..)
        )
    }
}

/// The queue, shared by the callers and the thread.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    work: Condvar,
    progress: Condvar,
    /// How many messages were ever worked off.
    worked_off: AtomicU64,
    /// How many threads wait for progress.
    waiters: AtomicUsize,
    /// What all calls have waiting.
    pub(super) totals: Arc<Totals>,
    runs: AtomicUsize,
}

#[derive(Default)]
struct State {
    messages: Batch,
    /// How many messages were ever put in.
    taken_in: u64,
    /// Calls that have begun and not ended.
    open: BTreeMap<CallId, Weak<dyn OpenCall>>,
    thread: ThreadState,
    no_thread: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ThreadState {
    /// It looks into the queue by itself.
    #[default]
    Awake,
    /// It has worked a moment ago.
    Resting,
    /// It waits to be woken: nothing urgent is in.
    Asleep,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the message back if there is no thread.
    pub(super) fn put(&self, call: CallId, message: CallMessage) -> Option<CallMessage> {
        self.put_into(self.lock(), call, message)
    }

    /// A call has begun.
    pub(super) fn started(&self, call: CallId, open: Weak<dyn OpenCall>, request: Request) {
        let mut state = self.lock();
        state.open.insert(call, open);
        self.put_into(state, call, CallMessage::Started(request));
    }

    /// A call has ended. Gives the message back if there is no thread.
    pub(super) fn ended(&self, call: CallId, ended: Ended) -> Option<CallMessage> {
        let mut state = self.lock();
        state.open.remove(&call);
        let given_back = self.put_into(state, call, CallMessage::Ended(ended));
        self.tell_waiters();
        given_back
    }

    fn put_into(
        &self,
        mut state: MutexGuard<'_, State>,
        call: CallId,
        message: CallMessage,
    ) -> Option<CallMessage> {
        if state.no_thread {
            return Some(message);
        }
        let is_urgent = match state.thread {
            ThreadState::Awake => false,
            ThreadState::Resting => matches!(message, CallMessage::Settle(_)),
            ThreadState::Asleep => message.is_urgent(),
        };
        state.taken_in += 1;
        state.messages.push_back((call, message));
        let wakes = state.thread != ThreadState::Awake
            && (is_urgent || state.messages.len() >= MESSAGES || self.totals.waiting() >= BYTES);
        if wakes {
            state.thread = ThreadState::Awake;
            drop(state);
            self.work.notify_one();
        }
        None
    }

    /// There is no thread: nothing is taken in, and nobody waits.
    pub(super) fn close(&self) {
        self.lock().no_thread = true;
        self.progress.notify_all();
    }

    /// Ends the calls that are open; returns how many there were.
    pub(super) fn give_up_open(&self) -> usize {
        // A call that ends takes the lock.
        let calls: Vec<_> = mem::take(&mut self.lock().open).into_iter().collect();
        let calls = calls.into_iter().filter_map(|(_, call)| call.upgrade());
        calls.inspect(|call| call.give_up()).count()
    }

    /// Waits until every call has ended; `false` at the deadline.
    pub(super) fn wait_closed(&self, deadline: Instant) -> bool {
        self.wait(deadline, |state| state.open.is_empty())
    }

    /// Waits until all that was put in so far has been worked off; `false` at the deadline.
    pub(super) fn wait_worked_off(&self, deadline: Instant) -> bool {
        let target = self.lock().taken_in;
        self.wait(deadline, |_| {
            self.worked_off.load(Ordering::SeqCst) >= target
        })
    }

    fn wait(&self, deadline: Instant, is_over: impl Fn(&State) -> bool) -> bool {
        let mut state = self.lock();
        self.waiters.fetch_add(1, Ordering::SeqCst);
        let is_over = loop {
            if is_over(&state) || state.no_thread {
                break true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break false;
            }
            let waited = self.progress.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        };
        self.waiters.fetch_sub(1, Ordering::SeqCst);
        is_over
    }

    /// Something has happened that somebody may wait for. Whoever begins to wait now sees it by itself.
    fn tell_waiters(&self) {
        if self.waiters.load(Ordering::SeqCst) > 0 {
            // Between the look and the wait, a waiter has the lock.
            drop(self.lock());
            self.progress.notify_all();
        }
    }

    /// Whether nothing urgent is in.
    pub(super) fn is_idle(&self) -> bool {
        let state = self.lock();
        state.thread == ThreadState::Asleep
            || self.worked_off.load(Ordering::SeqCst) >= state.taken_in
    }

    /// Takes all messages, in exchange for an empty batch. Rests, and waits for urgent ones if there are none, but no
    /// longer than this.
    pub(super) fn take(&self, patience: Duration, batch: &mut Batch) {
        if batch.capacity() > BATCH {
            *batch = Batch::new();
        }
        let mut state = self.wait_as(ThreadState::Resting, REST.min(patience), self.lock());
        if state.messages.is_empty() {
            state = self.wait_as(ThreadState::Asleep, patience, state);
        }
        mem::swap(&mut state.messages, batch);
    }

    /// Waits until the thread is woken, for this long at most.
    fn wait_as<'a>(
        &self,
        thread: ThreadState,
        patience: Duration,
        mut state: MutexGuard<'a, State>,
    ) -> MutexGuard<'a, State> {
        state.thread = thread;
        let waited = self
            .work
            .wait_timeout_while(state, patience, |state| state.thread == thread);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.thread = ThreadState::Awake;
        state
    }

    /// A message has been worked off; so many runs are under way.
    pub(super) fn worked_off(&self, runs: usize) {
        self.runs.store(runs, Ordering::Relaxed);
        self.worked_off.fetch_add(1, Ordering::SeqCst);
        self.tell_waiters();
    }

    /// How many runs of assistants are under way.
    pub(super) fn runs(&self) -> usize {
        self.runs.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// Longer than any test takes.
    const LONG: Duration = Duration::from_secs(60);

    /// How many messages the thread has when it is woken; `put` puts them in while it sleeps.
    fn woken_with(put: impl FnOnce(&Queue)) -> usize {
        let queue = Queue::default();
        thread::scope(|scope| {
            let sleeper = scope.spawn(|| {
                let mut batch = Batch::new();
                queue.take(LONG, &mut batch);
                batch.len()
            });
            while queue.lock().thread != ThreadState::Asleep {
                thread::yield_now();
            }
            put(&queue);
            sleeper.join().unwrap_or_default()
        })
    }

    fn sleeps_after(queue: &Queue, message: CallMessage) -> bool {
        queue.put(1, message);
        queue.lock().thread == ThreadState::Asleep
    }

    #[test]
    fn what_is_not_urgent_waits_for_what_is() {
        let settle = || CallMessage::Settle(Settle::Over);
        let woken = woken_with(|queue| {
            assert!(sleeps_after(queue, CallMessage::Uploading));
            assert!(queue.is_idle());
            assert!(!sleeps_after(queue, settle()));
        });
        assert_eq!(woken, 2);
    }

    #[test]
    fn a_thread_at_rest_is_woken_by_whoever_waits() {
        let queue = Queue::default();
        let rest = |queue: &Queue| {
            let mut state = queue.lock();
            state.thread = ThreadState::Resting;
            state.messages.clear();
        };
        let wakes = |message| {
            rest(&queue);
            queue.put(1, message);
            queue.lock().thread == ThreadState::Awake
        };
        let no_parts = || CallMessage::UploadedAll(None);
        assert!(no_parts().is_urgent() && !wakes(no_parts()));
        assert!(wakes(CallMessage::Settle(Settle::Over)));
        rest(&queue);
        (1..MESSAGES).for_each(|_| drop(queue.put(1, no_parts())));
        assert_eq!(queue.lock().thread, ThreadState::Resting);
        queue.put(1, no_parts());
        assert_eq!(queue.lock().thread, ThreadState::Awake);
    }

    #[test]
    fn many_messages_are_urgent() {
        let woken = woken_with(|queue| {
            for _ in 1..MESSAGES {
                assert!(sleeps_after(queue, CallMessage::Uploading));
            }
            assert!(!sleeps_after(queue, CallMessage::Uploading));
        });
        assert_eq!(woken, MESSAGES);
    }

    #[test]
    fn many_bytes_are_urgent() {
        let woken = woken_with(|queue| {
            let account = crate::recorder::Account::new(&queue.totals);
            let waiting = account.reserve_beside(BYTES);
            assert!(waiting.is_some() && !sleeps_after(queue, CallMessage::Uploading));
        });
        assert_eq!(woken, 1);
    }

    #[test]
    fn whoever_waits_sees_what_is_worked_off() {
        let queue = Queue::default();
        queue.put(1, CallMessage::Uploading);
        assert!(!queue.wait_worked_off(Instant::now()));
        thread::scope(|scope| {
            let waiter = scope.spawn(|| queue.wait_worked_off(Instant::now() + LONG));
            while queue.waiters.load(Ordering::SeqCst) == 0 {
                thread::yield_now();
            }
            queue.worked_off(0);
            assert!(waiter.join().unwrap_or_default());
        });
    }
}
