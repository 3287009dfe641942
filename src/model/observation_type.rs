//! The types and levels of observations, and the words under which they are exported.

use std::fmt;

/// The type of an observation, as trace viewers know it.
///
/// Defaults to [`ObservationType::Span`].
///
/// # Examples
///
/// ```
/// use tracing_genai::observation::{self, ObservationType};
///
/// // The instrumented function that runs is a retriever.
/// observation::current().set_type(ObservationType::Retriever);
/// assert_eq!(ObservationType::Retriever.as_str(), "retriever");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ObservationType {
    /// Any piece of work; the type of an instrumented function unless it sets another.
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
    /// A check of the quality of an output.
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
///
/// Defaults to [`Level::Default`].
///
/// # Examples
///
/// ```
/// use tracing_genai::observation::{self, Level};
///
/// observation::current()
///     .set_level(Level::Warning)
///     .set_status_message("no document was found");
/// assert_eq!(Level::Warning.as_str(), "WARNING");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Level {
    /// Of interest only when looking for a fault.
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
