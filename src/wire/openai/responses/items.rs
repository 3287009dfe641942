//! Items of the Responses API → messages and parts.
//!
//! The contract: what the caller runs is a tool call, what the provider ran itself is a server
//! tool call with everything that the item says, and an unknown item is kept as it came.

use serde_json::Value;

use crate::model::message::{Message, Part};
use crate::wire::content;
use crate::wire::facts::{ToolCall, ToolResult};
use crate::wire::fields::{Fields, Object, objects};
use crate::wire::openai::{parts, reasoning};

/// The items of an input as messages.
#[derive(Default)]
pub(super) struct Input {
    pub(super) messages: Vec<Message>,
    pub(super) results: Vec<ToolResult>,
}

/// The one message that the items of an answer are.
#[derive(Default)]
pub(super) struct Output {
    pub(super) parts: Vec<Part>,
    /// What the caller has to run.
    pub(super) calls: Vec<ToolCall>,
    /// Whether the answer waits for the caller.
    pub(super) wants_tools: bool,
    pub(super) annotations: Vec<Value>,
}

enum Item {
    Message {
        role: String,
        parts: Vec<Part>,
        annotations: Vec<Value>,
    },
    Reasoning(Vec<Part>),
    Call(ToolCall),
    Result(ToolResult),
    /// Done by the provider, or unknown; the flag says whether it waits for the caller.
    Other(Part, bool),
}

pub(super) fn output(items: Vec<Value>) -> Output {
    let mut output = Output::default();
    for item in objects(items).map(item) {
        match item {
            Item::Message {
                parts, annotations, ..
            } => {
                output.parts.extend(parts);
                output.annotations.extend(annotations);
            }
            Item::Reasoning(parts) => output.parts.extend(parts),
            Item::Call(call) => {
                output.wants_tools = true;
                output.parts.push(content::call_part(&call));
                output.calls.push(call);
            }
            // Some tools run at the provider and give their result at once.
            Item::Result(result) => {
                output
                    .calls
                    .retain(|call| call.id.as_deref() != Some(result.call_id.as_str()));
                output.wants_tools = !output.calls.is_empty();
                output.parts.push(response_part(&result));
            }
            Item::Other(part, waits) => {
                output.wants_tools |= waits;
                output.parts.push(part);
            }
        }
    }
    output
}

/// Whether an item of an answer says anything: a message or reasoning may have no text.
pub(super) fn has_content(fields: &Object) -> bool {
    let has_text = |name: &str| match fields.get(name) {
        Some(Value::Array(blocks)) => blocks.iter().any(is_no_empty_block),
        Some(Value::String(text)) => !text.is_empty(),
        _ => false,
    };
    match fields.peek("type") {
        Some("message") => has_text("content"),
        Some("reasoning") => ["summary", "content", "text"].into_iter().any(has_text),
        _ => true,
    }
}

fn is_no_empty_block(block: &Value) -> bool {
    let text = ["text", "refusal"]
        .iter()
        .find_map(|key| block.get(key)?.as_str());
    text != Some("")
}

pub(super) fn input(items: Vec<Value>) -> Input {
    let mut input = Input::default();
    for item in items {
        match item {
            Value::Object(fields) => input.add(item_of_input(fields)),
            // Only our own note that more was left out.
            Value::String(note) => input.messages.push(Message::user(note)),
            _ => {}
        }
    }
    input
}

impl Input {
    fn add(&mut self, item: Item) {
        match item {
            Item::Message { role, parts, .. } => match self.messages.last_mut() {
                // Reasoning precedes what it led to.
                Some(last) if role == "assistant" && is_reasoning(last) => {
                    last.parts.extend(parts);
                }
                _ => self.messages.push(Message::new(role, parts)),
            },
            Item::Reasoning(parts) => self.assistant(parts),
            Item::Call(call) => self.assistant([content::call_part(&call)]),
            Item::Result(result) => {
                let part = response_part(&result);
                self.messages.push(Message::new("tool", [part]));
                self.results.push(result);
            }
            Item::Other(part, _) => self.assistant([part]),
        }
    }

    /// What the model said earlier belongs to one message.
    fn assistant(&mut self, parts: impl IntoIterator<Item = Part>) {
        match self.messages.last_mut() {
            Some(last) if last.role == "assistant" => last.parts.extend(parts),
            _ => self.messages.push(Message::new("assistant", parts)),
        }
    }
}

fn is_reasoning(message: &Message) -> bool {
    message.role == "assistant"
        && message
            .parts
            .iter()
            .all(|part| matches!(part, Part::Reasoning { .. }))
}

fn response_part(result: &ToolResult) -> Part {
    Part::ToolCallResponse {
        id: Some(result.call_id.clone()),
        response: result.output.clone(),
    }
}

/// In an input the kind of a message may be left out, and its role is the user's then.
fn item_of_input(mut fields: Object) -> Item {
    if fields.peek("type").is_none() && fields.contains_key("content") {
        fields.insert("type".into(), "message".into());
    }
    item(fields)
}

fn item(mut fields: Object) -> Item {
    let kind = fields.peek("type").unwrap_or_default().to_owned();
    let known = match kind.as_str() {
        "message" => Some(message(&mut fields)),
        "reasoning" => Some(reasoning(&mut fields)),
        "function_call" => call(&mut fields, "arguments", None),
        "custom_tool_call" => call(&mut fields, "input", None),
        "computer_call" => call(&mut fields, "action", Some("computer")),
        "local_shell_call" | "shell_call" => {
            call(&mut fields, "action", kind.strip_suffix("_call"))
        }
        "apply_patch_call" => call(&mut fields, "operation", Some("apply_patch")),
        kind if kind.ends_with("_output") => result(&mut fields),
        _ => None,
    };
    known.unwrap_or_else(|| other(&kind, fields))
}

fn message(fields: &mut Object) -> Item {
    let mut content = fields.value("content").unwrap_or_default();
    let mut annotations = Vec::new();
    if let Value::Array(parts) = &mut content {
        for part in parts.iter_mut().filter_map(Value::as_object_mut) {
            annotations.extend(part.list("annotations").into_iter().map(content::scrubbed));
        }
    }
    let mut parts = parts::all(content);
    parts.retain(|part| !is_empty(part));
    Item::Message {
        role: fields.word("role").unwrap_or_else(|| "user".into()),
        parts,
        annotations,
    }
}

/// The summary, and the reasoning itself where it is open.
fn reasoning(fields: &mut Object) -> Item {
    let list = |name: &str| match fields.get(name) {
        Some(Value::Array(blocks)) => blocks.clone(),
        _ => Vec::new(),
    };
    let blocks = list("summary").into_iter().chain(list("content"));
    let texts: Vec<String> = blocks.filter_map(reasoning::text).collect();
    // Some servers have one text and no blocks.
    let other = |name| reasoning::text(fields.value(name)?);
    let texts = match texts.is_empty() {
        true => ["text", "content", "summary"]
            .into_iter()
            .find_map(other)
            .into_iter()
            .collect(),
        false => texts,
    };
    Item::Reasoning(texts.into_iter().map(Part::reasoning).collect())
}

/// A tool that the caller runs. Without a name it is none.
fn call(fields: &mut Object, arguments: &str, name: Option<&str>) -> Option<Item> {
    let name = match name {
        Some(name) => name.to_owned(),
        None => fields.word("name")?,
    };
    Some(Item::Call(ToolCall {
        id: fields.word("call_id").or_else(|| fields.word("id")),
        name,
        arguments: fields.value(arguments).map(|arguments| match arguments {
            Value::String(text) => text,
            structure => content::scrubbed(structure).to_string(),
        }),
    }))
}

fn result(fields: &mut Object) -> Option<Item> {
    let output = ["output", "outputs", "tools"];
    Some(Item::Result(ToolResult {
        call_id: fields.word("call_id")?,
        output: output
            .iter()
            .find_map(|key| fields.value(key))
            .map(|output| match output {
                // A screenshot is a part of its own.
                Value::Object(part) => parts::result(vec![Value::Object(part)].into()),
                output => parts::result(output),
            })
            .unwrap_or_default(),
    }))
}

fn other(kind: &str, mut fields: Object) -> Item {
    let tool = match kind {
        "mcp_call" | "mcp_list_tools" | "mcp_approval_request" => Some(kind),
        kind => kind.strip_suffix("_call"),
    };
    let Some(tool) = tool else {
        let part = match kind {
            "compaction" => Part::Compaction {
                id: fields.word("id"),
                content: None,
            },
            _ => content::opaque(fields),
        };
        return Item::Other(part, false);
    };
    let id = fields.word("id");
    let name = fields.word("name").unwrap_or_else(|| tool.to_owned());
    fields.insert("type".into(), tool.into());
    // The schemas take hundreds of kilobytes; the names are enough.
    if kind == "mcp_list_tools" {
        let tools = objects(fields.list("tools"));
        let names: Vec<Value> = tools
            .filter_map(|mut tool| tool.word("name").map(Value::String))
            .collect();
        fields.insert("tools".into(), names.into());
    }
    for key in ["arguments", "output"] {
        if let Some(value) = fields.get_mut(key)
            && let Value::String(text) = value
            && !text.is_empty()
        {
            *value = content::structured(std::mem::take(text));
        }
    }
    fields.retain(|_, value| !value.is_null());
    let part = Part::ServerToolCall {
        id,
        name,
        server_tool_call: content::scrubbed(inline_result(fields)),
    };
    Item::Other(part, kind == "mcp_approval_request")
}

/// A generated image is base64 of any length.
fn inline_result(mut fields: Object) -> Value {
    if fields.peek("type") == Some("image_generation")
        && let Some(data) = fields.word("result")
    {
        let marker = crate::text::base64::Marker::of(&data, None);
        fields.insert("result".into(), marker.to_string().into());
    }
    Value::Object(fields)
}

/// Whether a part has no text.
fn is_empty(part: &Part) -> bool {
    matches!(part, Part::Text { content } | Part::Reasoning { content } | Part::Refusal { content } if content.is_empty())
}
