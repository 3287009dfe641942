//! The runs that are under way.
//!
//! Contract: pure except for the times that it is given. A run is reported once: when it is over and
//! nothing more is expected of it, when everything is to be reported, or when nothing was heard of it for
//! too long. Afterwards only what was not reported yet follows, and no count twice. Bounded: of too many
//! runs, the least recently seen is reported as far as it was seen.

mod finish;

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

use super::exchange::Exchange;
use super::finished_run::FinishedRun;
use super::functions::Functions;
use super::ids::RunId;
use super::limits::RunLimits;
use super::lru::LruMap;
use super::run::{Run, RunFunction};
use super::sink::ReportSink;
use super::threads::Threads;
use crate::wire::{
    AssistantObject, AssistantsEndpoint, AssistantsObject, ErrorFacts, MessageObject, RunObject,
    StepObject,
};

/// How many reported runs are remembered.
const FINISHED: usize = 4_096;
/// How many assistants' names are remembered.
const AGENTS: usize = 1_024;
/// After how long OpenAI lets a run expire.
const EXPIRY: Duration = Duration::from_secs(600);
/// How many bytes of content all runs may keep.
const CONTENT: usize = 64 << 20;
/// A run that claims to live longer is not believed.
const LONGEST_LIFE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The runs that are under way.
pub(super) struct Registry<S: ReportSink> {
    limits: RunLimits,
    runs: LruMap<RunId, Entry<S>>,
    deadlines: BTreeSet<(Instant, RunId)>,
    functions: Functions,
    /// Of all runs, in bytes, as of the last count.
    content: usize,
    finished: LruMap<RunId, FinishedRun<S::Parent>>,
    threads: Threads,
    /// Assistants, by server and id.
    agents: LruMap<(String, String), AssistantObject>,
}

struct Entry<S: ReportSink> {
    run: Run<S::Creator>,
    agent: S::Agent,
    created: Instant,
    deadline: Instant,
    content: usize,
}

impl<S: ReportSink> Registry<S> {
    pub(super) fn new(limits: RunLimits) -> Self {
        Self {
            limits,
            runs: LruMap::new(limits.runs),
            deadlines: BTreeSet::new(),
            functions: Functions::default(),
            content: 0,
            finished: LruMap::new(FINISHED),
            threads: Threads::new(),
            agents: LruMap::new(AGENTS),
        }
    }

    /// How many runs are under way.
    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }

    /// When [`Registry::sweep`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Name and description of the function that a run waits for under this id.
    pub(super) fn function(&self, call_id: &str) -> Option<(&str, Option<&str>)> {
        let entry = self.runs.peek(self.functions.run(call_id)?)?;
        entry.run.function(call_id)
    }

    /// Whether a run waits for a function with such a name.
    pub(super) fn has_function(&self, is_meant: impl Fn(&str) -> bool) -> bool {
        self.functions.names().any(is_meant)
    }

    /// The functions of a run whose results were sent.
    pub(super) fn answered_functions(&self, run: &RunId) -> Vec<RunFunction<'_>> {
        let entry = self.runs.peek(run);
        entry
            .map(|entry| entry.run.answered_functions())
            .unwrap_or_default()
    }

    /// A request brings results of functions. Returns the run that they belong to.
    pub(super) fn submitted(&mut self, call: &Exchange<S::Creator>) -> Option<RunId> {
        let id = call.run_id(None, None)?;
        let run = &mut self.runs.get(&id)?.run;
        self.functions.follow(&id, run, |run| {
            run.submitted(&call.request.tool_results, call.began);
        });
        Some(id)
    }

    /// The stream of a run ended with an error; the run may go on.
    pub(super) fn broken(&mut self, call: &Exchange<S::Creator>, error: &ErrorFacts) {
        if let Some(id) = &call.current
            && let Some(entry) = self.runs.get(id)
        {
            entry.run.stream_error = Some(error.clone());
        }
    }

    /// Polling a run has failed; returns whether the run is known, so that it reports the failure.
    pub(super) fn failed(
        &mut self,
        call: &Exchange<S::Creator>,
        at: SystemTime,
        kind: &str,
        is_gone: bool,
        sink: &mut S,
    ) -> bool {
        let Some(id) = call.run_id(None, None) else {
            return false;
        };
        let Some(entry) = self.runs.get(&id) else {
            return false;
        };
        entry.run.see_failure(at, kind.to_owned(), is_gone);
        if entry.run.is_lost {
            self.finish(&id, sink);
        }
        true
    }

    /// An object was shown at this time.
    pub(super) fn show(
        &mut self,
        call: &mut Exchange<S::Creator>,
        shown: AssistantsObject,
        (at, now): (SystemTime, Instant),
        sink: &mut S,
    ) {
        self.sweep(now, sink);
        self.take(call, shown, (at, now), sink);
        while self.content > CONTENT {
            let Some(oldest) = self.runs.keys().next().cloned() else {
                break;
            };
            self.finish(&oldest, sink);
        }
    }

    fn take(
        &mut self,
        call: &mut Exchange<S::Creator>,
        shown: AssistantsObject,
        (at, now): (SystemTime, Instant),
        sink: &mut S,
    ) {
        match shown {
            AssistantsObject::Assistant(assistant) => {
                let id = (call.server.clone(), assistant.id.clone());
                self.agents.insert(id, assistant);
            }
            AssistantsObject::Thread(thread) => {
                if call.endpoint == AssistantsEndpoint::ThreadCreate
                    && let Some(id) = call.thread_id(Some(thread))
                {
                    self.threads.made(&id, &call.request.messages);
                }
            }
            AssistantsObject::Message(message) => self.message(call, message, sink),
            AssistantsObject::Run(run) => self.run(call, *run, (at, now), sink),
            AssistantsObject::Step(step) => self.step(call, *step, at, sink),
            AssistantsObject::Begun(piece) => {
                if let Some(id) = &call.current
                    && let Some(entry) = self.runs.get(id)
                {
                    entry.run.see_first_piece(piece, at);
                }
            }
            AssistantsObject::Deleted => {
                if call.endpoint == AssistantsEndpoint::Thread
                    && let Some(id) = call.thread_id(None)
                {
                    self.threads.forget(&id);
                }
            }
            AssistantsObject::Nothing => {}
        }
    }

    fn message(&mut self, call: &Exchange<S::Creator>, message: MessageObject, sink: &mut S) {
        let Some(thread) = call.thread_id(message.thread_id.clone()).or_else(|| {
            let id = call.current.as_ref()?;
            Some(id.thread.clone())
        }) else {
            return;
        };
        let is_new = call.endpoint == AssistantsEndpoint::MessageCreate;
        self.threads.seen(&thread, &message, is_new);
        let of_run = message.run_id.clone().map(|run| RunId { thread, run });
        // The head of a message may be missing on a stream that was joined late.
        let of_run = of_run.or_else(|| call.current.clone().filter(|_| message.is_partial));
        if message.role == "assistant"
            && let Some(id) = of_run
            && let Some(entry) = self.runs.get(&id)
        {
            entry.run.see_message(message);
            self.weigh(&id);
            self.finish_if_complete(&id, sink);
        }
    }

    fn step(
        &mut self,
        call: &Exchange<S::Creator>,
        step: StepObject,
        at: SystemTime,
        sink: &mut S,
    ) {
        let Some(id) = call.run_id(step.thread_id.clone(), step.run_id.clone()) else {
            return;
        };
        if let Some(entry) = self.runs.get(&id) {
            entry.run.see_step(step, at, call.is_stream);
            self.weigh(&id);
            self.finish_if_complete(&id, sink);
        } else if let Some(finished) = self.finished.get(&id)
            && let Some(late) = finished.step(step)
            && let Some(parent) = &finished.parent
        {
            sink.late(parent, late);
        }
    }

    fn run(
        &mut self,
        call: &mut Exchange<S::Creator>,
        object: RunObject,
        (at, now): (SystemTime, Instant),
        sink: &mut S,
    ) {
        let Some(id) = call.run_id(object.thread_id.clone(), Some(object.id.clone())) else {
            return;
        };
        call.current = Some(id.clone());
        let creates = matches!(
            call.endpoint,
            AssistantsEndpoint::RunCreate | AssistantsEndpoint::ThreadAndRun
        );
        if let Some(entry) = self.runs.get(&id) {
            entry.run.polls += u64::from(call.endpoint == AssistantsEndpoint::RunRetrieve);
            entry.run.is_cancelled_here |= call.endpoint == AssistantsEndpoint::RunCancel;
            self.functions
                .follow(&id, &mut entry.run, |run| run.see(object, at));
        } else if let Some(finished) = self.finished.get(&id)
            // A poll may have been faster than the answer to its creator.
            && !(creates && finished.parent.is_none())
        {
            if let Some(late) = finished.run(&object, at)
                && let Some(parent) = &finished.parent
            {
                sink.late(parent, late);
            }
            return;
        } else if creates {
            self.begin(call, &id, object, (at, now), sink);
        } else {
            // Lists show runs that ended long ago.
            if object.is_over() && call.endpoint != AssistantsEndpoint::RunList {
                sink.foreign(&call.creator, (call.began, at), &object);
                self.finished.insert(id, FinishedRun::foreign(at));
            }
            return;
        }
        self.put_off(&id, now);
        self.weigh(&id);
        self.finish_if_complete(&id, sink);
    }

    fn begin(
        &mut self,
        call: &Exchange<S::Creator>,
        id: &RunId,
        mut object: RunObject,
        (at, now): (SystemTime, Instant),
        sink: &mut S,
    ) {
        match call.endpoint {
            AssistantsEndpoint::ThreadAndRun => {
                self.threads.made(&id.thread, &call.request.messages)
            }
            _ => self.threads.sent(&id.thread, &call.request.messages),
        }
        // What a server leaves out, the request says.
        let asked_for = call.request.agent_id.clone();
        object.assistant_id = object.assistant_id.or(asked_for);
        let thread = Some(id.thread.thread.clone());
        object.thread_id = object.thread_id.or(thread);
        let mut run = Run::new(call.creator.clone(), call.began, at, object);
        run.begins_with(self.threads.begin(&id.thread, &id.run));
        run.instructions
            .clone_from(&call.request.system_instructions);
        if let Some(id) = &run.object.assistant_id {
            let known = self.agents.get(&(call.server.clone(), id.clone()));
            if let Some(assistant) = known {
                run.agent.clone_from(&assistant.name);
                run.agent_description.clone_from(&assistant.description);
            }
        }
        // Evicted before the insertion, so that the evicted run is reported completely.
        if self.runs.len() >= self.limits.runs.max(1) {
            let oldest = self.runs.keys().next().cloned();
            if let Some(oldest) = oldest {
                self.finish(&oldest, sink);
            }
        }
        let entry = Entry {
            agent: sink.begin(&call.creator, &id.thread.thread, call.began),
            run,
            created: now,
            deadline: now,
            content: 0,
        };
        self.functions.add(id, &entry.run.waiting);
        self.runs.insert(id.clone(), entry);
        self.deadlines.insert((now, id.clone()));
    }

    /// Counts again how much content a run keeps.
    fn weigh(&mut self, id: &RunId) {
        if let Some(entry) = self.runs.get(id) {
            let before = std::mem::replace(&mut entry.content, entry.run.content());
            self.content = self.content.saturating_sub(before) + entry.content;
        }
    }

    /// Gives a run that was just seen a new deadline.
    fn put_off(&mut self, id: &RunId, now: Instant) {
        let limits = self.limits;
        let Some(entry) = self.runs.get(id) else {
            return;
        };
        let object = &entry.run.object;
        let deadline = if entry.run.is_over() {
            now.checked_add(limits.grace)
        } else {
            let lives = match (object.created_at, object.expires_at) {
                (Some(created), Some(expires)) => expires.saturating_sub(created),
                _ => EXPIRY,
            };
            let expires = entry.created.checked_add(lives.min(LONGEST_LIFE));
            expires.and_then(|at| at.max(now).checked_add(limits.patience))
        };
        let Some(deadline) = deadline else { return };
        let before = std::mem::replace(&mut entry.deadline, deadline);
        self.deadlines.remove(&(before, id.clone()));
        self.deadlines.insert((deadline, id.clone()));
    }
}

#[cfg(test)]
mod tests;
