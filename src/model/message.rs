//! The message model: what goes into a model and comes out of it, in the shapes of the GenAI
//! semantic conventions.
//!
//! Serialising any of these types gives the JSON that the convention defines for
//! `gen_ai.input.messages`, `gen_ai.output.messages`, `gen_ai.system_instructions` and
//! `gen_ai.tool.definitions` (<https://github.com/open-telemetry/semantic-conventions-genai>).
//! Backends that want another shape get it by their mapping, never from here. Token counts are
//! *inclusive* as the convention defines them: cached tokens are part of the input, reasoning is
//! part of the output.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One message of a conversation.
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
        Self::new(
            "tool",
            [Part::ToolCallResponse {
                id: Some(call_id.into()),
                response: result.into(),
            }],
        )
    }

    /// Adds a part.
    #[must_use]
    pub fn with_part(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// Says why the model stopped; for output messages.
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// Plain text; refusals too.
    Text {
        /// The text.
        content: String,
    },
    /// The model asks for a tool.
    ToolCall {
        /// The id that the result will name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The tool's name.
        name: String,
        /// The arguments: an object wherever the model wrote valid JSON.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        arguments: Option<Value>,
    },
    /// What a tool answered.
    ToolCallResponse {
        /// The id of the call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The answer.
        response: Value,
    },
    /// A block of the model's reasoning.
    Reasoning {
        /// The text.
        content: String,
    },
    /// Inline bytes.
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
    ServerToolCallResponse {
        /// The id of the call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The answer as the provider describes it: an object with a `type`.
        server_tool_call_response: Value,
    },
    /// The provider put a summary in the place of earlier messages.
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

    /// The model's reasoning.
    pub fn reasoning(content: impl Into<String>) -> Self {
        Self::Reasoning {
            content: content.into(),
        }
    }

    /// A tool call. `arguments` is the text that the model wrote: valid JSON becomes structured,
    /// anything else is kept as text.
    pub fn tool_call(
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        let text = arguments.into();
        let arguments = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Self::ToolCall {
            id: Some(id.into()),
            name: name.into(),
            arguments: Some(arguments),
        }
    }

    /// A part that has no name here. `fields` are what stands beside the `type`; anything but an
    /// object becomes its `content`.
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

/// A tool that the model may call.
///
/// The conventions put the name at the top level: `{"type":"function","name":…}`.
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
    /// Whether the model must keep to the schema to the letter.
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

    /// Says what the tool does.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Gives the JSON schema of the arguments.
    #[must_use]
    pub fn with_parameters(mut self, schema: impl Into<Value>) -> Self {
        self.parameters = Some(schema.into());
        self
    }

    /// Says whether the model must keep to the schema to the letter.
    #[must_use]
    pub fn with_strict(mut self, strict: bool) -> Self {
        self.strict = Some(strict);
        self
    }
}

/// Token counts of one model call, inclusive as the GenAI conventions define them.
///
/// The details are *parts* of `input_tokens` or `output_tokens`, never additions to them; mappings
/// to backends that add everything up subtract them. Zero details are not written.
///
/// ```
/// use tracing_genai::message::Usage;
///
/// // 142 tokens went in, 64 of them from the cache; 23 came out.
/// let usage = Usage::new(142, 23).with_cache_read(64);
/// assert_eq!(usage.cache_read_input_tokens, 64);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// All input tokens.
    pub input_tokens: u64,
    /// All output tokens.
    pub output_tokens: u64,
    /// Of the input: read from a cache.
    pub cache_read_input_tokens: u64,
    /// Of the input: written to a cache.
    pub cache_write_input_tokens: u64,
    /// Of the output: reasoning.
    pub reasoning_output_tokens: u64,
    /// Of the input: audio.
    pub audio_input_tokens: u64,
    /// Of the output: audio.
    pub audio_output_tokens: u64,
}

impl Usage {
    /// Counts of all input and all output tokens.
    pub fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Self {
            input_tokens,
            output_tokens,
            ..Self::default()
        }
    }

    /// How many of the input tokens came from a cache.
    #[must_use]
    pub fn with_cache_read(mut self, tokens: u64) -> Self {
        self.cache_read_input_tokens = tokens;
        self
    }

    /// How many of the input tokens were written to a cache.
    #[must_use]
    pub fn with_cache_write(mut self, tokens: u64) -> Self {
        self.cache_write_input_tokens = tokens;
        self
    }

    /// How many of the output tokens were reasoning.
    #[must_use]
    pub fn with_reasoning(mut self, tokens: u64) -> Self {
        self.reasoning_output_tokens = tokens;
        self
    }

    /// How many of the input and of the output tokens were audio.
    #[must_use]
    pub fn with_audio(mut self, input_tokens: u64, output_tokens: u64) -> Self {
        self.audio_input_tokens = input_tokens;
        self.audio_output_tokens = output_tokens;
        self
    }
}
