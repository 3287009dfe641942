//! Items: what Responses take and give, and what Conversations hold.
//!
//! Contract: an item is kept as it came, with an identifier and a status if it had none, and
//! its content as a list of parts; kinds nobody knows here pass through. The model reads items
//! as [`Turn`]s, what it does not understand it does not see.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::error::ApiError;
use super::fields::wrong_type;
use super::listing::Listed;
use super::model::{Call, Content, Finish, Reply, Turn};
use super::state::Simulator;

impl Listed for Value {
    fn id(&self) -> &str {
        self["id"].as_str().unwrap_or_default()
    }
}

/// The items of `input`, which is a text or a list.
pub(super) fn read(
    simulator: &Simulator,
    param: &str,
    input: Value,
) -> Result<Vec<Value>, ApiError> {
    match input {
        Value::String(text) => {
            let message = json!({"role": "user", "content": text});
            Ok(vec![complete(simulator, param, message)?])
        }
        Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(index, item)| complete(simulator, &format!("{param}[{index}]"), item))
            .collect(),
        other => Err(wrong_type(
            param,
            "one of a string or array of objects",
            &other,
        )),
    }
}

/// `item` with what the server adds to it.
fn complete(simulator: &Simulator, param: &str, item: Value) -> Result<Value, ApiError> {
    let mut item = item;
    if !item.is_object() {
        return Err(wrong_type(param, "an object", &item));
    }
    let kind = item["type"].as_str().unwrap_or("message").to_owned();
    let (prefix, has_status) = match kind.as_str() {
        "message" => ("msg", true),
        "function_call" => ("fc", true),
        "function_call_output" => ("fco", true),
        "custom_tool_call" => ("ctc", false),
        "custom_tool_call_output" => ("ctco", false),
        "reasoning" => ("rs", false),
        "compaction" => ("cmp", false),
        _ => ("item", false),
    };
    if kind == "message" {
        let role = item["role"].as_str().unwrap_or_default();
        if !matches!(role, "user" | "assistant" | "system" | "developer") {
            let supported = "'assistant', 'system', 'developer', and 'user'";
            let param = format!("{param}.role");
            return Err(ApiError::unsupported_value(&param, role, supported));
        }
        let text_kind = match role {
            "assistant" => "output_text",
            _ => "input_text",
        };
        match &item["content"] {
            Value::String(text) => item["content"] = json!([text_part(text_kind, text)]),
            Value::Array(_) => {}
            other => {
                let param = format!("{param}.content");
                let expected = "one of a string or array of objects";
                return Err(wrong_type(&param, expected, other));
            }
        }
    }
    item["type"] = json!(kind);
    if item["id"].is_null() {
        item["id"] = json!(simulator.identifier(prefix));
    }
    if has_status && item["status"].is_null() {
        item["status"] = json!("completed");
    }
    Ok(item)
}

fn text_part(kind: &str, text: &str) -> Value {
    match kind {
        "output_text" => {
            json!({"type": kind, "text": text, "annotations": [], "logprobs": []})
        }
        _ => json!({"type": kind, "text": text}),
    }
}

/// What the model reads of `items`.
pub(super) fn turns(items: &[Value]) -> Vec<Turn> {
    items.iter().filter_map(turn).collect()
}

fn turn(item: &Value) -> Option<Turn> {
    let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
    match item["type"].as_str()? {
        "message" => {
            let text = content_text(&item["content"]);
            Some(match item["role"].as_str()? {
                "assistant" => Turn::Assistant {
                    text,
                    calls: Vec::new(),
                },
                "user" => Turn::User(text),
                _ => Turn::System(text),
            })
        }
        kind @ ("function_call" | "custom_tool_call") => {
            let custom = kind == "custom_tool_call";
            let call = Call {
                id: text("call_id"),
                name: text("name"),
                arguments: text(if custom { "input" } else { "arguments" }),
                custom,
            };
            Some(Turn::Assistant {
                text: String::new(),
                calls: vec![call],
            })
        }
        "function_call_output" | "custom_tool_call_output" => Some(Turn::Result {
            call_id: text("call_id"),
            output: content_text(&item["output"]),
        }),
        "compaction" => {
            let hidden = BASE64_STANDARD.decode(text("encrypted_content")).ok()?;
            Some(Turn::System(String::from_utf8(hidden).ok()?))
        }
        _ => None,
    }
}

/// The text of a text or of a list of parts.
fn content_text(content: &Value) -> String {
    if let Some(text) = content.as_str() {
        return text.to_owned();
    }
    let parts = content.as_array().into_iter().flatten();
    let texts: Vec<&str> = parts
        .map(|part| match part["type"].as_str() {
            Some("input_image") => "(an image)",
            Some("input_file") => "(a file)",
            Some("refusal") => part["refusal"].as_str().unwrap_or_default(),
            _ => part["text"].as_str().unwrap_or_default(),
        })
        .collect();
    texts.join("\n")
}

/// What a response puts out for `reply`.
pub(super) fn output(simulator: &Simulator, reply: &Reply, summary: bool) -> Vec<Value> {
    let mut items = Vec::new();
    if reply.reasoning_tokens > 0 {
        let text = json!({"type": "summary_text", "text": "**Thinking** about what was asked."});
        let summary = if summary { vec![text] } else { Vec::new() };
        let id = simulator.identifier("rs");
        items.push(json!({"id": id, "type": "reasoning", "summary": summary}));
    }
    let status = match reply.finish {
        Finish::Length | Finish::ContentFilter => "incomplete",
        Finish::Stop | Finish::ToolCalls => "completed",
    };
    let message = |part: Value| {
        json!({
            "id": simulator.identifier("msg"), "type": "message", "status": status,
            "role": "assistant", "content": [part],
        })
    };
    match &reply.content {
        // Nothing was left of the limit but for thinking.
        Content::Text(text) if text.is_empty() && reply.reasoning_tokens > 0 => {}
        Content::Text(text) => items.push(message(text_part("output_text", text))),
        Content::Refusal(text) => {
            items.push(message(json!({"type": "refusal", "refusal": text})));
        }
        Content::Calls(calls) => items.extend(calls.iter().map(|call| {
            if call.custom {
                json!({
                    "id": simulator.identifier("ctc"), "type": "custom_tool_call",
                    "status": status, "call_id": call.id, "name": call.name,
                    "input": call.arguments,
                })
            } else {
                json!({
                    "id": simulator.identifier("fc"), "type": "function_call",
                    "status": status, "call_id": call.id, "name": call.name,
                    "arguments": call.arguments,
                })
            }
        })),
    }
    items
}

/// A single item in place of `items`, which only this server can read.
pub(super) fn compaction(simulator: &Simulator, items: &[Value]) -> Value {
    let texts: Vec<String> = items
        .iter()
        .map(|item| content_text(&item["content"]))
        .filter(|text| !text.is_empty())
        .collect();
    json!({
        "id": simulator.identifier("cmp"),
        "type": "compaction",
        "encrypted_content": BASE64_STANDARD.encode(texts.join("\n")),
    })
}
