//! Observability for LLM applications on [`tracing`] and OpenTelemetry: functions, model calls, tokens and
//! errors as one trace, in Langfuse, in any OTLP backend, or in the terminal.
//!
//! Instrument your functions, trace your client, and set the telemetry up:
//!
//! ```no_run
//! # #[cfg(feature = "async-openai-043")]
//! # mod program {
//! use async_openai::config::OpenAIConfig;
//! use async_openai::error::OpenAIError;
//! use async_openai::types::chat::{
//!     ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs,
//! };
//!
//! type Client = async_openai::Client<OpenAIConfig>;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let _telemetry = tracing_genai::init()?;
//!     let client = Client::new().with_http_service(tracing_genai::openai::http_service());
//!     println!("{}", answer(&client, "Solve 3x + 11 = 14").await?);
//!     Ok(()) // dropping the guard sends what is left
//! }
//!
//! #[tracing::instrument(skip(client), ret, err)]
//! async fn answer(client: &Client, question: &str) -> Result<String, OpenAIError> {
//!     let message = ChatCompletionRequestUserMessage::from(question);
//!     let request = CreateChatCompletionRequestArgs::default()
//!         .model("gpt-4o-mini")
//!         .messages([message.into()])
//!         .build()?;
//!     let answer = client.chat().create(request).await?;
//!     Ok(answer.choices[0].message.content.clone().unwrap_or_default())
//! }
//! # }
//! # fn main() {}
//! ```
//!
//! Without further settings the trace appears in the terminal. With `LANGFUSE_PUBLIC_KEY` and
//! `LANGFUSE_SECRET_KEY` it goes to Langfuse, with `OTEL_EXPORTER_OTLP_ENDPOINT` to any OTLP backend.
//! Arguments, results and messages are sent; [privacy](guide::privacy) says how to keep them out.
//!
//! # Where to read on
//!
//! | to | read |
//! |---|---|
//! | understand a topic | the [`guide`]: a chapter each, with all [settings](guide::settings) and [metrics](guide::metrics) |
//! | set up | [`init`], [`Telemetry::builder`], [`Destination`] |
//! | trace a client | [`openai`], [`http`] |
//! | record by hand | [`observation`], [`message`] |
//! | say who asked | [`context`] |
//! | find out why nothing arrives | [`doctor`], [troubleshooting](guide::troubleshooting) |
//! | test your own traces | [`testing`] |
//! | come from Python | [migrating from the decorator](guide::from_python) |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod backends;
mod config;
pub mod context;
pub mod conventions;
mod destination;
pub mod diagnostics;
pub mod doctor;
mod export;
mod functions;
pub mod guide;
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
    #[cfg(any(
        feature = "async-openai-040",
        feature = "async-openai-041",
        feature = "async-openai-042",
        feature = "async-openai-043"
    ))]
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
pub use otlp::protocol::Protocol;
pub use pipeline::mask::MaskField;
pub use pipeline::meaning::Meaning;
pub use telemetry::{Guard, MappingExporter, Telemetry, TelemetryBuilder};

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
