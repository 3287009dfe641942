//! Observations by hand: what the crate cannot see by itself.
//!
//! An observation is a span of an OpenTelemetry trace with attributes of the GenAI conventions, and
//! neutral ones where the conventions have none. There are four kinds:
//!
//! * **live**: [`generation`] … [`start`](ObservationBuilder::start) opens a standard `tracing` span
//!   that ends when it is dropped;
//! * **finished**: [`generation`] … [`record`](ObservationBuilder::record) records what happened
//!   between two instants;
//! * **current**: [`current`] is the running `#[tracing::instrument]` function;
//! * **streamed**: [`observe_stream`] keeps the running function's observation open until the stream
//!   that it returns has ended.
//!
//! ```
//! use tracing_genai::message::{Message, Usage};
//! use tracing_genai::observation;
//!
//! let generation = observation::generation("chat gpt-4o")
//!     .with_model("gpt-4o")
//!     .with_parameter("temperature", 0.2)
//!     .with_input_messages([Message::user("What is 2 + 2?")])
//!     .start();
//! // … the model is asked …
//! generation
//!     .set_output_messages([Message::assistant("4").with_finish_reason("stop")])
//!     .set_usage(Usage::new(14, 1));
//! drop(generation); // it ends here
//! ```
//!
//! Each type of observation has a constructor, which decides the attributes that it always has.

mod builder;
mod collect;
mod event;
mod live;
mod setters;
mod stream;

use tracing::Span;

pub use crate::model::{Level, ObservationType};
pub use builder::ObservationBuilder;
pub use collect::StreamItem;
pub use event::EventBuilder;
pub use live::Observation;
pub use stream::{ObservedStream, observe_stream, observe_stream_with, observe_try_stream};

use crate::context::handle::Handle;
use crate::conventions as names;
use crate::conventions::operation;
use crate::span::{AttributeSink as _, current_span};

/// Starts describing a generation: one call of a model. The name is what a trace viewer shows,
/// usually `chat` and the model.
pub fn generation(name: impl Into<String>) -> ObservationBuilder {
    ObservationBuilder::new(ObservationType::Generation, || name.into())
        .write(|to| to.push(names::OPERATION_NAME, operation::CHAT))
}

/// Starts describing one call of an embedding model.
pub fn embedding(name: impl Into<String>) -> ObservationBuilder {
    ObservationBuilder::new(ObservationType::Embedding, || name.into())
        .write(|to| to.push(names::OPERATION_NAME, operation::EMBEDDINGS))
}

/// Starts describing the work of the agent of this name: the model calls and tools below it.
///
/// The span is called `invoke_agent` and the name, as the conventions want it.
///
/// Model, usage and cost belong to the generations below. Langfuse does not count them on an agent,
/// and would count them twice if it did.
pub fn agent(name: impl Into<String>) -> ObservationBuilder {
    named(
        ObservationType::Agent,
        operation::INVOKE_AGENT,
        names::AGENT_NAME,
        name,
    )
}

/// Starts describing a run of the tool of this name.
///
/// The span is called `execute_tool` and the name, as the conventions want it; Langfuse shows the
/// name alone.
///
/// ```
/// use tracing_genai::observation;
///
/// let tool = observation::tool("get_weather")
///     .with_tool_call_id("call_1")
///     .with_tool_arguments(serde_json::json!({ "city": "Oslo" }))
///     .start();
/// // … it runs …
/// tool.set_tool_result("rainy");
/// ```
pub fn tool(name: impl Into<String>) -> ObservationBuilder {
    named(
        ObservationType::Tool,
        operation::EXECUTE_TOOL,
        names::TOOL_NAME,
        name,
    )
}

/// An operation on something whose name is an attribute and a part of the span's name.
fn named(
    kind: ObservationType,
    operation: &'static str,
    key: &'static str,
    name: impl Into<String>,
) -> ObservationBuilder {
    let mut own = String::new();
    let builder = ObservationBuilder::new(kind, || {
        own = name.into();
        format!("{operation} {own}")
    });
    builder.write(|to| {
        to.push(names::OPERATION_NAME, operation);
        to.push(key, own);
    })
}

/// Starts describing a step that links others, such as the preparation of a prompt.
pub fn chain(name: impl Into<String>) -> ObservationBuilder {
    ObservationBuilder::new(ObservationType::Chain, || name.into())
}

/// Starts describing a search in the store of documents of this name.
///
/// The span is called `retrieval` and the name, as the conventions want it.
pub fn retriever(name: impl Into<String>) -> ObservationBuilder {
    named(
        ObservationType::Retriever,
        operation::RETRIEVAL,
        names::DATA_SOURCE_ID,
        name,
    )
}

/// Starts describing a check of the quality of an output.
pub fn evaluator(name: impl Into<String>) -> ObservationBuilder {
    ObservationBuilder::new(ObservationType::Evaluator, || name.into())
}

/// Starts describing a check that may stop an input or output.
pub fn guardrail(name: impl Into<String>) -> ObservationBuilder {
    ObservationBuilder::new(ObservationType::Guardrail, || name.into())
}

/// Starts describing any other piece of work.
pub fn span(name: impl Into<String>) -> ObservationBuilder {
    ObservationBuilder::new(ObservationType::Span, || name.into())
}

/// Starts describing something that happens at one moment.
///
/// ```
/// use tracing_genai::observation;
///
/// observation::event("cache miss")
///     .with_metadata("key", "weather:oslo")
///     .record_now();
/// ```
pub fn event(name: impl Into<String>) -> EventBuilder {
    EventBuilder::new(|| name.into())
}

/// Returns the observation that is running: the innermost instrumented function, or any other span
/// that is entered. Without one, setters do nothing.
///
/// # Examples
///
/// ```
/// use tracing_genai::observation;
///
/// #[tracing::instrument]
/// fn look_up(city: &str) {
///     observation::current().set_metadata("source", "cache");
/// }
/// ```
pub fn current() -> Observation {
    let span = match Handle::recording() {
        Some(_) => current_span(),
        None => Span::none(),
    };
    Observation::borrowed(span)
}
