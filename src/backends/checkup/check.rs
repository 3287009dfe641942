//! What a check-up of one destination has found.

use super::problem::Problem;

/// The result of checking one destination.
///
/// # Examples
///
/// ```no_run
/// use tracing_genai::{Telemetry, doctor};
///
/// for checkup in doctor::examine(&Telemetry::builder()).destinations {
///     println!("{}: {}", checkup.name, checkup.is_healthy());
///     if let Some(url) = checkup.trace_url {
///         println!("see {url}");
///     }
/// }
/// ```
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
///
/// # Examples
///
/// ```
/// use tracing_genai::doctor::{Check, Step};
///
/// fn has_bad_keys(check: &Check) -> bool {
///     check.step == Step::Keys && check.outcome.is_err()
/// }
/// ```
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
    /// The backend gets the attributes that it reads.
    Mapping,
    /// The folder of the spool can be used.
    Spool,
}
