//! The public names of the backends with attributes of their own.

use crate::backends;
use crate::backends::Backend;

/// A backend whose attributes are written besides those of the GenAI semantic conventions.
///
/// # Examples
///
/// ```
/// use tracing_genai::{Destination, Mapping};
///
/// let phoenix =
///     Destination::otlp("http://localhost:6006/v1/traces").with_mapping(Mapping::OpenInference);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mapping {
    /// Langfuse's `langfuse.*` attributes.
    Langfuse,
    /// OpenInference's attributes, for Arize Phoenix: the kind of every span, its input and output, tags,
    /// metadata, and a project with the name of the service.
    OpenInference,
}

impl Mapping {
    pub(crate) fn backend(self) -> &'static dyn Backend {
        match self {
            Self::Langfuse => backends::LANGFUSE,
            Self::OpenInference => backends::OPEN_INFERENCE,
        }
    }
}
