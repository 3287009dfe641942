//! The message model: what goes into a model and comes out of it, in the shapes of the GenAI
//! semantic conventions.
//!
//! Serialising any of these types gives the JSON that the convention defines for
//! `gen_ai.input.messages`, `gen_ai.output.messages`, `gen_ai.system_instructions` and
//! `gen_ai.tool.definitions` (<https://github.com/open-telemetry/semantic-conventions-genai>).
//! Backends that want another shape get it from their mapping, never from here.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use super::tool_definition::ToolDefinition;
pub use super::usage::Usage;

/// One message of a conversation.
///
/// # Examples
///
/// ```
/// use tracing_genai::message::Message;
///
/// let message = Message::user("What is 2 + 2?");
/// assert_eq!(
///     serde_json::to_string(&message).unwrap(),
///     r#"{"role":"user","parts":[{"type":"text","content":"What is 2 + 2?"}]}"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// `system`, `developer`, `user`, `assistant`, `tool` or any other text.
    pub role: String,
    /// The content, in order.
    pub parts: Vec<Part>,
    /// The name of the participant, where there are several in one role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why the model stopped; only on output messages (`stop`, `length`, `tool_call`,
    /// `content_filter`, `error` or the provider's own word).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
}

impl Message {
    /// A message of any role with the given parts.
    pub fn new(role: impl Into<String>, parts: impl IntoIterator<Item = Part>) -> Self {
        Self {
            role: role.into(),
            parts: parts.into_iter().collect(),
            name: None,
            finish_reason: None,
        }
    }

    /// A system message of one text.
    pub fn system(text: impl Into<String>) -> Self {
        Self::new("system", [Part::text(text)])
    }

    /// A user message of one text.
    pub fn user(text: impl Into<String>) -> Self {
        Self::new("user", [Part::text(text)])
    }

    /// An assistant message of one text.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::new("assistant", [Part::text(text)])
    }

    /// The result of a tool call. `result` is JSON of any shape.
    pub fn tool(call_id: impl Into<String>, result: impl Into<Value>) -> Self {
        Self::new("tool", [Part::tool_call_response(call_id, result)])
    }

    /// Adds a part.
    #[must_use]
    pub fn with_part(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Sets why the model stopped; for output messages.
    #[must_use]
    pub fn with_finish_reason(mut self, reason: impl Into<String>) -> Self {
        self.finish_reason = Some(reason.into());
        self
    }

    /// Names the participant.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// A piece of a message's content.
///
/// # Examples
///
/// ```
/// use tracing_genai::message::{Message, Part};
///
/// let message = Message::new(
///     "assistant",
///     [
///         Part::text("Let me look."),
///         Part::tool_call("call_1", "get_weather", r#"{"city":"Oslo"}"#),
///     ],
/// );
/// assert_eq!(message.parts.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// Plain text.
    #[non_exhaustive]
    Text {
        /// The text.
        content: String,
    },
    /// The model declines to answer.
    #[non_exhaustive]
    Refusal {
        /// The text.
        content: String,
    },
    /// The model asks for a tool.
    #[non_exhaustive]
    ToolCall {
        /// The id that the result will name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The tool's name.
        name: String,
        /// The arguments as the model wrote them. An object or array is serialised as such, with its
        /// digits and the order of its fields; any other text as text.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "super::arguments"
        )]
        arguments: Option<String>,
    },
    /// What a tool answered.
    #[non_exhaustive]
    ToolCallResponse {
        /// The id of the call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The answer.
        response: Value,
    },
    /// A block of the model's reasoning.
    #[non_exhaustive]
    Reasoning {
        /// The text.
        content: String,
    },
    /// Inline bytes.
    #[non_exhaustive]
    Blob {
        /// `image`, `audio`, `video`, `document` or another word.
        modality: String,
        /// The media type, if known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mime_type: Option<String>,
        /// Base64.
        content: String,
    },
    /// A file that the provider holds.
    #[non_exhaustive]
    File {
        /// `image`, `audio`, `video`, `document` or another word.
        modality: String,
        /// The media type, if known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mime_type: Option<String>,
        /// The provider's id of the file.
        file_id: String,
    },
    /// Something behind an address.
    #[non_exhaustive]
    Uri {
        /// `image`, `audio`, `video`, `document` or another word.
        modality: String,
        /// The media type, if known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mime_type: Option<String>,
        /// The address.
        uri: String,
    },
    /// The provider ran one of its own tools.
    #[non_exhaustive]
    ServerToolCall {
        /// The id that the result names.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The tool's name.
        name: String,
        /// The call as the provider describes it: an object with a `type`.
        server_tool_call: Value,
    },
    /// What one of the provider's own tools answered.
    #[non_exhaustive]
    ServerToolCallResponse {
        /// The id of the call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The answer as the provider describes it: an object with a `type`.
        server_tool_call_response: Value,
    },
    /// The provider put a summary in the place of earlier messages.
    #[non_exhaustive]
    Compaction {
        /// The provider's id of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The summary, where it can be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<String>,
    },
    /// Anything else: an object with a `type` of its own.
    #[serde(untagged)]
    Other(Map<String, Value>),
}

impl Part {
    /// Plain text.
    pub fn text(content: impl Into<String>) -> Self {
        Self::Text {
            content: content.into(),
        }
    }

    /// The model declines to answer.
    pub fn refusal(content: impl Into<String>) -> Self {
        Self::Refusal {
            content: content.into(),
        }
    }

    /// A block of the model's reasoning.
    pub fn reasoning(content: impl Into<String>) -> Self {
        Self::Reasoning {
            content: content.into(),
        }
    }

    /// A tool call. `arguments` is the text that the model wrote.
    pub fn tool_call(
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        Self::ToolCall {
            id: Some(id.into()),
            name: name.into(),
            arguments: Some(arguments.into()),
        }
    }

    /// The result of a tool call. `response` is JSON of any shape.
    pub fn tool_call_response(id: impl Into<String>, response: impl Into<Value>) -> Self {
        Self::ToolCallResponse {
            id: Some(id.into()),
            response: response.into(),
        }
    }

    /// Inline bytes as base64; `modality` is `image`, `audio`, `video`, `document` or another word.
    pub fn blob(modality: impl Into<String>, base64: impl Into<String>) -> Self {
        Self::Blob {
            modality: modality.into(),
            mime_type: None,
            content: base64.into(),
        }
    }

    /// A file that the provider holds.
    pub fn file(modality: impl Into<String>, file_id: impl Into<String>) -> Self {
        Self::File {
            modality: modality.into(),
            mime_type: None,
            file_id: file_id.into(),
        }
    }

    /// Something behind an address.
    pub fn uri(modality: impl Into<String>, uri: impl Into<String>) -> Self {
        Self::Uri {
            modality: modality.into(),
            mime_type: None,
            uri: uri.into(),
        }
    }

    /// Sets the media type of a blob, a file or an address; other parts have none.
    #[must_use]
    pub fn with_mime_type(mut self, media_type: impl Into<String>) -> Self {
        if let Self::Blob { mime_type, .. }
        | Self::File { mime_type, .. }
        | Self::Uri { mime_type, .. } = &mut self
        {
            *mime_type = Some(media_type.into());
        }
        self
    }

    /// A part of another type. An object's fields stand beside the `type`; any other value becomes
    /// the part's `content`.
    pub fn other(kind: impl Into<String>, fields: impl Into<Value>) -> Self {
        let mut part = Map::new();
        part.insert("type".into(), Value::String(kind.into()));
        match fields.into() {
            Value::Object(fields) => {
                let fields = fields.into_iter().filter(|(name, _)| name != "type");
                part.extend(fields);
            }
            content => _ = part.insert("content".into(), content),
        }
        Self::Other(part)
    }
}
