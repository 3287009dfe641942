//! A request's body → what it asks for.
//!
//! The contract: content and parameters are told apart, so that parameters may be shown where
//! content may not; a parameter that was not sent is not there. What each API calls its content is
//! known by its own module, everything else is a parameter, also one that nobody here knows.

use serde_json::{Number, Value};

use super::endpoint::{Endpoint, Kind};
use super::{assistants, chat, embeddings, media, responses};
use crate::conventions::output_type;
use crate::model::message::ToolDefinition;
use crate::wire::facts::RequestFacts;
use crate::wire::fields::{Fields, Object, as_count, objects};
use crate::wire::framing::{json, multipart, tail};
use crate::wire::limits::Limits;

/// Reads a request's body as it is sent.
#[derive(Debug)]
pub(crate) struct RequestReader {
    body: Body,
    is_empty: bool,
    /// The end of a body whose middle was not read.
    tail: Vec<u8>,
}

#[derive(Debug)]
enum Body {
    Json(json::Reader),
    Multipart(multipart::Reader),
}

/// Texts that ask, instruct or quote where the API at hand does not know them as its content.
const CONTENT_PARAMETERS: &[&str] = &[
    "documents",
    "input",
    "instructions",
    "messages",
    "negative_prompt",
    "prediction",
    "prompt",
    "suffix",
    "system",
];

impl RequestReader {
    pub(crate) fn new(content_type: Option<&str>, limits: Limits) -> Self {
        let boundary = content_type.and_then(multipart::boundary);
        Self {
            body: match boundary {
                Some(boundary) => Body::Multipart(multipart::Reader::new(boundary, limits)),
                None => Body::Json(json::Reader::new(limits)),
            },
            is_empty: true,
            tail: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.is_empty &= bytes.is_empty();
        match &mut self.body {
            Body::Json(reader) => reader.push(bytes),
            Body::Multipart(reader) => reader.push(bytes),
        }
    }

    /// Goes on with the end of the body, after a part that was not read.
    pub(crate) fn skip_to(&mut self, mut tail: Vec<u8>) {
        tail.drain(..tail.len().saturating_sub(tail::BYTES));
        match &mut self.body {
            Body::Json(_) => self.tail = tail,
            Body::Multipart(reader) => reader.skip_to(&tail),
        }
    }

    pub(crate) fn finish(self, endpoint: &Endpoint) -> RequestFacts {
        let (fields, complete, is_form) = match self.body {
            Body::Json(reader) => {
                let parsed = reader.finish();
                match parsed.value {
                    Some(Value::Object(mut fields)) => {
                        tail::put_members(&mut fields, tail::members(&self.tail));
                        (fields, parsed.complete, false)
                    }
                    _ => (Object::new(), parsed.complete, false),
                }
            }
            Body::Multipart(reader) => {
                let (fields, complete) = reader.finish();
                (fields, complete, true)
            }
        };
        let mut facts = facts(fields, is_form, endpoint);
        facts.complete = complete || self.is_empty;
        facts
    }
}

impl RequestFacts {
    /// How many choices of a chat or a completion were asked for; `None` if that cannot be told.
    pub(crate) fn choices(&self, endpoint: &Endpoint) -> Option<u64> {
        let prompts = match endpoint.kind() {
            Kind::Chat => 1,
            Kind::Completions => self.messages.len().max(1) as u64,
            _ => return None,
        };
        let count = self.parameters.iter().find(|(name, _)| name == "n");
        let count = match count {
            Some((_, count)) => as_count(count)?,
            None => 1,
        };
        self.complete.then(|| prompts.saturating_mul(count))
    }
}

#[cfg(test)]
impl RequestFacts {
    /// Reads a body that is there as a whole.
    pub(crate) fn read(
        endpoint: &Endpoint,
        content_type: Option<&str>,
        body: &[u8],
        limits: Limits,
    ) -> Self {
        let mut reader = RequestReader::new(content_type, limits);
        reader.push(body);
        reader.finish(endpoint)
    }
}

fn facts(mut fields: Object, is_form: bool, endpoint: &Endpoint) -> RequestFacts {
    let mut facts = RequestFacts {
        stream: endpoint.stream() || flag(&fields, "stream"),
        ..RequestFacts::default()
    };
    if endpoint.kind() == Kind::Other {
        return facts;
    }
    facts.model = fields
        .word("model")
        .or_else(|| endpoint.deployment().map(str::to_owned));
    facts.metadata = fields.object("metadata").unwrap_or_default();
    if endpoint.is_assistants() {
        assistants::request(fields, endpoint.kind(), &mut facts);
        return facts;
    }
    content(&mut fields, endpoint.kind(), &mut facts);
    if !endpoint.is_inference() {
        return facts;
    }

    facts.tools = tools(fields.list("tools"));
    let functions = objects(fields.list("functions")).map(|function| tool("function", function));
    facts.tools.extend(functions.flatten());
    facts.service_tier = fields.peek("service_tier").map(str::to_owned);
    facts.background = fields.get("background").and_then(Value::as_bool);
    facts.include_usage = fields
        .get("stream_options")
        .and_then(|options| options.get("include_usage")?.as_bool());
    output_form(&fields, endpoint.kind(), &mut facts);
    parameters(fields, is_form, &mut facts);
    facts
}

/// A flag, also as a form sends it.
fn flag(fields: &Object, key: &str) -> bool {
    match fields.get(key) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

/// What each API calls its content.
fn content(fields: &mut Object, kind: Kind, facts: &mut RequestFacts) {
    match kind {
        Kind::Chat => chat::request(fields, facts),
        Kind::Completions => chat::completion_request(fields, facts),
        Kind::Response | Kind::ResponseCompact | Kind::ResponseInputTokens => {
            responses::request(fields, facts);
        }
        Kind::ConversationCreate | Kind::ConversationItems => {
            responses::conversation_request(fields, facts);
        }
        Kind::Embeddings => {
            embeddings::request(fields, facts);
            facts.dimensions = fields
                .get("dimensions")
                .and_then(crate::wire::fields::as_count);
            let format = fields.peek("encoding_format").map(str::to_owned);
            facts.encoding_formats = format.into_iter().collect();
        }
        Kind::ImageGeneration | Kind::ImageEdit | Kind::ImageVariation => {
            media::request(fields, &["prompt", "image", "mask"], facts);
        }
        Kind::Speech => media::request(fields, &["input"], facts),
        Kind::Transcription | Kind::Translation => {
            media::request(fields, &["file", "prompt"], facts);
        }
        Kind::Moderation => media::moderation_request(fields, facts),
        _ => {}
    }
}

/// The form of the answer that was asked for.
fn output_form(fields: &Object, kind: Kind, facts: &mut RequestFacts) {
    facts.output_type = match kind {
        Kind::ImageGeneration | Kind::ImageEdit | Kind::ImageVariation => Some(output_type::IMAGE),
        Kind::Speech => Some(output_type::SPEECH),
        Kind::Chat | Kind::Response => {
            let format = fields
                .get("response_format")
                .or_else(|| fields.get("text")?.get("format"));
            // Chat Completions has the schema one level deeper.
            let schema = format.and_then(|format| format.get("json_schema").or(Some(format)));
            facts.schema_name = schema
                .and_then(|schema| schema.get("name")?.as_str())
                .map(str::to_owned);
            let wants_sound = fields
                .get("modalities")
                .and_then(Value::as_array)
                .is_some_and(|modalities| modalities.iter().any(|modality| modality == "audio"));
            match format.and_then(|format| format.get("type")?.as_str()) {
                _ if wants_sound => Some(output_type::SPEECH),
                Some("json_object" | "json_schema") => Some(output_type::JSON),
                Some("text") => Some(output_type::TEXT),
                _ => None,
            }
        }
        _ => None,
    };
}

/// Definitions of tools, of every API.
pub(super) fn tools(items: Vec<Value>) -> Vec<ToolDefinition> {
    objects(items).filter_map(any_tool).collect()
}

fn any_tool(mut fields: Object) -> Option<ToolDefinition> {
    let kind = fields.word("type").unwrap_or_else(|| "function".into());
    match fields.object(&kind) {
        // Chat Completions nests what the others have at the top.
        Some(nested) if nested.contains_key("name") => tool(&kind, nested),
        _ => tool(&kind, fields),
    }
}

/// Name and schema only: tools of the provider are configured with addresses and secrets.
fn tool(kind: &str, mut fields: Object) -> Option<ToolDefinition> {
    let name = fields
        .word("name")
        .or_else(|| fields.word("server_label"))
        .or_else(|| (kind != "function").then(|| kind.to_owned()))?;
    let mut tool = ToolDefinition::function(name);
    tool.kind = kind.to_owned();
    tool.description = fields.word("description");
    tool.parameters = fields.value("parameters");
    tool.strict = fields.flag("strict");
    Some(tool)
}

/// Everything that is left.
fn parameters(fields: Object, is_form: bool, facts: &mut RequestFacts) {
    for (name, value) in fields {
        match (name.as_str(), value) {
            (_, Value::Null) => {}
            (name, value) if CONTENT_PARAMETERS.contains(&name) => {
                let value = super::content::scrubbed(value);
                facts.content_parameters.push((name.to_owned(), value));
            }
            ("reasoning", Value::Object(members)) => {
                flatten(members, facts, |member| format!("reasoning_{member}"));
            }
            ("text", Value::Object(members)) => flatten(members, facts, |member| match member {
                "format" => "text_format".to_owned(),
                member => member.to_owned(),
            }),
            (_, Value::String(text)) if is_form => {
                facts.parameters.push((name, of_form(text)));
            }
            (_, value) => facts.parameters.push((name, value)),
        }
    }
}

fn flatten(members: Object, facts: &mut RequestFacts, name: impl Fn(&str) -> String) {
    let members = members.into_iter().filter(|(_, value)| !value.is_null());
    facts
        .parameters
        .extend(members.map(|(member, value)| (name(&member), value)));
}

/// A form has only text.
fn of_form(text: String) -> Value {
    match text.as_str() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => match text.parse::<Number>() {
            Ok(number) if number.to_string() == text => Value::Number(number),
            _ => Value::String(text),
        },
    }
}
