//! Runs that are reported: when they are complete, when they were waited for long enough, or at the end.

use std::time::Instant;

use super::{Entry, Registry};
use crate::runs::finished_run::FinishedRun;
use crate::runs::ids::RunId;
use crate::runs::report::RunReport;
use crate::runs::run::Run;
use crate::runs::sink::ReportSink;

impl<S: ReportSink> Registry<S> {
    pub(super) fn finish_if_complete(&mut self, id: &RunId, sink: &mut S) {
        if self
            .runs
            .get(id)
            .is_some_and(|entry| entry.run.is_complete())
        {
            self.finish(id, sink);
        }
    }

    pub(super) fn finish(&mut self, id: &RunId, sink: &mut S) {
        let Some(Entry {
            mut run,
            agent,
            deadline,
            content,
            ..
        }) = self.runs.remove(id)
        else {
            return;
        };
        self.deadlines.remove(&(deadline, id.clone()));
        self.functions.remove(id, &run.waiting);
        self.content = self.content.saturating_sub(content);
        if !run.is_input_whole
            && let Some(created) = run.object.created_at
        {
            let began = (created, run.moment);
            let older = self.threads.older(&id.thread, &id.run, began);
            if older.len() > run.input.len() {
                run.input = older;
            }
        }
        let report = RunReport::of(&run);
        let parent = sink.run(agent, &run, &report);
        let finished = FinishedRun::of(&run, &report, parent);
        self.finished.insert(id.clone(), finished);
    }

    /// Reports the runs that were waited for long enough.
    pub(in crate::runs) fn sweep(&mut self, now: Instant, sink: &mut S) {
        while let Some((_, id)) = self.deadlines.first().filter(|(at, _)| *at <= now) {
            let id = id.clone();
            self.finish(&id, sink);
        }
    }

    /// Reports the runs that are over.
    pub(in crate::runs) fn settle(&mut self, sink: &mut S) {
        self.finish_where(sink, Run::is_over);
    }

    /// Reports every run.
    pub(in crate::runs) fn close(&mut self, sink: &mut S) {
        self.finish_where(sink, |_| true);
    }

    fn finish_where(&mut self, sink: &mut S, which: impl Fn(&Run<S::Creator>) -> bool) {
        let ids: Vec<RunId> = self.runs.keys().cloned().collect();
        for id in ids {
            if self.runs.peek(&id).is_some_and(|entry| which(&entry.run)) {
                self.finish(&id, sink);
            }
        }
    }
}
