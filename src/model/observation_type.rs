//! What kinds and levels of observations there are, and the words for them.
//!
//! The words are what is exported; a new kind is a new variant here and a constructor beside the
//! others.

use std::fmt;

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
