//! Checks whether traces will arrive, and explains what to do if not.
//!
//! [`examine`] reads the settings as [`TelemetryBuilder::build`] does, sends a request to every backend,
//! checks the keys, sends one trace, and explains each failure in a sentence that says what to change. It
//! leaves nothing running, and touches neither the spool nor any global. Keys and other secrets are never
//! part of the result. `cargo run --example doctor` prints it.
//!
//! Every request is sent once, without retries. So a backend that is slow or down for a moment is a problem
//! here, although the telemetry would recover from it.

mod configured;
mod otlp;
mod report;
mod sample;

use std::thread;

pub use crate::backends::checkup::{Check, Checkup, Problem, ProblemKind, Step};
pub use report::{Diagnosis, FoundSetting, Origin};

use crate::backends;
use crate::backends::checkup;
use crate::backends::checkup::Prober;
use crate::destination::{Checked, Target};
use crate::otlp::transport;
use crate::otlp::transport::HttpSettings;
use crate::telemetry::{TelemetryBuilder, prepared};

/// Checks the settings of a builder, and of the environment where the builder sets nothing.
///
/// It blocks until every destination has answered, or its timeout is over. It works inside and outside of
/// any runtime.
///
/// # Examples
///
/// ```no_run
/// use tracing_genai::{Telemetry, doctor};
///
/// let diagnosis = doctor::examine(&Telemetry::builder());
/// println!("{diagnosis}");
/// if !diagnosis.is_healthy() {
///     std::process::exit(1);
/// }
/// ```
pub fn examine(builder: &TelemetryBuilder) -> Diagnosis {
    let mut diagnosis = Diagnosis {
        settings: configured::settings(builder),
        ..Diagnosis::default()
    };
    let prepared = match builder.prepare() {
        Ok(prepared) => prepared,
        Err(error) => {
            let sentence = checkup::sentence(&error.to_string());
            diagnosis
                .problems
                .push(Problem::new(ProblemKind::Setting, sentence));
            return diagnosis;
        }
    };
    let sample = sample::Sample::new(&prepared.resource);
    diagnosis.destinations = prepared
        .destinations
        .iter()
        .map(|destination| {
            // A runtime cannot be started inside of another one.
            thread::scope(|scope| {
                let work = || transport::silently(|| checkup(destination, &sample));
                let thread = scope.spawn(work);
                thread.join().unwrap_or_else(|_| Checkup {
                    name: destination.name.clone(),
                    checks: vec![Check::failed(Step::Reach, checkup::fault())],
                    ..Checkup::default()
                })
            })
        })
        .collect();
    if prepared.disabled {
        diagnosis.problems.push(Problem::new(
            ProblemKind::SwitchedOff,
            format!(
                "Nothing is recorded because {} is `true`: unset it.",
                prepared::DISABLED.row.names.join(", ")
            ),
        ));
    } else if !prepared.has_any_use() {
        diagnosis.problems.push(Problem::new(
            ProblemKind::SwitchedOff,
            "Nothing is recorded because every destination is switched off: see the settings above."
                .to_owned(),
        ));
    } else if prepared.fallback {
        diagnosis.problems.push(Problem::new(
            ProblemKind::NothingConfigured,
            format!(
                "No backend is configured, so traces are only shown in the terminal: {}.",
                backends::hint()
            ),
        ));
    }
    diagnosis
}

fn checkup(destination: &Checked, sample: &sample::Sample) -> Checkup {
    let mut checkup = Checkup {
        name: destination.name.clone(),
        ..Checkup::default()
    };
    let Target::Http {
        settings, account, ..
    } = &destination.target
    else {
        let nothing = "there is nothing to reach".to_owned();
        checkup.checks.push(Check::passed(Step::Reach, nothing));
        return checkup;
    };
    let account = account.as_deref();
    let secrets = account.map(|account| account.secrets());
    let prober = match Prober::new(settings, secrets.unwrap_or_default()) {
        Ok(prober) => prober,
        Err(problem) => {
            checkup.checks.push(Check::failed(Step::Reach, problem));
            return checkup;
        }
    };
    match account {
        Some(account) => account.examine(settings, &prober, &mut checkup),
        None => otlp::examine(settings, &prober, &mut checkup),
    }
    if checkup.is_healthy() {
        send(destination, settings, sample, &prober, &mut checkup);
    }
    prober.scrub(&mut checkup);
    checkup
}

fn send(
    destination: &Checked,
    settings: &HttpSettings,
    sample: &sample::Sample,
    prober: &Prober,
    checkup: &mut Checkup,
) {
    let request = sample.request(&destination.pipeline, settings.compression);
    let check = match prober.export(settings, &request) {
        Ok(()) => {
            let trace_id = sample.trace_id();
            let what = match &checkup.project {
                Some(page) => {
                    let url = format!("{page}/traces/{trace_id}");
                    let found = format!("the trace {trace_id} was accepted: {url}");
                    checkup.trace_url = Some(url);
                    found
                }
                None => format!("the trace {trace_id} was accepted"),
            };
            Check::passed(Step::Export, what)
        }
        Err(problem) => Check::failed(Step::Export, problem),
    };
    checkup.checks.push(check);
}
