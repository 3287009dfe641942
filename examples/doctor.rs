//! Says whether traces will arrive, and if not, what to do: which settings were found and where, whether
//! each backend answers and knows the keys, and where the trace is that was sent.
//!
//! ```sh
//! LANGFUSE_PUBLIC_KEY=pk-lf-… LANGFUSE_SECRET_KEY=sk-lf-… cargo run --example doctor
//! ```

use std::process::ExitCode;

use tracing_genai::{Telemetry, doctor};

#[expect(clippy::print_stdout, reason = "it is for a person to read")]
fn main() -> ExitCode {
    // A program with settings in code examines the builder that it builds from.
    let diagnosis = doctor::examine(&Telemetry::builder());
    println!("{diagnosis}");
    match diagnosis.is_healthy() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
