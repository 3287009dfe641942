//! The one line that is shown of an input or output.
//!
//! Contract: any text gives a line or nothing, never an error: what does not have one of the known
//! shapes is shown as it is. Known are messages (the parts of the GenAI conventions and the
//! `content` of chat APIs), arguments by name, and JSON text. JSON is only taken apart as deep as
//! it is shown, so deep nesting costs nothing and cannot overflow a stack.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::text;

/// How much of an argument is shown when others follow.
const ARGUMENT_COLUMNS: usize = 48;

/// Which end of the work a content belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Of a conversation, the last message to the model is shown: of the user, or of a tool.
    Input,
    /// Of several answers, the first is shown.
    Output,
}

/// The line, unless there is nothing to show.
pub(crate) fn preview(content: &str, side: Side) -> Option<String> {
    let content = content.trim();
    // A function that returns nothing gives `()` or null.
    if matches!(content, "" | "()" | "null") {
        return None;
    }
    let is_structured = content.starts_with(['{', '[', '"']);
    let line = match serde_json::from_str::<&RawValue>(content) {
        Ok(json) if is_structured => text::first_line(&describe(json.get(), side, true)),
        _ => text::first_line(content),
    };
    (!line.is_empty()).then_some(line)
}

/// What is shown of a JSON value; `unwrap` lets a single argument stand for itself, or the text of a result.
fn describe(json: &str, side: Side, unwrap: bool) -> String {
    let described = match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str(json).ok(),
        Some(b'[') => describe_array(json, side),
        Some(b'{') => describe_object(json, side, unwrap),
        Some(b'n') => Some(String::new()),
        _ => None,
    };
    described.unwrap_or_else(|| json.to_owned())
}

fn describe_array(json: &str, side: Side) -> Option<String> {
    let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
    if items.is_empty() {
        return Some(String::new());
    }
    conversation(&items, side)
}

fn describe_object(json: &str, side: Side, unwrap: bool) -> Option<String> {
    let Fields(fields) = serde_json::from_str(json).ok()?;
    for (name, value) in &fields {
        if name == "messages"
            && let Some(text) = describe_array(value.get(), side)
        {
            return Some(text);
        }
    }
    if let Some(text) = message(json).and_then(|message| message.text()) {
        return Some(text);
    }
    match fields.as_slice() {
        // Without its name, a result that is no text would say nothing.
        [(_, value)] if unwrap && side == Side::Output && !value.get().starts_with(['"', 'n']) => {
            None
        }
        [(_, value)] if unwrap => Some(describe(value.get(), side, false)),
        fields => Some(arguments(fields)),
    }
}

/// `name: value` of every field, in their order.
fn arguments(fields: &[(String, &RawValue)]) -> String {
    let mut text = String::new();
    for (index, (name, value)) in fields.iter().enumerate() {
        let value = quoted(value.get());
        let value = if index + 1 < fields.len() {
            text::cut(&value, ARGUMENT_COLUMNS)
        } else {
            value.as_str().into()
        };
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(name);
        text.push_str(": ");
        text.push_str(&value);
    }
    text
}

/// JSON as it is, except that text shows its characters instead of `\u` escapes.
fn quoted(json: &str) -> String {
    serde_json::from_str::<String>(json)
        .and_then(|text| serde_json::to_string(&text))
        .unwrap_or_else(|_| json.to_owned())
}

/// The message of a conversation that says most about it.
fn conversation(items: &[&RawValue], side: Side) -> Option<String> {
    let messages: Vec<Message<'_>> = items
        .iter()
        .filter_map(|item| message(item.get()))
        .collect();
    match side {
        Side::Input => messages
            .iter()
            .rev()
            .filter(|message| matches!(message.role.as_deref(), Some("user" | "tool" | "function")))
            .chain(messages.iter().rev())
            .find_map(Message::text),
        Side::Output => messages.iter().find_map(Message::text),
    }
    .or_else(|| parts(items))
}

/// A message, as the GenAI conventions or as chat APIs write it.
#[derive(serde::Deserialize)]
struct Message<'a> {
    role: Option<String>,
    #[serde(borrow)]
    parts: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    tool_calls: Option<&'a RawValue>,
    #[serde(borrow)]
    refusal: Option<&'a RawValue>,
}

fn message(json: &str) -> Option<Message<'_>> {
    let message: Message<'_> = serde_json::from_str(json).ok()?;
    (message.role.is_some() || message.parts.is_some()).then_some(message)
}

impl Message<'_> {
    fn text(&self) -> Option<String> {
        [self.parts, self.content, self.refusal, self.tool_calls]
            .into_iter()
            .flatten()
            .filter_map(
                |json| match serde_json::from_str::<Vec<&RawValue>>(json.get()) {
                    Ok(items) => parts(&items),
                    Err(_) => plain(json),
                },
            )
            .find(|text| !text.trim().is_empty())
    }
}

/// A part of a message or a tool call, as the GenAI conventions or as chat APIs write it.
#[derive(serde::Deserialize)]
struct Part<'a> {
    r#type: Option<String>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    #[serde(borrow)]
    refusal: Option<&'a RawValue>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    #[serde(borrow)]
    function: Option<&'a RawValue>,
    modality: Option<String>,
}

/// A call of a tool, wherever it is written.
#[derive(serde::Deserialize)]
struct Call<'a> {
    name: String,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
}

/// The texts among the parts; calls, answers and markers of other content only without any.
fn parts(items: &[&RawValue]) -> Option<String> {
    let parts: Vec<(Part<'_>, &str)> = items
        .iter()
        .filter_map(|item| Some((serde_json::from_str(item.get()).ok()?, item.get())))
        .filter(|(part, _): &(Part<'_>, &str)| part.r#type.is_some())
        .collect();
    let texts: Vec<String> = parts
        .iter()
        .filter_map(|(part, _)| part.plain_text())
        .collect();
    if !texts.is_empty() {
        return Some(texts.join(" "));
    }
    let markers: Vec<String> = parts
        .iter()
        .filter_map(|(part, json)| part.marker(json))
        .collect();
    (!markers.is_empty()).then(|| markers.join(" "))
}

impl Part<'_> {
    fn kind(&self) -> &str {
        self.r#type.as_deref().unwrap_or_default()
    }

    fn plain_text(&self) -> Option<String> {
        match self.kind() {
            "text" | "input_text" | "output_text" | "refusal" => {
                plain(self.text.or(self.content).or(self.refusal)?)
            }
            _ => None,
        }
    }

    fn marker(&self, json: &str) -> Option<String> {
        let call = serde_json::from_str(self.function.map_or(json, RawValue::get));
        match (call, self.response) {
            (Ok(call), _) => Some(Call::text(&call)),
            (Err(_), Some(response)) => Some(describe(response.get(), Side::Output, true)),
            (Err(_), None) if self.kind() == "reasoning" => plain(self.content?),
            (Err(_), None) => {
                let what = self.modality.as_deref().unwrap_or(self.kind());
                (!what.is_empty()).then(|| format!("[{what}]"))
            }
        }
    }
}

impl Call<'_> {
    fn text(&self) -> String {
        // Chat APIs write the arguments as JSON in a string.
        let written = self.arguments.map_or("", RawValue::get);
        let unescaped: String = serde_json::from_str(written).unwrap_or_else(|_| written.into());
        let arguments = match serde_json::from_str(&unescaped) {
            Ok(Fields(fields)) => arguments(&fields),
            Err(_) => unescaped,
        };
        format!("{}({arguments})", self.name)
    }
}

/// The text of a JSON string.
fn plain(json: &RawValue) -> Option<String> {
    serde_json::from_str(json.get()).ok()
}

/// The fields of a JSON object, in the order in which they are written.
struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}
