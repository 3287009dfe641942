//! The result of a check-up: fields for programs, `Display` for people.
//!
//! Contract: no secret gets in here. Settings are displayed without secrets, and messages of backends are
//! scrubbed before.

use std::fmt;

use crate::backends::checkup::{Checkup, Problem};

/// The result of [`examine`](super::examine).
///
/// # Examples
///
/// ```
/// use tracing_genai::{Telemetry, doctor};
///
/// let builder = Telemetry::builder().with_variables([("TRACING_GENAI_CONSOLE", "on")]);
/// let diagnosis = doctor::examine(&builder);
/// assert!(diagnosis.is_healthy(), "{diagnosis}");
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The settings that count, those of the environment that do not, and the defaults.
    pub settings: Vec<FoundSetting>,
    /// What is wrong with the configuration as a whole.
    pub problems: Vec<Problem>,
    /// One check-up for each destination, in the order of the configuration.
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
///
/// # Examples
///
/// ```
/// use tracing_genai::{Telemetry, doctor};
///
/// let builder = Telemetry::builder()
///     .with_variables([("TRACING_GENAI_CONSOLE", "on")])
///     .with_service_name("tutor");
/// let diagnosis = doctor::examine(&builder);
/// let is_name = |one: &&doctor::FoundSetting| one.name == "with_service_name";
/// let name = diagnosis.settings.iter().find(is_name).unwrap();
/// assert_eq!((name.value.as_str(), name.origin), ("tutor", doctor::Origin::Code));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundSetting {
    /// The variable, or the method that sets it in code.
    pub name: String,
    /// Its value, without keys, values of headers, and paths of addresses.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a setting comes from; [`FoundSetting`] has an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A variable of the environment.
    Variable,
    /// A variable that has no effect, because code or another variable takes precedence.
    Beaten,
    /// The code.
    Code,
    /// It is not set.
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
