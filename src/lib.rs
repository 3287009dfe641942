#![doc = include_str!("guide.md")]

pub mod context;
pub mod conventions;
mod cut;
pub mod diagnostics;
pub mod doctor;
mod error_text;
mod export;
mod follow;
mod functions;
mod http;
mod langfuse;
pub mod message;
mod metrics;
pub mod observation;
mod openinference;
mod record;
mod recorder;
mod secrets;
mod telemetry;
pub mod testing;
mod timestamp;
mod wire;

/// Tracing of OpenAI's API, and of all that speaks it, at the level of HTTP.
pub mod openai {
    pub use crate::http::*;
}

pub use export::destination::{Destination, Mapping};
pub use export::mask::{MaskField, Meaning};
pub use export::report::{DestinationReport, DropReason, Report};
pub use export::transport::Compression;
pub use telemetry::{ConfigError, Guard, Handle, Telemetry, TelemetryBuilder};

/// Sets everything up from the environment and sets the global subscriber.
///
/// Spans go to Langfuse if `LANGFUSE_PUBLIC_KEY` and `LANGFUSE_SECRET_KEY` are set, to any OTLP
/// backend if `OTEL_EXPORTER_OTLP_ENDPOINT` is set, to both if both are, and to the terminal if
/// neither is. Keep the guard until the program ends: dropping it delivers what is left.
///
/// # Errors
///
/// If a variable holds what it cannot mean, or if a global subscriber is set already.
///
/// ```no_run
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let _telemetry = tracing_genai::init()?;
///     // … the program …
///     Ok(())
/// }
/// ```
pub fn init() -> Result<Guard, ConfigError> {
    Telemetry::builder().init()
}

/// The README's code compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
