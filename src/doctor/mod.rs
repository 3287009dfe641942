//! Checks whether traces will arrive, and explains what to do if not.
//!
//! [`examine`] reads the settings as [`TelemetryBuilder::build`] does, sends a request to every backend,
//! checks the keys, sends one trace, and explains each failure in a sentence that says what to change. It
//! also asks where metrics go, and tries the folder of the spool, which it makes if there is none. It leaves
//! nothing running, sends nothing of the spool, and touches no global. Keys and other secrets are never part
//! of the result.
//!
//! The same as a command, for the variables of the shell:
//!
//! ```sh
//! cargo install tracing-genai --features doctor
//! tracing-genai-doctor
//! ```
//!
//! Every request is sent once, without retries. So a backend that is slow or down for a moment is a problem
//! here, although the telemetry would recover from it.

mod configured;
mod otlp;
mod report;
mod sample;
mod spool;

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
    let destinations = prepared.destinations.iter();
    diagnosis.destinations = destinations
        .map(|one| aside(&one.name, |checkup| traces(one, &sample, checkup)))
        .collect();
    // A server that takes no traces would only fail once more.
    let failed = prepared.destinations.iter().zip(&diagnosis.destinations);
    let failed: Vec<_> = failed
        .filter(|(_, checkup)| !checkup.is_healthy())
        .filter_map(|(one, _)| one.origin())
        .collect();
    diagnosis.metrics = prepared
        .metrics()
        .filter(|(_, settings)| !failed.contains(&settings.url.origin()))
        .map(|(name, settings)| aside(name, |checkup| metrics(settings, checkup)));
    diagnosis.spool = prepared.spool().map(spool::examine);
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

/// Checks on a thread of its own, because a runtime cannot be started inside of another one.
fn aside(name: &str, examine: impl FnOnce(&mut Checkup) + Send) -> Checkup {
    let empty = Checkup {
        name: name.to_owned(),
        ..Checkup::default()
    };
    let mut checkup = empty.clone();
    thread::scope(|scope| {
        let thread = scope.spawn(move || {
            transport::silently(|| examine(&mut checkup));
            checkup
        });
        thread.join().unwrap_or_else(|_| Checkup {
            checks: vec![Check::failed(Step::Reach, checkup::fault())],
            ..empty
        })
    })
}

fn traces(destination: &Checked, sample: &sample::Sample, checkup: &mut Checkup) {
    let Target::Http {
        settings, account, ..
    } = &destination.target
    else {
        let nothing = "there is nothing to reach".to_owned();
        checkup.checks.push(Check::passed(Step::Reach, nothing));
        return;
    };
    let account = account.as_deref();
    let secrets = account.map(|account| account.secrets());
    let Some(prober) = prober(settings, secrets.unwrap_or_default(), checkup) else {
        return;
    };
    let answer = match account {
        Some(account) => {
            account.examine(settings, &prober, checkup);
            None
        }
        None => otlp::examine(&otlp::TRACES, settings, &prober, checkup),
    };
    if checkup.is_healthy() {
        send(destination, settings, sample, &prober, checkup);
        if let Some(answer) = &answer {
            checkup
                .checks
                .extend(otlp::mapping(answer, destination.pipeline.backend));
        }
    }
    prober.scrub(checkup);
}

fn metrics(settings: &HttpSettings, checkup: &mut Checkup) {
    if let Some(prober) = prober(settings, Vec::new(), checkup) {
        otlp::examine(&otlp::METRICS, settings, &prober, checkup);
        prober.scrub(checkup);
    }
}

fn prober(settings: &HttpSettings, secrets: Vec<String>, checkup: &mut Checkup) -> Option<Prober> {
    let prober = Prober::new(settings, secrets);
    let failed = |problem| checkup.checks.push(Check::failed(Step::Reach, problem));
    prober.map_err(failed).ok()
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
