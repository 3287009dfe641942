//! What a check-up of one destination has found.

use super::problem::Problem;

/// The result of checking one destination.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Checkup {
    /// The destination's name, for people.
    pub name: String,
    /// The checks in their order. A failure that makes the rest pointless is the last one.
    pub checks: Vec<Check>,
    /// The page of the trace that was sent, if the backend has one.
    pub trace_url: Option<String>,
    /// The address of the project's pages.
    pub(crate) project: Option<String>,
}

impl Checkup {
    /// Whether every check has passed.
    pub fn is_healthy(&self) -> bool {
        self.checks.iter().all(|check| check.outcome.is_ok())
    }
}

/// One check of a destination.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Check {
    /// What is checked.
    pub step: Step,
    /// What was found, or what is wrong.
    pub outcome: Result<String, Problem>,
}

impl Check {
    pub(crate) fn passed(step: Step, found: String) -> Self {
        Self {
            step,
            outcome: Ok(found),
        }
    }

    pub(crate) fn failed(step: Step, problem: Problem) -> Self {
        Self {
            step,
            outcome: Err(problem),
        }
    }
}

/// What a [`Check`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The backend answers, and is the expected one.
    Reach,
    /// This machine's clock agrees with the backend's.
    Clock,
    /// The backend accepts the keys.
    Keys,
    /// The backend accepts a trace.
    Export,
}
