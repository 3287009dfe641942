//! A run that has been told, for what is seen of it afterwards.
//!
//! Contract: what was told is not told again, and counts only by how much they have grown.

use std::time::SystemTime;

use super::report::{Generation, Story, Tool, rest, sum};
use super::run::Run;
use crate::model::message::Usage;
use crate::wire::{RunObject, StepObject};

#[derive(Debug)]
pub(crate) struct Past<P> {
    /// `None` if it was made elsewhere: nothing of it follows.
    pub(crate) place: Option<P>,
    times: (SystemTime, SystemTime),
    usage: Usage,
    tools: Vec<String>,
    is_over: bool,
}

impl<P> Past<P> {
    pub(crate) fn of<O>(run: &Run<O>, story: &Story, place: P) -> Self {
        let tools = story.tools.iter().filter_map(|tool| tool.id.clone());
        Self {
            place: Some(place),
            times: (run.began, run.ended.unwrap_or(run.last_seen)),
            usage: story.usage(),
            tools: tools.collect(),
            is_over: run.is_over(),
        }
    }

    /// Somebody else has made it.
    pub(crate) fn elsewhere(at: SystemTime) -> Self {
        Self {
            place: None,
            times: (at, at),
            usage: Usage::default(),
            tools: Vec::new(),
            is_over: true,
        }
    }

    /// Tools that are seen only now. Their model's counts are told already, with the run's.
    pub(crate) fn step(&mut self, step: StepObject) -> Option<Story> {
        let times = self.times;
        let untold = step.calls.into_iter().filter_map(|call| {
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
        let story = Story {
            tools: untold.collect(),
            ..Story::default()
        };
        (!story.tools.is_empty()).then_some(story)
    }

    /// A run has ended that was told before it had: what it counts beyond that.
    pub(crate) fn run(&mut self, object: &RunObject, at: SystemTime) -> Option<Story> {
        if !object.is_over() || std::mem::replace(&mut self.is_over, true) {
            return None;
        }
        let more = rest(object.usage?, self.usage)?;
        if more == Usage::default() {
            return None;
        }
        self.usage = sum([self.usage, more].into_iter()).unwrap_or_default();
        let generation = Generation {
            times: Some((self.times.0, at)),
            usage: Some(more),
            ..Generation::default()
        };
        Some(Story {
            generations: vec![generation],
            tools: Vec::new(),
        })
    }
}
