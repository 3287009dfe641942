//! Says whether traces will arrive with the variables of this shell, and if not, what to change.

use std::io::{self, Write};
use std::process::ExitCode;

use tracing_genai::{Telemetry, doctor};

const HELP: &str = "\
Says whether traces will arrive, and if not, what to change.

Reads the variables that a program with tracing-genai reads (LANGFUSE_*, OTEL_*, TRACING_GENAI_*),
asks each backend once, checks the keys, sends one trace, and tries the folder of the spool.

usage: tracing-genai-doctor [--all]

  --all      lists the settings that have their defaults as well
  --help     prints this
  --version  prints the version

Ends with 0 if everything works, with 1 if not. Keys are never shown. A program with settings in code
calls `tracing_genai::doctor::examine` with its builder.";

fn main() -> ExitCode {
    let mut all = false;
    for argument in std::env::args_os().skip(1) {
        match argument.to_str() {
            Some("--all") => all = true,
            Some("--help" | "-h") => return say(io::stdout(), HELP, ExitCode::SUCCESS),
            Some("--version" | "-V") => {
                let version = concat!("tracing-genai-doctor ", env!("CARGO_PKG_VERSION"));
                return say(io::stdout(), version, ExitCode::SUCCESS);
            }
            _ => {
                let problem = format!("{} is unknown; see --help", argument.display());
                return say(io::stderr(), &problem, ExitCode::from(2));
            }
        }
    }
    let diagnosis = doctor::examine(&Telemetry::builder());
    let text = match all {
        true => format!("{diagnosis:#}"),
        false => diagnosis.to_string(),
    };
    let code = match diagnosis.is_healthy() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    };
    say(io::stdout(), &text, code)
}

/// Prints a text for a person; where nobody reads it any more, the code tells.
fn say(mut to: impl Write, text: &str, code: ExitCode) -> ExitCode {
    let _ = writeln!(to, "{text}");
    code
}
