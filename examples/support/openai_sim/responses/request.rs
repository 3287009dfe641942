//! A request for a response.
//!
//! Contract: what the model needs must have the right type; what a response repeats of its
//! request is kept as it came.

use serde_json::{Map, Value, json};

use super::super::error::ApiError;
use super::super::fields::{Fields, wrong_type};
use super::super::items;
use super::super::model::{self, Format, Prompt, Tools, Turn};
use super::super::parameters::{read_choice, read_function, used_tier};
use super::super::state::Simulator;

/// The model of reusable prompts that name none.
const DEFAULT_MODEL: &str = "gpt-4.1";

pub(super) struct ResponseRequest {
    model: String,
    pub(super) input: Vec<Value>,
    tools: Tools,
    format: Format,
    max_tokens: Option<u64>,
    effort: Option<String>,
    instructions: Option<String>,
    pub(super) previous: Option<String>,
    pub(super) conversation: Option<String>,
    pub(super) stream: bool,
    pub(super) background: bool,
    pub(super) store: bool,
    /// Whether thinking is to be summed up.
    pub(super) summary: bool,
    /// What a response repeats, as on the wire.
    pub(super) repeated: Map<String, Value>,
}

impl ResponseRequest {
    pub(super) fn read(simulator: &Simulator, mut body: Fields) -> Result<Self, ApiError> {
        let reusable = body.object("prompt")?;
        let model = body.text("model")?;
        let model = match &reusable {
            Some(_) => model.unwrap_or_else(|| DEFAULT_MODEL.to_owned()),
            None => body.required("model", model)?,
        };
        let input = body.any("input");
        let input = input.map(|input| items::read(simulator, "input", input));
        let previous = body.text("previous_response_id")?;
        let conversation = read_conversation(&mut body)?;
        if previous.is_some() && conversation.is_some() {
            let message = "Mutually exclusive parameters: 'previous_response_id' and \
                           'conversation'. Ensure you are only providing one of them.";
            return Err(ApiError::invalid(message).with_code("mutually_exclusive_parameters"));
        }
        let background = body.flag("background")?.unwrap_or_default();
        let store = body.flag("store")?.unwrap_or(true);
        if background && !store {
            let message = "Background mode requires 'store' to be true.";
            return Err(ApiError::invalid(message).with_param("store"));
        }
        let (mut tools, listed) = read_tools(&mut body)?;
        tools.parallel = body.flag("parallel_tool_calls")?.unwrap_or(true);
        let choice = body.any("tool_choice").unwrap_or_else(|| json!("auto"));
        tools.choice = read_choice(Some(&choice));
        let text = body.object("text")?;
        let mut reasoning = body.object("reasoning")?.unwrap_or_default();
        let of = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let effort = of(reasoning.get("effort"));
        let summary = of(reasoning.get("summary")).is_some();
        let default_effort = if model::reasons(&model) {
            json!("medium")
        } else {
            Value::Null
        };
        reasoning.entry("effort").or_insert(default_effort);
        reasoning.entry("summary").or_insert(Value::Null);
        let max_tokens = body.whole_number("max_output_tokens")?;
        let instructions = body.text("instructions")?;
        let repeated = json!({
            "background": background,
            "instructions": instructions,
            "previous_response_id": previous,
            "conversation": conversation.as_ref().map(|id| json!({"id": id})),
            "prompt": reusable,
            "parallel_tool_calls": tools.parallel,
            "temperature": body.number("temperature")?.unwrap_or(1.0),
            "top_p": body.number("top_p")?.unwrap_or(1.0),
            "tool_choice": choice,
            "tools": listed,
            "truncation": body.text("truncation")?.unwrap_or_else(|| "disabled".to_owned()),
            "max_output_tokens": max_tokens,
            "reasoning": reasoning,
            "text": repeat_text(text.as_ref()),
            "service_tier": used_tier(body.text("service_tier")?),
            "store": store,
            "metadata": body.object("metadata")?.unwrap_or_default(),
        });
        Ok(Self {
            format: read_format(text.as_ref()),
            model,
            input: input.transpose()?.unwrap_or_default(),
            tools,
            max_tokens,
            effort,
            instructions,
            previous,
            conversation,
            stream: body.flag("stream")?.unwrap_or_default(),
            background,
            store,
            summary,
            repeated: match repeated {
                Value::Object(repeated) => repeated,
                _ => Map::new(),
            },
        })
    }

    /// What the model reads: instructions, what was before, what is new.
    pub(super) fn prompt(&self, context: &[Value]) -> Prompt {
        let instructions = self.instructions.clone().map(Turn::System);
        let mut turns: Vec<Turn> = instructions.into_iter().collect();
        turns.extend(items::turns(context));
        turns.extend(items::turns(&self.input));
        Prompt {
            model: self.model.clone(),
            turns,
            tools: self.tools.clone(),
            format: self.format.clone(),
            max_tokens: self.max_tokens,
            stop: Vec::new(),
            effort: self.effort.clone(),
        }
    }

    pub(super) fn dated_model(&self) -> String {
        model::dated(&self.model)
    }
}

fn read_conversation(body: &mut Fields) -> Result<Option<String>, ApiError> {
    match body.any("conversation") {
        None => Ok(None),
        Some(Value::String(id)) => Ok(Some(id)),
        Some(object) => match object["id"].as_str() {
            Some(id) => Ok(Some(id.to_owned())),
            None => Err(wrong_type("conversation", "a string or an object", &object)),
        },
    }
}

/// The tools the model can call, and all of them as a response lists them. Tools that run at
/// OpenAI are listed and never used.
fn read_tools(body: &mut Fields) -> Result<(Tools, Vec<Value>), ApiError> {
    let mut tools = Tools::default();
    let mut listed = Vec::new();
    for mut tool in body.nested_list("tools")?.unwrap_or_default() {
        let kind = tool.text("type")?;
        let kind = tool.required("type", kind)?;
        if !matches!(kind.as_str(), "function" | "custom") {
            let mut rest = tool.into_rest();
            rest.insert("type".to_owned(), json!(kind));
            listed.push(Value::Object(rest));
            continue;
        }
        let strict = tool.flag("strict")?.unwrap_or(true);
        let function = read_function(tool, kind == "custom")?;
        listed.push(if function.custom {
            json!({
                "type": kind, "name": function.name, "description": function.description,
                "format": {"type": "text"},
            })
        } else {
            json!({
                "type": kind, "name": function.name, "description": function.description,
                "parameters": function.parameters, "strict": strict,
            })
        });
        tools.functions.push(function);
    }
    Ok((tools, listed))
}

fn read_format(text: Option<&Map<String, Value>>) -> Format {
    let format = text.and_then(|text| text.get("format"));
    let Some(format) = format else {
        return Format::Text;
    };
    match format["type"].as_str() {
        Some("json_object") => Format::Json,
        Some("json_schema") => Format::Schema(format["schema"].clone()),
        _ => Format::Text,
    }
}

fn repeat_text(text: Option<&Map<String, Value>>) -> Value {
    let mut repeated = text.cloned().unwrap_or_default();
    repeated
        .entry("format")
        .or_insert_with(|| json!({"type": "text"}));
    repeated
        .entry("verbosity")
        .or_insert_with(|| json!("medium"));
    Value::Object(repeated)
}
