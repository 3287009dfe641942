//! A finished span → the same span with what OpenInference has beyond the GenAI conventions.
//!
//! For Arize Phoenix and other readers of OpenInference. Phoenix derives kinds, messages, tools and token
//! counts from `gen_ai.*` itself, so those stay as they are and are not repeated. Added is what it does not
//! derive: the kind of every other span, input and output as they appear in its lists of traces, sessions
//! and spans, tags and metadata, the finer token counts, and the project on the resource. Pure; what the
//! user set under these names stays. Neutral names are removed once they are translated, others are kept.

use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use serde::de::IgnoredAny;
use serde_json::{Map, Value as Json};

use super::backend::{Backend, MapOptions};
use super::conventional;
use crate::conventions as names;
use crate::conventions::{observation, operation, trace};
use crate::text::attribute_value;

const KIND: &str = "openinference.span.kind";
const INPUT: &str = "input.value";
const INPUT_TYPE: &str = "input.mime_type";
const OUTPUT: &str = "output.value";
const OUTPUT_TYPE: &str = "output.mime_type";
const METADATA: &str = "metadata";
const TAGS: &str = "tag.tags";
const PROJECT: &str = "openinference.project.name";

/// A header of all answers of Phoenix.
const PHOENIX_HEADER: &str = "x-phoenix-server-version";

/// Token counts under the names that Phoenix reads.
const COUNTS: &[(&str, &str)] = &[
    (
        names::USAGE_CACHE_WRITE_INPUT_TOKENS,
        names::USAGE_CACHE_CREATION_INPUT_TOKENS,
    ),
    (
        names::USAGE_AUDIO_INPUT_TOKENS,
        "llm.token_count.prompt_details.audio",
    ),
    (
        names::USAGE_AUDIO_OUTPUT_TOKENS,
        "llm.token_count.completion_details.audio",
    ),
    (
        names::USAGE_REASONING_OUTPUT_TOKENS,
        "llm.token_count.completion_details.reasoning",
    ),
];

/// The name of a service without a name.
const UNKNOWN_SERVICE: &str = "unknown_service";

/// OpenInference, as one of the backends.
#[derive(Debug)]
pub(super) struct OpenInference;

impl Backend for OpenInference {
    fn name(&self) -> &'static str {
        "OpenInference"
    }

    fn map(&self, span: &mut SpanData, _: MapOptions) {
        map(span);
    }

    fn resource(&self, resource: &Resource, _options: MapOptions) -> Resource {
        self::resource(resource)
    }

    fn is_metadata(&self, key: &str) -> bool {
        [METADATA, TAGS].contains(&key)
    }

    fn server_by(&self, header: &str) -> Option<&'static str> {
        (header == PHOENIX_HEADER).then_some("Phoenix")
    }
}

/// Adds OpenInference's attributes to the span's.
fn map(span: &mut SpanData) {
    conventional::map(span);
    let mut attributes = Attributes(std::mem::take(&mut span.attributes));
    attributes.map_kind();
    attributes.map_value(&SIDES[0]);
    attributes.map_value(&SIDES[1]);
    attributes.map_metadata();
    if let Some(tags) = attributes.take(trace::TAGS) {
        attributes.add(TAGS, tags);
    }
    for (from, to) in COUNTS {
        if let Some(count) = attributes.get(from).cloned() {
            attributes.add(to, count);
        }
    }
    span.attributes = attributes.0;
}

/// The same resource with a project: the service, if it has a name. Everything else is in Phoenix's
/// project `default`.
fn resource(resource: &Resource) -> Resource {
    let resource = &conventional::resource(resource);
    let get = |key: &'static str| resource.get_ref(&Key::from_static_str(key));
    let service = get(names::SERVICE_NAME)
        .map(Value::as_str)
        .filter(|name| !name.is_empty() && !name.starts_with(UNKNOWN_SERVICE));
    let Some(service) = service.filter(|_| get(PROJECT).is_none()) else {
        return resource.clone();
    };
    let attributes = resource
        .iter()
        .map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
        .chain([KeyValue::new(PROJECT, service.into_owned())]);
    let builder = Resource::builder_empty();
    match resource.schema_url() {
        Some(url) => builder.with_schema_url(attributes, url.to_owned()),
        None => builder.with_attributes(attributes),
    }
    .build()
}

/// The attributes that an input or output is read from and written to.
struct Side {
    value: &'static str,
    mime_type: &'static str,
    /// Set by hand, or of a function.
    neutral: &'static str,
    messages: &'static str,
    /// Of several messages, the last one with this role counts, if there is one.
    role: &'static str,
    /// Used as they are: the first that is there.
    others: &'static [&'static str],
}

const SIDES: [Side; 2] = [
    Side {
        value: INPUT,
        mime_type: INPUT_TYPE,
        neutral: observation::INPUT,
        messages: names::INPUT_MESSAGES,
        role: "user",
        others: &[
            names::TOOL_CALL_ARGUMENTS,
            names::RETRIEVAL_QUERY_TEXT,
            names::MEMORY_QUERY_TEXT,
        ],
    },
    Side {
        value: OUTPUT,
        mime_type: OUTPUT_TYPE,
        neutral: observation::OUTPUT,
        messages: names::OUTPUT_MESSAGES,
        role: "assistant",
        others: &[
            names::TOOL_CALL_RESULT,
            names::RETRIEVAL_DOCUMENTS,
            names::MEMORY_RECORDS,
        ],
    },
];

struct Attributes(Vec<KeyValue>);

impl Attributes {
    fn get(&self, key: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|attribute| attribute.key.as_str() == key)
            .map(|attribute| &attribute.value)
    }

    fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        let index = self.0.iter().position(|a| a.key.as_str() == key)?;
        Some(self.0.remove(index).value)
    }

    /// Adds an attribute unless the user has set it.
    fn add(&mut self, key: &'static str, value: impl Into<Value>) {
        if !self.has(key) {
            self.0.push(KeyValue::new(key, value));
        }
    }

    /// A span whose kind is neither set nor derived is a `CHAIN`: a link between steps.
    fn map_kind(&mut self) {
        let named = self.take(observation::TYPE);
        let named = named.as_ref().map(Value::as_str);
        let kind = match named.as_deref() {
            Some("generation") => "LLM",
            Some("embedding") => "EMBEDDING",
            Some("agent") => "AGENT",
            Some("tool") => "TOOL",
            Some("retriever") => "RETRIEVER",
            Some("evaluator") => "EVALUATOR",
            Some("guardrail") => "GUARDRAIL",
            Some("span" | "event" | "chain") => "CHAIN",
            _ => match self.get(names::OPERATION_NAME).map(Value::as_str) {
                Some(operation) if is_known(&operation) => return,
                Some(operation) if operation == operation::SEARCH_MEMORY => "RETRIEVER",
                None if self.has_call() => return,
                _ => "CHAIN",
            },
        };
        self.add(KIND, kind);
    }

    /// Whether the span describes a model call or a tool without naming the operation.
    fn has_call(&self) -> bool {
        [
            names::TOOL_NAME,
            names::TOOL_CALL_ID,
            names::INPUT_MESSAGES,
            names::OUTPUT_MESSAGES,
        ]
        .iter()
        .any(|key| self.has(key))
    }

    /// The whole conversation is in the messages; this is its last text, for lists.
    fn map_value(&mut self, side: &Side) {
        let value = self
            .take(side.neutral)
            .map(|value| value.as_str().into_owned())
            .or_else(|| {
                let messages = self.get(side.messages)?.as_str();
                Some(last_text(&messages, side.role).unwrap_or_else(|| messages.into_owned()))
            })
            .or_else(|| {
                let value = side.others.iter().find_map(|key| self.get(key))?;
                Some(value.as_str().into_owned())
            });
        if let Some(value) = value.filter(|_| !self.has(side.value)) {
            self.add(side.mime_type, mime_type(&value));
            self.add(side.value, value);
        }
    }

    /// The trace's metadata and the span's own, which wins.
    fn map_metadata(&mut self) {
        let mut metadata = Map::new();
        for prefix in [
            trace::METADATA_PREFIX,
            observation::REQUEST_METADATA_PREFIX,
            observation::METADATA_PREFIX,
        ] {
            self.0.retain(|attribute| {
                let Some(key) = attribute.key.as_str().strip_prefix(prefix) else {
                    return true;
                };
                metadata.insert(key.to_owned(), attribute_value::json(&attribute.value));
                false
            });
        }
        if !metadata.is_empty() {
            self.add(METADATA, Json::Object(metadata).to_string());
        }
    }
}

/// Operations from which Phoenix derives the kind.
fn is_known(name: &str) -> bool {
    matches!(
        name,
        operation::CHAT
            | operation::TEXT_COMPLETION
            | operation::GENERATE_CONTENT
            | operation::EMBEDDINGS
            | operation::EXECUTE_TOOL
            | operation::RETRIEVAL
            | operation::INVOKE_AGENT
            | operation::CREATE_AGENT
    )
}

/// The text of the last message of that role, or of the last at all; `None` if it has no text.
fn last_text(messages: &str, role: &str) -> Option<String> {
    let messages: Vec<Json> = serde_json::from_str(messages).ok()?;
    let message = messages
        .iter()
        .rev()
        .find(|message| message["role"] == role)
        .or(messages.last())?;
    let texts: Vec<&str> = message["parts"]
        .as_array()?
        .iter()
        .filter(|part| part["type"] == "text")
        .filter_map(|part| part["content"].as_str())
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

fn mime_type(value: &str) -> &'static str {
    let is_json = value.trim_start().starts_with(['{', '['])
        && serde_json::from_str::<IgnoredAny>(value).is_ok();
    if is_json {
        "application/json"
    } else {
        "text/plain"
    }
}

#[cfg(test)]
mod tests;
