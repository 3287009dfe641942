//! Messages and tools of the GenAI conventions → the OpenAI-like shapes that Langfuse shows
//! everywhere: chat view, table cells, tool columns.
//!
//! Pure and lenient: JSON that is not what the convention says passes as it is, unknown members
//! and parts are carried over, nothing is lost. One message can become several, because a tool's
//! result is a message of its own there.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use super::json;
use super::json::Object;
use super::parts::{ContentPart, Part, Thinking, ToolCall};

/// Roles that the server's OpenAI view knows in a bare array of messages.
const KNOWN_ROLES: &[&str] = &["system", "user", "assistant", "tool", "function"];

/// A message as the Chat Completions API writes it, or one that is left as it came.
#[derive(Serialize)]
#[serde(untagged)]
enum Message<'a> {
    Chat(Chat<'a>),
    Object(Object<'a>),
    Raw(&'a RawValue),
}

#[derive(Serialize)]
struct Chat<'a> {
    role: Cow<'a, str>,
    content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<ToolCall<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thinking: Vec<Thinking<'a>>,
    #[serde(flatten)]
    rest: Object<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    None,
    Text(Cow<'a, str>),
    Parts(Vec<ContentPart<'a>>),
}

#[derive(Serialize)]
struct Conversation<'a> {
    messages: &'a [Message<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<&'a [Tool<'a>]>,
}

#[derive(Serialize)]
struct AgentDefinition<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<&'a [Tool<'a>]>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Tool<'a> {
    Function {
        r#type: &'static str,
        function: Function<'a>,
    },
    Raw(&'a RawValue),
}

#[derive(Serialize)]
struct Function<'a> {
    name: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<&'a RawValue>,
    #[serde(flatten)]
    rest: Object<'a>,
}

/// What a model or an agent was given, as JSON texts of the conventions.
#[derive(Clone, Copy, Default)]
pub(crate) struct Given<'a> {
    pub(crate) messages: Option<&'a str>,
    pub(crate) instructions: Option<&'a str>,
    pub(crate) tools: Option<&'a str>,
}

/// The input of a call: an array of messages, or an object of messages and tools. The flag says
/// whether the tools are in it.
pub(crate) fn input(given: Given<'_>) -> (String, bool) {
    let tools = given.tools.and_then(tools);
    let mut messages = given
        .messages
        .map_or_else(|| Some(Vec::new()), |text| conversation(text, "user"));
    if messages.is_none() && given.instructions.is_none() && tools.is_none() {
        return (given.messages.unwrap_or_default().to_owned(), false);
    }
    let mut messages = messages.take().unwrap_or_else(|| {
        let text = given.messages.unwrap_or_default();
        vec![plain("user", Content::Text(text.into()))]
    });
    if let Some(content) = given.instructions.map(instructions) {
        messages.insert(0, plain("system", content));
    }
    let has_tools = tools.is_some();
    let text = if has_tools || needs_wrapping(&messages) {
        serde_json::to_string(&Conversation {
            messages: &messages,
            tools: tools.as_deref(),
        })
    } else {
        serde_json::to_string(&messages)
    };
    (text.unwrap_or_default(), has_tools)
}

/// The definition of an agent: its instructions and its tools. The flag says whether the tools
/// are in it.
pub(crate) fn agent_definition(given: Given<'_>) -> (String, bool) {
    let tools = given.tools.and_then(tools);
    let definition = AgentDefinition {
        instructions: given.instructions.map(instructions),
        tools: tools.as_deref(),
    };
    let text = serde_json::to_string(&definition).unwrap_or_default();
    (text, tools.is_some())
}

/// The output of a call: always an array of messages, unless it is no JSON at all.
pub(crate) fn output(text: &str) -> String {
    conversation(text, "assistant")
        .and_then(|messages| serde_json::to_string(&messages).ok())
        .unwrap_or_else(|| text.to_owned())
}

/// The finish reasons of output messages, one a message that has one.
pub(crate) fn finish_reasons(text: &str) -> Vec<String> {
    json::array(text)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|message| Object::parse(message)?.text("finish_reason"))
        .map(Cow::into_owned)
        .collect()
}

fn conversation<'a>(text: &'a str, default_role: &'static str) -> Option<Vec<Message<'a>>> {
    let elements = match json::array(text) {
        Some(elements) => elements,
        None => {
            let single: &RawValue = serde_json::from_str(text).ok()?;
            Object::parse(single)?;
            vec![single]
        }
    };
    let mut messages = Vec::with_capacity(elements.len() + 1);
    for element in elements {
        translate(element, default_role, &mut messages);
    }
    Some(messages)
}

/// Splits a message of parts wherever a tool's result stands in it.
fn translate<'a>(raw: &'a RawValue, default_role: &'static str, out: &mut Vec<Message<'a>>) {
    let Some(message) = Object::parse(raw) else {
        return out.push(Message::Raw(raw));
    };
    let Some(parts) = message
        .get("parts")
        .and_then(|parts| json::array(parts.get()))
    else {
        return out.push(Message::Raw(raw));
    };
    if message.get("content").is_some() || message.get("tool_calls").is_some() {
        return out.push(Message::Object(
            message.without(&["parts", "finish_reason"]),
        ));
    }
    if message.get("thinking").is_some() {
        return out.push(Message::Raw(raw));
    }

    let role = message.text("role").unwrap_or(Cow::Borrowed(default_role));
    let mut open = Draft::new(message.without(&[
        "role",
        "parts",
        "name",
        "finish_reason",
        "content",
        "tool_calls",
        "tool_call_id",
    ]));
    open.name = message.text("name");
    open.tool_call_id = message.text("tool_call_id");
    let mut is_empty = true;
    for part in parts {
        match Part::parse(part) {
            Part::Content(part) => open.content.push(part),
            Part::ToolCall(call) => open.tool_calls.push(call),
            Part::Thinking(thinking) => open.thinking.push(thinking),
            Part::ToolResult { id, content } => {
                let id = id.or_else(|| open.tool_call_id.clone());
                if !open.is_empty() {
                    out.push(open.close(role.clone()));
                    open = Draft::default();
                }
                out.push(Message::Chat(Chat {
                    tool_call_id: id,
                    ..chat(Cow::Borrowed("tool"), Content::Text(content))
                }));
                is_empty = false;
            }
        }
    }
    if is_empty || !open.is_empty() {
        out.push(open.close(role));
    }
}

/// The message that is being put together.
#[derive(Default)]
struct Draft<'a> {
    content: Vec<ContentPart<'a>>,
    tool_calls: Vec<ToolCall<'a>>,
    thinking: Vec<Thinking<'a>>,
    name: Option<Cow<'a, str>>,
    tool_call_id: Option<Cow<'a, str>>,
    rest: Object<'a>,
}

impl<'a> Draft<'a> {
    fn new(rest: Object<'a>) -> Self {
        Self {
            rest,
            ..Self::default()
        }
    }

    fn is_empty(&self) -> bool {
        self.content.is_empty()
            && self.tool_calls.is_empty()
            && self.thinking.is_empty()
            && self.name.is_none()
            && self.rest.is_empty()
    }

    fn close(self, role: Cow<'a, str>) -> Message<'a> {
        Message::Chat(Chat {
            name: self.name,
            tool_call_id: self.tool_call_id,
            tool_calls: self.tool_calls,
            thinking: self.thinking,
            rest: self.rest,
            ..chat(role, content(self.content))
        })
    }
}

fn chat<'a>(role: Cow<'a, str>, content: Content<'a>) -> Chat<'a> {
    Chat {
        role,
        content,
        name: None,
        tool_calls: Vec::new(),
        tool_call_id: None,
        thinking: Vec::new(),
        rest: Object::default(),
    }
}

fn plain<'a>(role: &'static str, content: Content<'a>) -> Message<'a> {
    Message::Chat(chat(Cow::Borrowed(role), content))
}

/// One text is a string, everything else an array of parts: both are shown, and joining texts
/// would lose where one ended.
fn content(mut parts: Vec<ContentPart<'_>>) -> Content<'_> {
    match parts.len() {
        0 => Content::None,
        1 if parts[0].is_plain_text() => match parts.pop() {
            Some(ContentPart::Text { text, .. }) => Content::Text(text),
            _ => Content::None,
        },
        _ => Content::Parts(parts),
    }
}

fn instructions(text: &str) -> Content<'_> {
    let Some(parts) = json::array(text) else {
        let single = serde_json::from_str::<&RawValue>(text)
            .ok()
            .and_then(json::string);
        return Content::Text(single.unwrap_or(Cow::Borrowed(text)));
    };
    content(
        parts
            .into_iter()
            .map(|part| match Part::parse(part) {
                Part::Content(part) => part,
                _ => ContentPart::Raw(part),
            })
            .collect(),
    )
}

fn tools(text: &str) -> Option<Vec<Tool<'_>>> {
    Some(json::array(text)?.into_iter().map(tool).collect())
}

fn tool(raw: &RawValue) -> Tool<'_> {
    let Some(definition) = Object::parse(raw) else {
        return Tool::Raw(raw);
    };
    let is_function = definition
        .text("type")
        .is_none_or(|kind| kind == "function");
    match definition.text("name") {
        Some(name) if is_function && definition.get("function").is_none() => Tool::Function {
            r#type: "function",
            function: Function {
                name,
                description: definition.text("description"),
                parameters: definition.get("parameters"),
                rest: definition.without(&["type", "name", "description", "parameters"]),
            },
        },
        _ => Tool::Raw(raw),
    }
}

/// A bare array with a role that the OpenAI view does not know goes to a view that shows tool
/// calls as JSON; an object with `messages` does not.
fn needs_wrapping(messages: &[Message<'_>]) -> bool {
    let chats = || {
        messages.iter().filter_map(|message| match message {
            Message::Chat(chat) => Some(chat),
            _ => None,
        })
    };
    chats().any(|chat| !KNOWN_ROLES.contains(&chat.role.as_ref()))
        && chats().any(|chat| !chat.tool_calls.is_empty())
}
