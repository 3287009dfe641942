#![doc = include_str!("guide.md")]

mod backends;
mod config;
pub mod context;
pub mod conventions;
mod destination;
pub mod diagnostics;
pub mod doctor;
mod export;
mod functions;
pub mod http;
mod metrics;
mod model;
pub mod observation;
mod otlp;
mod pipeline;
mod recorder;
mod runs;
mod span;
mod telemetry;
mod terminal;
pub mod testing;
mod text;
mod wire;

/// Tracing of async-openai's client, and of every other client of the same API.
///
/// [`http_service()`](openai::http_service) traces async-openai; everything else is that of
/// [`http`].
pub mod openai {
    #[cfg(feature = "reqwest-middleware")]
    pub use crate::http::TraceMiddleware;
    #[cfg(any(feature = "async-openai-041", feature = "async-openai-043"))]
    pub use crate::http::http_service::{HttpService, http_service};
    pub use crate::http::{
        Attempt, AttemptFuture, AttemptLayer, Trace, TraceFuture, TraceLayer, TraceOptions,
        TracedRequest,
    };
}

pub use config::error::ConfigError;
pub use context::handle::Handle;
pub use destination::{Destination, Mapping};
pub use export::report::{DestinationReport, DropReason, Report};
pub use model::message;
pub use otlp::encoded::Compression;
pub use pipeline::mask::MaskField;
pub use pipeline::meaning::Meaning;
pub use telemetry::{Guard, Telemetry, TelemetryBuilder};

/// Builds a [`Telemetry`] from the environment and sets the global subscriber.
///
/// Spans go to Langfuse if `LANGFUSE_PUBLIC_KEY` and `LANGFUSE_SECRET_KEY` are set, to any OTLP
/// backend if `OTEL_EXPORTER_OTLP_ENDPOINT` is set, to both if both are, and to the terminal if
/// neither is. Keep the guard until the program ends: dropping it delivers what is left.
///
/// # Errors
///
/// If a variable has a value that it cannot have, or if a global subscriber is already set.
///
/// # Examples
///
/// ```no_run
/// fn main() -> Result<(), tracing_genai::ConfigError> {
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
