//! A request for a chat completion, read into a [`Prompt`].
//!
//! Contract: what the model needs must have the right type; the rest is not looked at.

use serde_json::{Map, Value};

use super::super::error::ApiError;
use super::super::fields::{Fields, wrong_type};
use super::super::model::{Call, Format, Prompt, Tools, Turn};
use super::super::parameters::{read_choice, read_function, used_tier};

/// OpenAI's limit.
const MAX_CHOICES: u64 = 128;

pub(super) struct ChatRequest {
    pub(super) prompt: Prompt,
    pub(super) choices: usize,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    /// The tier that is used, not the one asked for.
    pub(super) service_tier: String,
    /// `functions` in place of `tools`.
    pub(super) functions_of_old: bool,
    /// Whether the completion may be read again later.
    pub(super) store: bool,
    pub(super) metadata: Map<String, Value>,
    /// The messages as they came.
    messages: Vec<Value>,
}

impl ChatRequest {
    pub(super) fn read(mut body: Fields) -> Result<Self, ApiError> {
        let model = body.text("model")?;
        let model = body.required("model", model)?;
        let written = body.copy("messages");
        let messages = body.nested_list("messages")?;
        let messages = body.required("messages", messages)?;
        if messages.is_empty() {
            let message = "Invalid 'messages': empty array. Expected an array with minimum \
                           length 1, but got an empty array instead.";
            return Err(ApiError::invalid(message)
                .with_param("messages")
                .with_code("empty_array"));
        }
        let turns = read_turns(messages)?;
        let (tools, functions_of_old) = read_tools(&mut body)?;
        let old_limit = body.whole_number("max_tokens")?;
        let max_tokens = body.whole_number("max_completion_tokens")?.or(old_limit);
        let choices = body.whole_number("n")?.unwrap_or(1);
        if !(1..=MAX_CHOICES).contains(&choices) {
            let message = format!("Invalid 'n': expected a value from 1 to {MAX_CHOICES}.");
            return Err(ApiError::invalid(message).with_param("n"));
        }
        let stream = body.flag("stream")?.unwrap_or_default();
        let include_usage = match body.nested("stream_options")? {
            None => false,
            Some(_) if !stream => {
                let message = "The 'stream_options' parameter is only allowed when 'stream' is \
                               enabled.";
                return Err(ApiError::invalid(message).with_param("stream_options"));
            }
            Some(mut options) => options.flag("include_usage")?.unwrap_or_default(),
        };
        Ok(Self {
            prompt: Prompt {
                model,
                turns,
                tools,
                format: read_format(&mut body)?,
                max_tokens,
                stop: read_stop(&mut body)?,
                effort: body.text("reasoning_effort")?,
            },
            choices: usize::try_from(choices).unwrap_or(1),
            stream,
            include_usage,
            service_tier: used_tier(body.text("service_tier")?),
            functions_of_old,
            store: body.flag("store")?.unwrap_or_default(),
            metadata: body.object("metadata")?.unwrap_or_default(),
            messages: match written {
                Some(Value::Array(messages)) => messages,
                _ => Vec::new(),
            },
        })
    }

    /// The messages, each with an identifier that begins with that of their completion.
    pub(super) fn numbered_messages(&self, completion: &str) -> Vec<Value> {
        let messages = self.messages.iter().enumerate();
        let numbered = messages.map(|(number, message)| {
            let mut message = message.clone();
            message["id"] = Value::from(format!("{completion}-{number}"));
            message
        });
        numbered.collect()
    }
}

fn read_turns(messages: Vec<Fields>) -> Result<Vec<Turn>, ApiError> {
    let mut turns = Vec::new();
    for mut message in messages {
        let role = message.text("role")?;
        let role = message.required("role", role)?;
        let content = message.any("content");
        let text = read_text(&message, content.as_ref())?;
        let turn = match role.as_str() {
            "system" | "developer" => Turn::System(message.required("content", text)?),
            "user" => Turn::User(message.required("content", text)?),
            "assistant" => Turn::Assistant {
                text: text.unwrap_or_default(),
                calls: read_calls(&mut message)?,
            },
            "tool" => {
                let call_id = message.text("tool_call_id")?;
                let call_id = message.required("tool_call_id", call_id)?;
                if !was_called(&turns, &call_id) {
                    let text = "Invalid parameter: messages with role 'tool' must be a response \
                                to a preceeding message with 'tool_calls'.";
                    return Err(ApiError::invalid(text).with_param(message.param("role")));
                }
                let output = message.required("content", text)?;
                Turn::Result { call_id, output }
            }
            // The function's name is all there is to know the call by.
            "function" => Turn::Result {
                call_id: message.text("name")?.unwrap_or_default(),
                output: message.required("content", text)?,
            },
            other => {
                let supported = "'system', 'assistant', 'user', 'function', 'tool', and \
                                 'developer'";
                let param = message.param("role");
                return Err(ApiError::unsupported_value(&param, other, supported));
            }
        };
        turns.push(turn);
    }
    Ok(turns)
}

fn was_called(turns: &[Turn], call_id: &str) -> bool {
    turns.iter().any(|turn| match turn {
        Turn::Assistant { calls, .. } => calls.iter().any(|call| call.id == call_id),
        _ => false,
    })
}

/// The text of `content`; what is no text is read as a word for it.
fn read_text(message: &Fields, content: Option<&Value>) -> Result<Option<String>, ApiError> {
    match content {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(Value::Array(parts)) => {
            let texts: Vec<&str> = parts.iter().map(part_text).collect();
            Ok(Some(texts.join("\n")))
        }
        Some(other) => Err(wrong_type(
            &message.param("content"),
            "one of a string or array of objects",
            other,
        )),
    }
}

fn part_text(part: &Value) -> &str {
    match part["type"].as_str() {
        Some("text") => part["text"].as_str().unwrap_or_default(),
        Some("refusal") => part["refusal"].as_str().unwrap_or_default(),
        Some("image_url") => "(an image)",
        Some("input_audio") => "(a recording)",
        Some("file") => "(a file)",
        _ => "",
    }
}

fn read_calls(message: &mut Fields) -> Result<Vec<Call>, ApiError> {
    let mut calls = Vec::new();
    for mut call in message.nested_list("tool_calls")?.unwrap_or_default() {
        let id = call.text("id")?;
        let id = call.required("id", id)?;
        let custom = call.text("type")?.as_deref() == Some("custom");
        let (kind, argument) = if custom {
            ("custom", "input")
        } else {
            ("function", "arguments")
        };
        let function = call.nested(kind)?;
        let mut function = call.required(kind, function)?;
        calls.push(Call {
            id,
            name: function.text("name")?.unwrap_or_default(),
            arguments: function.text(argument)?.unwrap_or_default(),
            custom,
        });
    }
    if let Some(mut function) = message.nested("function_call")? {
        let name = function.text("name")?.unwrap_or_default();
        calls.push(Call {
            id: name.clone(),
            name,
            arguments: function.text("arguments")?.unwrap_or_default(),
            custom: false,
        });
    }
    Ok(calls)
}

/// The tools, and whether they came as `functions`.
fn read_tools(body: &mut Fields) -> Result<(Tools, bool), ApiError> {
    let mut tools = Tools {
        parallel: body.flag("parallel_tool_calls")?.unwrap_or(true),
        ..Tools::default()
    };
    for mut tool in body.nested_list("tools")?.unwrap_or_default() {
        let kind = tool.text("type")?;
        let kind = tool.required("type", kind)?;
        if !matches!(kind.as_str(), "function" | "custom") {
            let param = tool.param("type");
            let supported = "'function' and 'custom'";
            return Err(ApiError::unsupported_value(&param, &kind, supported));
        }
        let function = tool.nested(&kind)?;
        let function = tool.required(&kind, function)?;
        tools
            .functions
            .push(read_function(function, kind == "custom")?);
    }
    let old = body.nested_list("functions")?;
    let functions_of_old = old.is_some();
    for function in old.unwrap_or_default() {
        tools.functions.push(read_function(function, false)?);
    }
    let old_choice = body.any("function_call");
    tools.choice = read_choice(body.any("tool_choice").or(old_choice).as_ref());
    Ok((tools, functions_of_old))
}

fn read_format(body: &mut Fields) -> Result<Format, ApiError> {
    let Some(mut format) = body.nested("response_format")? else {
        return Ok(Format::Text);
    };
    Ok(match format.text("type")?.as_deref() {
        Some("json_object") => Format::Json,
        Some("json_schema") => {
            let schema = format.nested("json_schema")?;
            let mut schema = format.required("json_schema", schema)?;
            Format::Schema(schema.any("schema").unwrap_or_default())
        }
        _ => Format::Text,
    })
}

fn read_stop(body: &mut Fields) -> Result<Vec<String>, ApiError> {
    let texts = match body.any("stop") {
        None => Vec::new(),
        Some(Value::String(stop)) => vec![stop],
        Some(Value::Array(stops)) => stops
            .iter()
            .filter_map(|stop| stop.as_str().map(str::to_owned))
            .collect(),
        Some(other) => {
            return Err(wrong_type(
                "stop",
                "a string or an array of strings",
                &other,
            ));
        }
    };
    Ok(texts.into_iter().filter(|stop| !stop.is_empty()).collect())
}
