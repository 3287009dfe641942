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
    /// The check-up of where metrics are sent, if this crate sends them, and not to a server that has failed
    /// with traces already.
    pub metrics: Option<Checkup>,
    /// The check-up of the spool's folder, if there is one.
    pub spool: Option<Checkup>,
}

impl Diagnosis {
    /// Whether everything that was tried works.
    pub fn is_healthy(&self) -> bool {
        self.all_problems().next().is_none()
    }

    /// Everything that is wrong: in the configuration, at the destinations, with metrics and the spool.
    pub fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        let others = self.metrics.iter().chain(&self.spool);
        let checkups = self.destinations.iter().chain(others);
        let checks = checkups.flat_map(|one| &one.checks);
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

/// What matters first: the verdict, what is wrong, each check-up, the settings that are set. `{:#}` lists
/// those with their defaults as well.
impl fmt::Display for Diagnosis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.all_problems().count() {
            0 => formatter.write_str("everything works")?,
            1 => formatter.write_str("1 problem")?,
            count => write!(formatter, "{count} problems")?,
        }
        for problem in &self.problems {
            write!(formatter, "\n  FAILED  {problem}")?;
        }
        for destination in &self.destinations {
            write!(formatter, "\n\n{destination}")?;
        }
        if let Some(metrics) = &self.metrics {
            write!(formatter, "\n\nmetrics to {metrics}")?;
        }
        if let Some(spool) = &self.spool {
            write!(formatter, "\n\n{spool}")?;
        }
        self.fmt_settings(formatter)
    }
}

impl Diagnosis {
    fn fmt_settings(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_listed =
            |one: &&FoundSetting| formatter.alternate() || one.origin != Origin::Default;
        let listed: Vec<_> = self.settings.iter().filter(is_listed).collect();
        let widest = |text: fn(&FoundSetting) -> &str, most: usize| {
            let widths = listed.iter().map(|one| text(one).chars().count());
            widths.filter(|width| *width <= most).max().unwrap_or(0)
        };
        let names = widest(|one| &one.name, 50);
        let values = widest(|one| &one.value, 40);
        formatter.write_str("\n\nsettings")?;
        for FoundSetting {
            name,
            value,
            origin,
        } in &listed
        {
            write!(formatter, "\n  {name:names$}  {value:values$}  {origin}")?;
        }
        match self.settings.len() - listed.len() {
            0 => Ok(()),
            defaults if listed.is_empty() => {
                write!(formatter, "\n  {defaults}, all at their defaults")
            }
            defaults => write!(formatter, "\n  and {defaults} at their defaults"),
        }
    }
}

impl fmt::Display for Checkup {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        for check in &self.checks {
            match &check.outcome {
                Ok(found) => write!(formatter, "\n  ok      {found}")?,
                Err(problem) => write!(formatter, "\n  FAILED  {problem}")?,
            }
        }
        Ok(())
    }
}
