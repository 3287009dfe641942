//! A run that has been reported, for what is seen of it afterwards.
//!
//! Contract: nothing is reported twice, and of counts only what has been added since.

use std::time::SystemTime;

use super::report::{Generation, RunReport, Tool};
use super::run::Run;
use super::usage::{rest, sum};
use crate::model::message::Usage;
use crate::wire::{RunObject, StepObject};

#[derive(Debug)]
pub(super) struct FinishedRun<P> {
    /// What later spans are children of; `None` if somebody else created the run: then none follow.
    pub(super) parent: Option<P>,
    times: (SystemTime, SystemTime),
    usage: Usage,
    tools: Vec<String>,
    is_over: bool,
}

impl<P> FinishedRun<P> {
    pub(super) fn of<O>(run: &Run<O>, report: &RunReport, parent: P) -> Self {
        let tools = report.tools.iter().filter_map(|tool| tool.id.clone());
        Self {
            parent: Some(parent),
            times: (run.began, run.ended.unwrap_or(run.last_seen)),
            usage: report.usage(),
            tools: tools.collect(),
            is_over: run.is_over(),
        }
    }

    /// A run that somebody else has created.
    pub(super) fn foreign(at: SystemTime) -> Self {
        Self {
            parent: None,
            times: (at, at),
            usage: Usage::default(),
            tools: Vec::new(),
            is_over: true,
        }
    }

    /// Tools that are seen only now. The counts of their generation are reported already, with the run's.
    pub(super) fn step(&mut self, step: StepObject) -> Option<RunReport> {
        let times = self.times;
        let new = step.calls.into_iter().filter_map(|call| {
            let id = call.id.clone()?;
            if self.tools.contains(&id) {
                return None;
            }
            self.tools.push(id);
            Some(Tool {
                id: call.id,
                kind: call.kind,
                name: call.name,
                arguments: call.arguments,
                result: call.result,
                times,
            })
        });
        let report = RunReport {
            tools: new.collect(),
            ..RunReport::default()
        };
        (!report.tools.is_empty()).then_some(report)
    }

    /// A run that was reported before its end has ended: what it counts beyond that.
    pub(super) fn run(&mut self, object: &RunObject, at: SystemTime) -> Option<RunReport> {
        if !object.is_over() || std::mem::replace(&mut self.is_over, true) {
            return None;
        }
        let more = rest(object.usage?, self.usage)?;
        if more.is_zero() {
            return None;
        }
        self.usage = sum([self.usage, more].into_iter()).unwrap_or_default();
        let generation = Generation {
            times: Some((self.times.0, at)),
            usage: Some(more),
            ..Generation::default()
        };
        Some(RunReport {
            generations: vec![generation],
            tools: Vec::new(),
        })
    }
}
