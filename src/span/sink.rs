//! Which attributes a fact becomes, and of what type.

use std::borrow::Borrow;
use std::error::Error;
use std::time::SystemTime;

use opentelemetry::trace::Status;
use opentelemetry::{Key, Value};
use serde::Serialize;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::value;
use crate::conventions as names;
use crate::conventions::observation;
use crate::model::message::{Message, Part, ToolDefinition, Usage};
use crate::model::{Level, ObservationType};
use crate::text::errors;
use crate::text::snake_case::snake_case;
use crate::text::timestamp;

/// Parameters that have a name in the conventions, by the names that providers give them, in snake case.
const PARAMETERS: &[(&str, &str)] = &[
    ("temperature", names::REQUEST_TEMPERATURE),
    ("top_p", names::REQUEST_TOP_P),
    ("p", names::REQUEST_TOP_P),
    ("max_tokens", names::REQUEST_MAX_TOKENS),
    ("max_completion_tokens", names::REQUEST_MAX_TOKENS),
    ("max_output_tokens", names::REQUEST_MAX_TOKENS),
    ("max_new_tokens", names::REQUEST_MAX_TOKENS),
    ("num_predict", names::REQUEST_MAX_TOKENS),
    ("seed", names::REQUEST_SEED),
    ("random_seed", names::REQUEST_SEED),
    ("top_k", names::REQUEST_TOP_K),
    ("k", names::REQUEST_TOP_K),
    ("frequency_penalty", names::REQUEST_FREQUENCY_PENALTY),
    ("presence_penalty", names::REQUEST_PRESENCE_PENALTY),
    ("n", names::REQUEST_CHOICE_COUNT),
    ("candidate_count", names::REQUEST_CHOICE_COUNT),
    ("reasoning_effort", names::REQUEST_REASONING_LEVEL),
    ("thinking_level", names::REQUEST_REASONING_LEVEL),
    ("effort", names::REQUEST_REASONING_LEVEL),
];

/// Parameters that are doubles even if the value is whole.
const DOUBLES: [&str; 4] = [
    names::REQUEST_TEMPERATURE,
    names::REQUEST_TOP_P,
    names::REQUEST_FREQUENCY_PENALTY,
    names::REQUEST_PRESENCE_PENALTY,
];

/// Anything that attributes are written to: a running span, or an [`AttributeSet`] that a span is
/// made of later. Of the same key, the last value counts.
///
/// [`AttributeSet`]: super::AttributeSet
pub(crate) trait AttributeSink {
    /// Writes one attribute.
    fn push(&mut self, key: impl Into<Key>, value: impl Into<Value>);

    /// Gives the span the status of an error.
    fn mark_error(&mut self);

    /// Writes one attribute if there is a value.
    fn push_some(&mut self, key: impl Into<Key>, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.push(key, value);
        }
    }

    /// Content of any shape: text as it is, everything else as JSON.
    fn content(&mut self, key: &'static str, content: impl Serialize) {
        self.push(key, value::text(content));
    }

    /// JSON, also of a text; fields keep their order.
    fn json(&mut self, key: &'static str, content: &(impl Serialize + ?Sized)) {
        self.push(key, value::json(&content));
    }

    /// Messages, owned, borrowed or shared.
    fn messages<M: Borrow<Message>>(
        &mut self,
        key: &'static str,
        messages: impl IntoIterator<Item = M>,
    ) {
        self.json(key, &value::Shared::<M, Message>::list(messages));
    }

    /// The messages received, and why the model stopped if all of them say it.
    fn output_messages(&mut self, messages: Vec<Message>) {
        let reasons = messages.iter().map(|message| message.finish_reason.clone());
        let reasons: Option<Vec<String>> = reasons.collect();
        self.messages(names::OUTPUT_MESSAGES, messages);
        if let Some(reasons) = reasons.filter(|reasons| !reasons.is_empty()) {
            self.finish_reasons(reasons);
        }
    }

    /// Instructions that are given apart from the messages.
    fn system_instructions(&mut self, parts: &[Part]) {
        self.json(names::SYSTEM_INSTRUCTIONS, parts);
    }

    /// The tools that the model may call.
    fn tools<T: Borrow<ToolDefinition>>(&mut self, tools: impl IntoIterator<Item = T>) {
        let tools = value::Shared::<T, ToolDefinition>::list(tools);
        self.json(names::TOOL_DEFINITIONS, &tools);
    }

    /// The kind of observation.
    fn observation_type(&mut self, kind: ObservationType) {
        self.push(observation::TYPE, kind.as_str());
    }

    /// Metadata of the observation: scalars keep their type, everything else is JSON.
    fn metadata(&mut self, key: &str, value: impl Serialize) {
        let key = format!("{}{key}", observation::METADATA_PREFIX);
        self.push(key, value::scalar(value));
    }

    /// A request parameter, under the convention's name where there is one.
    fn parameter(&mut self, name: &str, value: impl Serialize) {
        let value = value::scalar(value);
        let common = snake_case(name);
        match PARAMETERS.iter().find(|(short, _)| *short == common) {
            Some((_, key)) => {
                self.parameter_name(key, name);
                match value {
                    // `temperature: 1` is a double that happens to be whole.
                    Value::I64(whole) if DOUBLES.contains(key) => self.push(*key, whole as f64),
                    // Some clients write every number as a double.
                    Value::F64(number) if !DOUBLES.contains(key) && number.fract() == 0.0 => {
                        self.push(*key, number as i64);
                    }
                    value => self.push(*key, value),
                }
            }
            None => self.push(format!("{}{name}", observation::PARAMETER_PREFIX), value),
        }
    }

    /// The provider's name of a parameter, where the convention has another.
    fn parameter_name(&mut self, key: &'static str, name: &str) {
        let convention = key.strip_prefix(names::REQUEST_PREFIX).unwrap_or(key);
        if convention != name {
            let key = format!("{}{convention}", observation::PARAMETER_NAME_PREFIX);
            self.push(key, name.to_owned());
        }
    }

    /// A request parameter that is content.
    fn content_parameter(&mut self, name: &str, value: impl Serialize) {
        let key = format!("{}{name}", observation::CONTENT_PARAMETER_PREFIX);
        self.push(key, value::scalar(value));
    }

    /// Metadata that the request carries. It is content: the provider gets it, not the backend.
    fn request_metadata(&mut self, key: &str, value: impl Serialize) {
        let key = format!("{}{key}", observation::REQUEST_METADATA_PREFIX);
        self.push(key, value::scalar(value));
    }

    /// Where the model was told to stop.
    fn stop_sequences<T: Into<String>>(&mut self, sequences: impl IntoIterator<Item = T>) {
        self.push(names::REQUEST_STOP_SEQUENCES, value::texts(sequences));
    }

    /// Why the model stopped, one reason a choice.
    fn finish_reasons<T: Into<String>>(&mut self, reasons: impl IntoIterator<Item = T>) {
        self.push(names::RESPONSE_FINISH_REASONS, value::texts(reasons));
    }

    /// Token counts; details only where they are not zero.
    fn usage(&mut self, usage: Usage) {
        for (key, tokens) in usage.attributes() {
            self.push(key, i64::try_from(tokens).unwrap_or(i64::MAX));
        }
    }

    /// A cost in US dollars: of a bucket such as `input`, or the `total`.
    fn cost(&mut self, bucket: &str, dollars: f64) {
        self.push(format!("{}{bucket}", observation::COST_PREFIX), dollars);
    }

    /// A tool that ran. Model and usage belong to the calls around it.
    fn tool_run(&mut self, tool: ToolRun<'_>) {
        self.push(names::OPERATION_NAME, names::operation::EXECUTE_TOOL);
        self.push(names::TOOL_NAME, tool.name.to_owned());
        self.push(names::TOOL_TYPE, tool.kind);
        self.push_some(names::TOOL_CALL_ID, tool.id.map(str::to_owned));
        self.push_some(names::TOOL_CALL_ARGUMENTS, tool.arguments);
        self.push_some(names::TOOL_CALL_RESULT, tool.result);
    }

    /// A level; ERROR is an error for every backend.
    fn level(&mut self, level: Level) {
        self.push(observation::LEVEL, level.as_str());
        if level == Level::Error {
            self.mark_error();
        }
    }

    /// The level WARNING and a sentence that explains it.
    fn warning(&mut self, message: impl Into<Value>) {
        self.level(Level::Warning);
        self.push(observation::STATUS_MESSAGE, message);
    }

    /// An error with its name and message.
    ///
    /// The message is an attribute and becomes the status' description at export: of two
    /// descriptions the SDK keeps the one that comes later in the alphabet, of two attributes the
    /// last one counts.
    fn error(&mut self, kind: impl Into<String>, message: impl Into<String>) {
        self.push(names::ERROR_TYPE, kind.into());
        self.push(observation::ERROR_MESSAGE, message.into());
        self.mark_error();
    }

    /// An error with its sources.
    fn error_from<E: Error + ?Sized>(&mut self, error: &E) {
        let kind = errors::type_name::<E>().unwrap_or_else(|| names::error_type::OTHER.to_owned());
        self.error(kind, errors::with_sources(error));
    }

    /// The work panicked. The message of an earlier error stays.
    fn panicked(&mut self) {
        self.push(names::ERROR_TYPE, names::error_type::PANIC);
        self.mark_error();
    }

    /// The server that is called.
    fn server(&mut self, address: impl Into<String>, port: u16) {
        self.push(names::SERVER_ADDRESS, address.into());
        self.push(names::SERVER_PORT, i64::from(port));
    }

    /// The prompt that the backend manages.
    fn prompt(&mut self, name: impl Into<String>, version: i64) {
        self.push(observation::PROMPT_NAME, name.into());
        self.push(observation::PROMPT_VERSION, version);
    }

    /// When the first token arrived.
    fn completion_start(&mut self, time: SystemTime) {
        let time = timestamp::rfc3339(time);
        self.push_some(observation::COMPLETION_START_TIME, time);
    }
}

/// Writes at once. The span is not copied: `&mut &span` is the sink.
impl AttributeSink for &Span {
    fn push(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        self.set_attribute(key, value);
    }

    fn mark_error(&mut self) {
        self.set_status(Status::error(""));
    }
}

/// What is known of a tool that ran.
#[derive(Debug)]
pub(crate) struct ToolRun<'a> {
    pub(crate) name: &'a str,
    /// One of [`names::tool_type`].
    pub(crate) kind: &'static str,
    /// The id under which the model asked for it.
    pub(crate) id: Option<&'a str>,
    pub(crate) arguments: Option<String>,
    pub(crate) result: Option<String>,
}

/// The name of a tool's span.
pub(crate) fn tool_span_name(tool: &str) -> String {
    format!("{} {tool}", names::operation::EXECUTE_TOOL)
}
