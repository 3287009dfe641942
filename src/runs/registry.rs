//! The runs that are under way, one registry a process.
//!
//! Contract: pure but for the times that it is given. A run is told once, when it is over and nothing
//! more is expected of it, when somebody wants everything told, or when it was not heard of for too
//! long. Afterwards only what was not told yet follows, and never a count twice. Bounded: runs that
//! are too many are told as far as they were seen.

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

use super::finished_run::Past;
use super::limits::FollowLimits;
use super::observer::{RunKey, Showing, Teller};
use super::recent::Recent;
use super::report::Story;
use super::run::Run;
use super::threads::Threads;
use crate::wire::{
    AssistantsEndpoint, AssistantsObject, ErrorFacts, MessageObject, RunObject, StepObject,
};

/// How many runs that have been told are remembered.
const PAST: usize = 4_096;
/// How many assistants' names are kept.
const AGENTS: usize = 1_024;
/// How long OpenAI lets a run wait.
const EXPIRY: Duration = Duration::from_secs(600);
/// How many bytes of content all runs may keep.
const CONTENT: usize = 64 << 20;
/// Nobody's runs live longer.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The runs that are under way.
pub(crate) struct Registry<T: Teller> {
    limits: FollowLimits,
    runs: Recent<RunKey, Entry<T>>,
    deadlines: BTreeSet<(Instant, RunKey)>,
    /// Of all runs, as far as it was counted.
    content: usize,
    past: Recent<RunKey, Past<T::Place>>,
    threads: Threads,
    agents: Recent<(String, String), String>,
}

struct Entry<T: Teller> {
    run: Run<T::Owner>,
    open: T::Open,
    created: Instant,
    deadline: Instant,
    content: usize,
}

impl<T: Teller> Registry<T> {
    pub(crate) fn new(limits: FollowLimits) -> Self {
        Self {
            limits,
            runs: Recent::new(limits.runs),
            deadlines: BTreeSet::new(),
            content: 0,
            past: Recent::new(PAST),
            threads: Threads::new(),
            agents: Recent::new(AGENTS),
        }
    }

    /// How many runs are under way.
    pub(crate) fn len(&self) -> usize {
        self.runs.len()
    }

    /// When [`Registry::sweep`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// A request brings results of functions.
    pub(crate) fn submitted(&mut self, call: &Showing<T::Owner>) {
        if let Some(key) = call.run_key(None, None)
            && let Some(entry) = self.runs.get(&key)
        {
            entry.run.submitted(&call.asked.tool_results, call.began);
        }
    }

    /// The stream of a run says that it failed; the run may go on.
    pub(crate) fn broken(&mut self, call: &Showing<T::Owner>, error: &ErrorFacts) {
        if let Some(key) = &call.current
            && let Some(entry) = self.runs.get(key)
        {
            entry.run.fault = Some(error.clone());
        }
    }

    /// Asking for a run has failed; whether the run is known, so that the failure is told with it.
    pub(crate) fn failed(
        &mut self,
        call: &Showing<T::Owner>,
        at: SystemTime,
        kind: &str,
        is_gone: bool,
        teller: &mut T,
    ) -> bool {
        let Some(key) = call.run_key(None, None) else {
            return false;
        };
        let Some(entry) = self.runs.get(&key) else {
            return false;
        };
        entry.run.see_failure(at, kind.to_owned(), is_gone);
        if entry.run.is_lost {
            self.finish(&key, teller);
        }
        true
    }

    /// Something was shown at this time.
    pub(crate) fn show(
        &mut self,
        call: &mut Showing<T::Owner>,
        shown: AssistantsObject,
        (at, now): (SystemTime, Instant),
        teller: &mut T,
    ) {
        self.sweep(now, teller);
        self.take(call, shown, (at, now), teller);
        while self.content > CONTENT {
            let Some(oldest) = self.runs.keys().next().cloned() else {
                break;
            };
            self.finish(&oldest, teller);
        }
    }

    fn take(
        &mut self,
        call: &mut Showing<T::Owner>,
        shown: AssistantsObject,
        (at, now): (SystemTime, Instant),
        teller: &mut T,
    ) {
        match shown {
            AssistantsObject::Assistant(assistant) => {
                if let Some(name) = assistant.name {
                    self.agents
                        .insert((call.server.clone(), assistant.id), name);
                }
            }
            AssistantsObject::Thread(thread) => {
                if call.endpoint == AssistantsEndpoint::ThreadCreate
                    && let Some(key) = call.thread_key(Some(thread))
                {
                    self.threads.made(&key, &call.asked.messages);
                }
            }
            AssistantsObject::Message(message) => self.message(call, message, teller),
            AssistantsObject::Run(run) => self.run(call, *run, (at, now), teller),
            AssistantsObject::Step(step) => self.step(call, *step, at, teller),
            AssistantsObject::Begun(id) => {
                if let Some(key) = &call.current
                    && let Some(entry) = self.runs.get(key)
                {
                    entry.run.see_begun(id, at);
                }
            }
            AssistantsObject::Deleted => {
                if call.endpoint == AssistantsEndpoint::Thread
                    && let Some(key) = call.thread_key(None)
                {
                    self.threads.forget(&key);
                }
            }
            AssistantsObject::Nothing => {}
        }
    }

    fn message(&mut self, call: &Showing<T::Owner>, message: MessageObject, teller: &mut T) {
        let Some(thread) = call.thread_key(message.thread_id.clone()).or_else(|| {
            let key = call.current.as_ref()?;
            Some(key.thread.clone())
        }) else {
            return;
        };
        let is_new = call.endpoint == AssistantsEndpoint::MessageCreate;
        self.threads.seen(&thread, &message, is_new);
        let of_run = message.run_id.clone().map(|run| RunKey { thread, run });
        // Its head may be missing on a stream that was picked up half-way.
        let of_run = of_run.or_else(|| call.current.clone().filter(|_| message.is_partial));
        if message.role == "assistant"
            && let Some(key) = of_run
            && let Some(entry) = self.runs.get(&key)
        {
            entry.run.see_message(message);
            self.weigh(&key);
            self.finish_if_whole(&key, teller);
        }
    }

    fn step(&mut self, call: &Showing<T::Owner>, step: StepObject, at: SystemTime, teller: &mut T) {
        let Some(key) = call.run_key(step.thread_id.clone(), step.run_id.clone()) else {
            return;
        };
        if let Some(entry) = self.runs.get(&key) {
            entry.run.see_step(step, at, call.is_stream);
            self.weigh(&key);
            self.finish_if_whole(&key, teller);
        } else if let Some(past) = self.past.get(&key)
            && let Some(late) = past.step(step)
            && let Some(place) = &past.place
        {
            teller.late(place, late);
        }
    }

    fn run(
        &mut self,
        call: &mut Showing<T::Owner>,
        object: RunObject,
        (at, now): (SystemTime, Instant),
        teller: &mut T,
    ) {
        let Some(key) = call.run_key(object.thread_id.clone(), Some(object.id.clone())) else {
            return;
        };
        call.current = Some(key.clone());
        let creates = matches!(
            call.endpoint,
            AssistantsEndpoint::RunCreate | AssistantsEndpoint::ThreadAndRun
        );
        if let Some(entry) = self.runs.get(&key) {
            entry.run.polls += u64::from(call.endpoint == AssistantsEndpoint::RunRetrieve);
            entry.run.is_cancelled_here |= call.endpoint == AssistantsEndpoint::RunCancel;
            entry.run.see(object, at);
        } else if let Some(past) = self.past.get(&key)
            // Somebody who asked for it may have been faster than its creator.
            && !(creates && past.place.is_none())
        {
            if let Some(late) = past.run(&object, at)
                && let Some(place) = &past.place
            {
                teller.late(place, late);
            }
            return;
        } else if creates {
            self.begin(call, &key, object, (at, now), teller);
        } else {
            // Lists show what has long been over.
            if object.is_over() && call.endpoint != AssistantsEndpoint::RunList {
                teller.elsewhere(&call.owner, call.began, at, &object);
                self.past.insert(key, Past::elsewhere(at));
            }
            return;
        }
        self.put_off(&key, now);
        self.weigh(&key);
        self.finish_if_whole(&key, teller);
    }

    fn begin(
        &mut self,
        call: &Showing<T::Owner>,
        key: &RunKey,
        mut object: RunObject,
        (at, now): (SystemTime, Instant),
        teller: &mut T,
    ) {
        match call.endpoint {
            AssistantsEndpoint::ThreadAndRun => {
                self.threads.made(&key.thread, &call.asked.messages)
            }
            _ => self.threads.sent(&key.thread, &call.asked.messages),
        }
        // What a server leaves out, the request has said.
        let asked_for = call.asked.agent_id.clone();
        object.assistant_id = object.assistant_id.or(asked_for);
        let thread = Some(key.thread.thread.clone());
        object.thread_id = object.thread_id.or(thread);
        let mut run = Run::new(call.owner.clone(), call.began, at, object);
        run.begins_with(self.threads.begin(&key.thread, &key.run));
        run.instructions.clone_from(&call.asked.system_instructions);
        if let Some(id) = &run.object.assistant_id {
            run.agent = self.agents.get(&(call.server.clone(), id.clone())).cloned();
        }
        // Room is made before, so that what has to go is told whole.
        if self.runs.len() >= self.limits.runs.max(1) {
            let oldest = self.runs.keys().next().cloned();
            if let Some(oldest) = oldest {
                self.finish(&oldest, teller);
            }
        }
        let entry = Entry {
            open: teller.open(&call.owner, call.began),
            run,
            created: now,
            deadline: now,
            content: 0,
        };
        self.runs.insert(key.clone(), entry);
        self.deadlines.insert((now, key.clone()));
    }

    /// Counts again what a run keeps.
    fn weigh(&mut self, key: &RunKey) {
        if let Some(entry) = self.runs.get(key) {
            let before = std::mem::replace(&mut entry.content, entry.run.content());
            self.content = self.content.saturating_sub(before) + entry.content;
        }
    }

    /// Waits for a run from now on.
    fn put_off(&mut self, key: &RunKey, now: Instant) {
        let limits = self.limits;
        let Some(entry) = self.runs.get(key) else {
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
            let expires = entry.created.checked_add(lives.min(LONGEST));
            expires.and_then(|at| at.max(now).checked_add(limits.patience))
        };
        let Some(deadline) = deadline else { return };
        let before = std::mem::replace(&mut entry.deadline, deadline);
        self.deadlines.remove(&(before, key.clone()));
        self.deadlines.insert((deadline, key.clone()));
    }

    fn finish_if_whole(&mut self, key: &RunKey, teller: &mut T) {
        if self
            .runs
            .get(key)
            .is_some_and(|entry| entry.run.is_told_whole())
        {
            self.finish(key, teller);
        }
    }

    fn finish(&mut self, key: &RunKey, teller: &mut T) {
        let Some(Entry {
            mut run,
            open,
            deadline,
            content,
            ..
        }) = self.runs.remove(key)
        else {
            return;
        };
        self.deadlines.remove(&(deadline, key.clone()));
        self.content = self.content.saturating_sub(content);
        if !run.is_input_whole
            && let Some(created) = run.object.created_at
        {
            let began = (created, run.moment);
            let older = self.threads.older(&key.thread, &key.run, began);
            if older.len() > run.input.len() {
                run.input = older;
            }
        }
        let story = Story::of(&run);
        let place = teller.run(open, &run, &story);
        let past = Past::of(&run, &story, place);
        self.past.insert(key.clone(), past);
    }

    /// Tells the runs that were waited for long enough.
    pub(crate) fn sweep(&mut self, now: Instant, teller: &mut T) {
        while let Some((_, key)) = self.deadlines.first().filter(|(at, _)| *at <= now) {
            let key = key.clone();
            self.finish(&key, teller);
        }
    }

    /// Tells the runs that are over.
    pub(crate) fn settle(&mut self, teller: &mut T) {
        self.finish_where(teller, Run::is_over);
    }

    /// Tells every run.
    pub(crate) fn close(&mut self, teller: &mut T) {
        self.finish_where(teller, |_| true);
    }

    fn finish_where(&mut self, teller: &mut T, which: impl Fn(&Run<T::Owner>) -> bool) {
        let keys: Vec<RunKey> = self.runs.keys().cloned().collect();
        for key in keys {
            if self.runs.peek(&key).is_some_and(|entry| which(&entry.run)) {
                self.finish(&key, teller);
            }
        }
    }
}

#[cfg(test)]
mod tests;
