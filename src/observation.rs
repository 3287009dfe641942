//! Observations by hand: what the crate cannot see by itself.
//!
//! An observation is a span of an OpenTelemetry trace with attributes of the GenAI conventions, and
//! neutral ones for what they have no name for. There are three ways to one:
//!
//! * **live**: [`generation`] … [`start`](ObservationBuilder::start) opens a standard `tracing` span
//!   that ends when it is dropped;
//! * **finished earlier**: [`generation`] … [`record`](ObservationBuilder::record) writes down what
//!   happened between two instants;
//! * **current**: [`current`] is the running `#[tracing::instrument]` function.
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

use std::fmt;
use std::time::SystemTime;

use opentelemetry::Context;
use opentelemetry::trace::{
    Span as _, SpanContext, SpanKind, Status, TraceContextExt, Tracer as _,
};
use serde::Serialize;
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::conventions as names;
use crate::message::{Message, ToolDefinition, Usage};
use crate::record::{self, Fact};
use crate::telemetry::{Handle, handle};

/// The kind of an observation, as Langfuse and most trace viewers know them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ObservationType {
    /// Any piece of work; what an instrumented function is unless it says otherwise.
    #[default]
    Span,
    /// One call of a model that generates.
    Generation,
    /// Something that happened at one moment.
    Event,
    /// One call of an embedding model.
    Embedding,
    /// Work of an agent: model calls and tools.
    Agent,
    /// A tool that ran.
    Tool,
    /// A link between steps of an application.
    Chain,
    /// A look-up in a store.
    Retriever,
    /// A check of an output's quality.
    Evaluator,
    /// A check that may stop an input or output.
    Guardrail,
}

impl ObservationType {
    /// The lower-case word, as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Span => "span",
            Self::Generation => "generation",
            Self::Event => "event",
            Self::Embedding => "embedding",
            Self::Agent => "agent",
            Self::Tool => "tool",
            Self::Chain => "chain",
            Self::Retriever => "retriever",
            Self::Evaluator => "evaluator",
            Self::Guardrail => "guardrail",
        }
    }
}

impl fmt::Display for ObservationType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// How an observation went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Level {
    /// Only of interest when looking for a fault.
    Debug,
    /// As usual.
    #[default]
    Default,
    /// It went on, but not as it should.
    Warning,
    /// It failed.
    Error,
}

impl Level {
    /// The upper-case word, as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Default => "DEFAULT",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Starts describing a generation: one call of a model. The name is what a trace viewer shows,
/// usually `chat` and the model.
pub fn generation(name: impl Into<String>) -> ObservationBuilder {
    ObservationBuilder::new(ObservationType::Generation, name.into())
        .facts(|| record::attribute(names::OPERATION_NAME, names::operation::CHAT))
}

/// The observation that is running: the innermost instrumented function, or any other span that is
/// entered. Without one, what is set goes nowhere.
pub fn current() -> Observation {
    let span = match Handle::recording() {
        Some(_) => Span::current(),
        None => Span::none(),
    };
    Observation { span, owned: false }
}

/// The active context, which has the scope and the nearest exported span, even where the filter
/// hides the current one; the current span's own where a foreign layer does not activate it.
fn current_context() -> Context {
    let active = Context::current();
    let own = Span::current().context();
    let of = |context: &Context| context.span().span_context().span_id();
    if own.has_active_span() && of(&own) != of(&active) {
        return own;
    }
    active
}

/// Describes an observation before it starts, or after it has ended.
///
/// If nothing is recorded (no telemetry in the current subscriber, or a trace that is not sampled)
/// nothing is serialised or kept either.
#[derive(Debug)]
#[must_use = "nothing is recorded before `start` or `record`"]
pub struct ObservationBuilder {
    kind: ObservationType,
    name: String,
    /// `None` if nothing is recorded.
    handle: Option<Handle>,
    parent: Option<Context>,
    facts: Vec<Fact>,
}

impl ObservationBuilder {
    fn new(kind: ObservationType, name: String) -> Self {
        let this = Self {
            kind,
            name,
            handle: Handle::recording(),
            parent: None,
            facts: Vec::new(),
        };
        this.facts(|| record::observation_type(kind))
    }

    fn facts(mut self, facts: impl FnOnce() -> Vec<Fact>) -> Self {
        if self.handle.is_some() {
            self.facts.extend(facts());
        }
        self
    }

    /// Puts the observation below this span instead of the current one.
    pub fn with_parent(mut self, parent: &Span) -> Self {
        self.parent = Some(parent.context());
        self
    }

    /// Starts the observation now; it ends when the returned value is dropped.
    ///
    /// It is a standard `tracing` span of the target `tracing_genai`. Content is not among its
    /// fields, so a layer that prints spans does not print prompts.
    pub fn start(self) -> Observation {
        if self.handle.is_none() {
            return Observation {
                span: Span::none(),
                owned: true,
            };
        }
        let name = self.name.as_str();
        let span = match self.otel_kind() {
            SpanKind::Client => {
                info_span!(target: "tracing_genai", "observation", otel.name = name, otel.kind = "client")
            }
            _ => info_span!(target: "tracing_genai", "observation", otel.name = name),
        };
        if let Some(parent) = self.parent {
            // The span is new, so it has not started yet and takes a parent.
            let _ = span.set_parent(parent);
        }
        record::write(&span, self.facts);
        Observation { span, owned: true }
    }

    /// Records an observation that lasted from `start` to `end`, whenever that was.
    ///
    /// What is recorded this way is an OpenTelemetry span only: layers that print `tracing` spans do
    /// not see it. An `end` before `start` counts as `start`. Returns the new span's context, for
    /// children of it; `None` if nothing is recorded.
    pub fn record(self, start: SystemTime, end: SystemTime) -> Option<SpanContext> {
        let kind = self.otel_kind();
        let tracer = self.handle.as_ref()?.tracer();
        let parent = self.parent.unwrap_or_else(current_context);
        let mut attributes = Vec::with_capacity(self.facts.len());
        let mut status = Status::Unset;
        for fact in self.facts {
            match fact {
                Fact::Attribute(attribute) => attributes.push(attribute),
                Fact::Status(last) => status = last,
            }
        }
        let mut span = tracer
            .span_builder(self.name)
            .with_kind(kind)
            .with_start_time(start)
            .with_attributes(attributes)
            .start_with_context(tracer, &parent);
        span.set_status(status);
        span.end_with_timestamp(end.max(start));
        Some(span.span_context().clone())
    }

    fn otel_kind(&self) -> SpanKind {
        match self.kind {
            ObservationType::Generation | ObservationType::Embedding => SpanKind::Client,
            _ => SpanKind::Internal,
        }
    }
}

/// An observation that is running. What is set twice counts once, the last time.
///
/// One that was started by [`ObservationBuilder::start`] ends when it is dropped; one from
/// [`current`] ends with its function.
#[derive(Debug)]
pub struct Observation {
    span: Span,
    owned: bool,
}

impl Observation {
    /// The span, to enter it or to instrument a future with it, so that what happens in there
    /// becomes its child.
    pub fn span(&self) -> &Span {
        &self.span
    }

    fn facts(&self, facts: impl FnOnce() -> Vec<Fact>) -> &Self {
        if !self.span.is_none() {
            record::write(&self.span, facts());
        }
        self
    }

    /// Renames the observation.
    pub fn set_name(&self, name: impl Into<String>) -> &Self {
        if !self.span.is_none() {
            self.span.context().span().update_name(name.into());
        }
        self
    }

    /// Says that the first token has arrived now.
    pub fn mark_completion_start(&self) -> &Self {
        self.facts(|| record::completion_start(SystemTime::now()))
    }
}

impl Drop for Observation {
    fn drop(&mut self) {
        if self.owned && !handle::thread_is_ending() {
            // tracing-opentelemetry ends a span at its last exit, which may be long ago.
            self.span.in_scope(|| ());
        }
    }
}

/// Each fact once, as `with_…` before the start and as `set_…` while it runs.
macro_rules! describe {
    ($(
        $(#[$doc:meta])*
        $with:ident, $set:ident $(<$generic:ident: $bound:path>)? ($($argument:ident: $type:ty),*) => $facts:expr;
    )*) => {
        impl ObservationBuilder {
            $(
                $(#[$doc])*
                pub fn $with$(<$generic: $bound>)?(self, $($argument: $type),*) -> Self {
                    self.facts(move || $facts)
                }
            )*
        }

        impl Observation {
            $(
                $(#[$doc])*
                pub fn $set$(<$generic: $bound>)?(&self, $($argument: $type),*) -> &Self {
                    self.facts(move || $facts)
                }
            )*
        }
    };
}

describe! {
    /// The kind of observation.
    with_type, set_type(kind: ObservationType) => record::observation_type(kind);

    /// The provider, one of [`provider`](crate::conventions::provider) or any other text.
    with_provider, set_provider(provider: impl Into<String>) =>
        record::attribute(names::PROVIDER_NAME, provider.into());

    /// The model that is asked.
    with_model, set_model(model: impl Into<String>) =>
        record::attribute(names::REQUEST_MODEL, model.into());

    /// The model that answered, where the provider says so.
    with_response_model, set_response_model(model: impl Into<String>) =>
        record::attribute(names::RESPONSE_MODEL, model.into());

    /// The provider's id of the answer.
    with_response_id, set_response_id(id: impl Into<String>) =>
        record::attribute(names::RESPONSE_ID, id.into());

    /// The thread or conversation that this belongs to.
    with_conversation, set_conversation(id: impl Into<String>) =>
        record::attribute(names::CONVERSATION_ID, id.into());

    /// A parameter of the request, under the name that the provider's API gives it.
    with_parameter, set_parameter(name: &str, value: impl Serialize) =>
        record::parameter(name, value);

    /// Where the model was told to stop.
    with_stop_sequences, set_stop_sequences<T: Into<String>>(sequences: impl IntoIterator<Item = T>) =>
        record::stop_sequences(sequences);

    /// Why the model stopped, one reason a choice.
    with_finish_reasons, set_finish_reasons<T: Into<String>>(reasons: impl IntoIterator<Item = T>) =>
        record::finish_reasons(reasons);

    /// The messages sent, all of them, in order.
    with_input_messages, set_input_messages(messages: impl IntoIterator<Item = Message>) =>
        record::messages(names::INPUT_MESSAGES, messages);

    /// The messages received, one a choice.
    with_output_messages, set_output_messages(messages: impl IntoIterator<Item = Message>) =>
        record::messages(names::OUTPUT_MESSAGES, messages);

    /// Instructions that are given apart from the messages.
    with_system_instructions, set_system_instructions(text: impl Into<String>) =>
        record::system_instructions(text);

    /// The tools that the model may call.
    with_tools, set_tools(tools: impl IntoIterator<Item = ToolDefinition>) =>
        record::tools(tools);

    /// The input, in place of messages or of a function's arguments: text as it is, anything else as
    /// JSON.
    with_input, set_input(input: impl Serialize) =>
        record::content(names::observation::INPUT, input);

    /// The output, in place of messages or of a function's result: text as it is, anything else as
    /// JSON.
    with_output, set_output(output: impl Serialize) =>
        record::content(names::observation::OUTPUT, output);

    /// Token counts. Give them once: counts on an observation and on its children add up.
    with_usage, set_usage(usage: Usage) => record::usage(usage);

    /// When the first token arrived.
    with_completion_start, set_completion_start(time: SystemTime) => record::completion_start(time);

    /// How it went. [`Level::Error`] is an error for every backend.
    with_level, set_level(level: Level) => record::level(level);

    /// A sentence that explains the level.
    with_status_message, set_status_message(message: impl Into<String>) =>
        record::attribute(names::observation::STATUS_MESSAGE, message.into());

    /// It failed. `kind` is a name of low cardinality, such as the provider's error code; `message`
    /// explains it.
    with_error, set_error(kind: impl Into<String>, message: impl Into<String>) =>
        record::error(kind, message);

    /// Metadata of this observation: scalars keep their type, anything else becomes JSON.
    with_metadata, set_metadata(key: &str, value: impl Serialize) => record::metadata(key, value);
}
