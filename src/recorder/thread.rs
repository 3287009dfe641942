//! The recorder's thread: takes messages in their order and hands them to the calls and to what follows
//! them.
//!
//! Contract: a fault while a message is worked off costs the call that it belongs to, is said, and the next
//! message is taken. Nothing but this thread touches calls and what is followed.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{PoisonError, Weak};
use std::time::{Duration, Instant};

use tracing::dispatcher;

use super::account::CallId;
use super::call::Recorded;
use super::follow::Follow;
use super::{Message, Settle, Shared};
use crate::diagnostics::Diagnostics;
use crate::wire;

/// How long the thread sleeps before it looks whether anybody is left.
const PATIENCE: Duration = Duration::from_secs(5);

/// Works until nobody is left who could put anything in.
pub(super) fn run(
    shared: &Weak<Shared>,
    diagnostics: &Diagnostics,
    mut follow: Follow,
    texts: wire::Limits,
) {
    let mut calls: HashMap<CallId, Recorded> = HashMap::new();
    while let Some(shared) = shared.upgrade() {
        let messages = {
            let mut state = shared.lock();
            if state.messages.is_empty() {
                let due = follow.deadline();
                let due = due.map(|due| due.saturating_duration_since(Instant::now()));
                state = shared
                    .work
                    .wait_timeout(state, due.unwrap_or(PATIENCE).min(PATIENCE))
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
            }
            std::mem::take(&mut state.messages)
        };
        let unread = || {
            diagnostics.warn(
                "recorder",
                format_args!("a model call could not be read; please report it"),
            );
        };
        if catch_unwind(AssertUnwindSafe(|| follow.sweep())).is_err() {
            unread();
        }
        for (id, message) in messages {
            let worked = catch_unwind(AssertUnwindSafe(|| {
                work(&mut calls, &mut follow, texts, id, message)
            }));
            if worked.is_err() {
                calls.remove(&id);
                unread();
            }
            shared.runs.store(follow.runs(), Ordering::Relaxed);
            let mut state = shared.lock();
            state.worked_off += 1;
            drop(state);
            shared.progress.notify_all();
        }
    }
    // Nobody asked for it, and nobody will.
    let _ = catch_unwind(AssertUnwindSafe(|| follow.settle(Settle::All)));
}

fn work(
    calls: &mut HashMap<CallId, Recorded>,
    follow: &mut Follow,
    texts: wire::Limits,
    id: CallId,
    message: Message,
) {
    match message {
        Message::Started(request) => {
            let call = Recorded::new(*request, texts, follow.ledger().is_wanted());
            if let Some(tools) = &mut follow.tools
                && call.has_results()
            {
                // Their readers may have seen the end and not let go.
                calls.values_mut().for_each(|other| other.ask_early(tools));
            }
            follow.started(&call);
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
                follow.answered(call);
            }
        }
        Message::Chunks(chunks, _waiting) => {
            if let Some(call) = calls.get_mut(&id) {
                call.chunks(&chunks);
                follow.chunks(call);
            }
        }
        Message::AttemptFailed(failure, wait, at) => {
            if let Some(call) = calls.get_mut(&id) {
                call.attempt_failed(&failure, wait, at);
            }
        }
        Message::Observed(span, _waiting) => follow.ledger().ended(&span),
        Message::Settle(settle) => follow.settle(settle),
        Message::Ended(ended) => {
            if let Some(call) = calls.remove(&id) {
                // The registry lets go of a closed span's parent by way of the thread's subscriber: without
                // it, the caller's span would never end.
                let subscriber = ended
                    .span
                    .with_subscriber(|(_, subscriber)| subscriber.clone());
                let subscriber = subscriber.unwrap_or_default();
                dispatcher::with_default(&subscriber, || call.end(*ended, follow));
            }
        }
    }
}
