//! The recorder's thread: takes messages in their order and hands them to the calls and trackers.
//!
//! Contract: a panic while a message is worked off costs the call that it belongs to, is logged, and the
//! next message is taken. Only this thread touches calls and trackers.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Weak;
use std::time::{Duration, Instant};

use tracing::dispatcher;

use super::account::CallId;
use super::call::RecordedCall;
use super::finish::finish;
use super::queue::{Batch, CallMessage, Queue, Settle};
use super::tools::Tools;
use super::trackers::Trackers;
use crate::diagnostics::Diagnostics;
use crate::wire::Limits;

/// How long the thread sleeps before it looks whether the telemetry still exists.
const PATIENCE: Duration = Duration::from_secs(5);

/// Works until nobody is left who could put anything in.
pub(super) fn run(
    queue: &Weak<Queue>,
    diagnostics: &Diagnostics,
    mut trackers: Trackers,
    limits: Limits,
) {
    let panicked = || {
        diagnostics.warn(
            "recorder",
            format_args!("a model call could not be read; please report it"),
        );
    };
    let mut calls = Calls::default();
    let mut batch = Batch::new();
    while let Some(queue) = queue.upgrade() {
        let due = trackers.deadline();
        let due = due.map(|due| due.saturating_duration_since(Instant::now()));
        queue.take(due.unwrap_or(PATIENCE).min(PATIENCE), &mut batch);
        if catch_unwind(AssertUnwindSafe(|| trackers.sweep())).is_err() {
            panicked();
        }
        for (id, message) in batch.drain(..) {
            let worked = catch_unwind(AssertUnwindSafe(|| {
                work(&mut calls, &mut trackers, limits, id, message);
            }));
            if worked.is_err() {
                calls.remove(id);
                panicked();
            }
            queue.worked_off(trackers.assistants.runs());
        }
    }
    // Without a flush before, whatever is left is recorded now.
    let _ = catch_unwind(AssertUnwindSafe(|| trackers.settle(Settle::All)));
}

/// The calls that have begun and not ended.
#[derive(Default)]
struct Calls {
    open: HashMap<CallId, RecordedCall>,
    /// Those whose answers are over, though their bodies are not.
    over: HashSet<CallId>,
}

impl Calls {
    fn remove(&mut self, id: CallId) -> Option<RecordedCall> {
        self.over.remove(&id);
        self.open.remove(&id)
    }

    /// Remembers the tools of answers whose readers may have seen the end without dropping the stream.
    fn ask_early(&mut self, tools: &mut Tools) {
        for id in self.over.drain() {
            if let Some(call) = self.open.get_mut(&id) {
                call.ask_early(tools);
            }
        }
    }
}

fn work(
    calls: &mut Calls,
    trackers: &mut Trackers,
    limits: Limits,
    id: CallId,
    message: CallMessage,
) {
    match message {
        CallMessage::Started(request) => {
            let wants_gaps = trackers.spans.ledger.is_wanted();
            let call = RecordedCall::new(request, limits, wants_gaps);
            if let Some(tools) = &mut trackers.tools
                && call.has_results()
            {
                calls.ask_early(tools);
            }
            trackers.started(&call);
            calls.open.insert(id, call);
        }
        CallMessage::Uploading => {
            if let Some(call) = calls.open.get_mut(&id) {
                call.uploading();
            }
        }
        CallMessage::Uploaded(parts, _waiting) => {
            if let Some(call) = calls.open.get_mut(&id) {
                call.uploaded(&parts);
            }
        }
        CallMessage::UploadedAll(rest) => {
            if let Some(call) = calls.open.get_mut(&id) {
                call.uploaded_all(rest.as_ref().map(|(rest, _waiting)| rest));
            }
        }
        CallMessage::Answered(status, headers) => {
            if let Some(call) = calls.open.get_mut(&id) {
                call.answered(status, &headers);
                trackers.answered(call);
            }
        }
        CallMessage::Chunks(chunks, _waiting) => {
            if let Some(call) = calls.open.get_mut(&id) {
                call.chunks(&chunks);
                if call.is_over() {
                    calls.over.insert(id);
                }
                trackers.assistants.read(call, &mut trackers.spans);
            }
        }
        CallMessage::AttemptFailed(failure, wait, at) => {
            if let Some(call) = calls.open.get_mut(&id) {
                call.attempt_failed(&failure, wait, at);
            }
        }
        CallMessage::SpanEnded(span, _waiting) => trackers.spans.ledger.ended(&span),
        CallMessage::ToolEnded(span, fan_out, bytes, _waiting) => {
            if let Some(tools) = &mut trackers.tools {
                calls.ask_early(tools);
            }
            trackers.tool_ended(span, fan_out, bytes);
        }
        CallMessage::Settle(settle) => trackers.settle(settle),
        CallMessage::Ended(ended) => {
            if let Some(call) = calls.remove(id) {
                // The registry releases the parent of a closed span by way of the thread's subscriber:
                // without it, the caller's span would never end.
                let subscriber = ended
                    .span
                    .with_subscriber(|(_, subscriber)| subscriber.clone());
                let subscriber = subscriber.unwrap_or_default();
                dispatcher::with_default(&subscriber, || finish(call, ended, trackers));
            }
        }
    }
}
