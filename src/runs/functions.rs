//! The functions that runs have asked for, found without a look at every run.
//!
//! Contract: whatever changes what a run waits for does it by [`Functions::follow`].

use std::collections::BTreeMap;

use super::ids::RunId;
use super::run::{Run, Waiting};

#[derive(Debug, Default)]
pub(super) struct Functions {
    /// How many functions of each name wait for their results.
    open: BTreeMap<String, usize>,
    /// The run that has asked for a function, by the id of the call.
    runs: BTreeMap<String, RunId>,
}

impl Functions {
    pub(super) fn add(&mut self, run: &RunId, waiting: &[Waiting]) {
        for one in waiting {
            if one.answered.is_none() {
                *self.open.entry(one.name.clone()).or_default() += 1;
            }
            if let Some(id) = one.id.clone() {
                self.runs.insert(id, run.clone());
            }
        }
    }

    pub(super) fn remove(&mut self, run: &RunId, waiting: &[Waiting]) {
        for one in waiting {
            if one.answered.is_none()
                && let Some(count) = self.open.get_mut(&one.name)
            {
                *count -= 1;
                if *count == 0 {
                    self.open.remove(&one.name);
                }
            }
            if let Some(id) = &one.id
                && self.runs.get(id) == Some(run)
            {
                self.runs.remove(id);
            }
        }
    }

    /// Changes a run, which may wait for other functions then.
    pub(super) fn follow<C>(
        &mut self,
        id: &RunId,
        run: &mut Run<C>,
        change: impl FnOnce(&mut Run<C>),
    ) {
        self.remove(id, &run.waiting);
        change(run);
        self.add(id, &run.waiting);
    }

    /// The run that has asked for a function under this id.
    pub(super) fn run(&self, call_id: &str) -> Option<&RunId> {
        self.runs.get(call_id)
    }

    /// The names of the functions that wait for their results.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.open.keys().map(String::as_str)
    }
}
