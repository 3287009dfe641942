//! What was found, for programs and for people.
//!
//! The fields are for programs that go on with it; `Display` is what a person reads, a line a fact. No
//! secret gets in here: what is put in has been masked or scrubbed.

use std::fmt;

use super::trouble::Problem;

/// What [`examine`](super::examine) has found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The settings that count, those of the environment that do not, and the defaults.
    pub settings: Vec<FoundSetting>,
    /// What is wrong with the configuration as a whole.
    pub problems: Vec<Problem>,
    /// One entry a destination, in the order in which they are configured.
    pub destinations: Vec<Checkup>,
}

impl Diagnosis {
    /// Whether everything that was tried works.
    pub fn is_healthy(&self) -> bool {
        self.all_problems().next().is_none()
    }

    /// Everything that is wrong, in the configuration and at the destinations.
    pub fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        let checks = self.destinations.iter().flat_map(|one| &one.checks);
        let failed = checks.filter_map(|check| check.outcome.as_ref().err());
        self.problems.iter().chain(failed)
    }
}

/// A setting and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundSetting {
    /// The variable, or the method that says it in code.
    pub name: String,
    /// What it says. Keys and the values of headers are masked.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A variable of the environment.
    Variable,
    /// A variable that says nothing, because code or another variable beats it.
    Beaten,
    /// The code.
    Code,
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Variable => "variable",
            Self::Beaten => "variable, does not count",
            Self::Code => "code",
            Self::Default => "default",
        })
    }
}

/// What was found out about a destination.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Checkup {
    /// The destination's name, for people.
    pub name: String,
    /// What was tried, in this order; after a failure that makes the rest pointless there is no rest.
    pub checks: Vec<Check>,
    /// Where the trace that was sent can be looked at, if the backend has such a page.
    pub trace_url: Option<String>,
    /// The address of the project's pages.
    pub(crate) project: Option<String>,
}

impl Checkup {
    /// Whether everything that was tried works.
    pub fn is_healthy(&self) -> bool {
        self.checks.iter().all(|check| check.outcome.is_ok())
    }
}

/// One thing that was tried.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Check {
    /// What it was.
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

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Whether the backend answers, and is what it should be.
    Reach,
    /// Whether this machine's clock agrees with the backend's.
    Clock,
    /// Whether the backend knows the keys.
    Keys,
    /// Whether it takes a trace.
    Export,
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = |text: fn(&FoundSetting) -> &str, most: usize| {
            let widths = self.settings.iter().map(|one| text(one).chars().count());
            widths.filter(|width| *width <= most).max().unwrap_or(0)
        };
        let names = widest(|one| &one.name, 50);
        let values = widest(|one| &one.value, 40);
        writeln!(formatter, "settings")?;
        for FoundSetting {
            name,
            value,
            origin,
        } in &self.settings
        {
            writeln!(formatter, "  {name:names$}  {value:values$}  {origin}")?;
        }
        for problem in &self.problems {
            writeln!(formatter, "  FAILED  {problem}")?;
        }
        for destination in &self.destinations {
            writeln!(formatter, "\n{}", destination.name)?;
            for check in &destination.checks {
                match &check.outcome {
                    Ok(found) => writeln!(formatter, "  ok      {found}")?,
                    Err(problem) => writeln!(formatter, "  FAILED  {problem}")?,
                }
            }
        }
        match self.all_problems().count() {
            0 => formatter.write_str("\neverything works"),
            1 => formatter.write_str("\n1 problem"),
            count => write!(formatter, "\n{count} problems"),
        }
    }
}
