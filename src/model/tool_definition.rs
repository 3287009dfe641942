//! Tools that a model may call.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A tool that the model may call.
///
/// As JSON, the name stands at the top level: `{"type":"function","name":…}`.
///
/// # Examples
///
/// ```
/// use tracing_genai::message::ToolDefinition;
///
/// let tool = ToolDefinition::function("get_weather")
///     .with_description("The weather of a city.")
///     .with_parameters(serde_json::json!({
///         "type": "object",
///         "properties": { "city": { "type": "string" } },
///     }));
/// assert_eq!(tool.kind, "function");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolDefinition {
    /// `function`, or the provider's own tool (`web_search`, `code_interpreter` …).
    #[serde(rename = "type")]
    pub kind: String,
    /// The tool's name.
    pub name: String,
    /// What the tool does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// JSON schema of the arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// Whether the arguments must follow the schema exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
}

impl ToolDefinition {
    /// A function.
    pub fn function(name: impl Into<String>) -> Self {
        Self {
            kind: "function".into(),
            name: name.into(),
            description: None,
            parameters: None,
            strict: None,
        }
    }

    /// Describes what the tool does.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the JSON schema of the arguments.
    #[must_use]
    pub fn with_parameters(mut self, schema: impl Into<Value>) -> Self {
        self.parameters = Some(schema.into());
        self
    }

    /// Sets whether the arguments must follow the schema exactly. Defaults to unset.
    #[must_use]
    pub fn with_strict(mut self, strict: bool) -> Self {
        self.strict = Some(strict);
        self
    }
}
