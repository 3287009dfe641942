//! Input and output.
//!
//! The server takes both from the first family of attributes that has either and drops every
//! other family, from the metadata too. So whatever is known goes under Langfuse's own names,
//! which come first, and what could not be used goes to the metadata. A half that is unknown is
//! left out: its absence blocks the other families just as well, whereas an empty text or `null`
//! would be shown.

use std::borrow::Cow;

use opentelemetry::{Array, KeyValue, Value};
use serde_json::value::{RawValue, to_raw_value};

use super::attributes::{Attributes, into_text, json};
use super::classification::Classification;
use super::keys;
use super::messages;
use super::messages::Given;
use crate::backends::backend::MapOptions;
use crate::conventions;
use crate::conventions::{observation, operation};

/// Attributes of the conventions whose content moves into input and output.
const CONTENT: &[&str] = &[
    conventions::INPUT_MESSAGES,
    conventions::OUTPUT_MESSAGES,
    conventions::SYSTEM_INSTRUCTIONS,
    conventions::TOOL_CALL_ARGUMENTS,
    conventions::TOOL_CALL_RESULT,
];

/// Writes input and output from what was set by hand or by a function, else from the conventions.
pub(crate) fn map(attributes: &mut Attributes, kind: &Classification, options: MapOptions) {
    rescue_prompt_attributes(attributes);
    for key in keys::DANGEROUS {
        if let Some(value) = attributes.other.take(key) {
            attributes.move_to_metadata(key, value);
        }
    }

    let input = attributes.neutral.take(observation::INPUT);
    let output = attributes.neutral.take(observation::OUTPUT);
    let mut source = Source {
        attributes,
        kind,
        keeps: options.keep_genai_content,
    };
    match input {
        Some(value) => source.attributes.write(keys::INPUT, into_text(value)),
        None => source.translate_input(),
    }
    match output {
        Some(value) => source.attributes.write(keys::OUTPUT, into_text(value)),
        None => source.translate_output(),
    }

    if attributes.langfuse.has(keys::INPUT) || attributes.langfuse.has(keys::OUTPUT) {
        complete_from_foreign(attributes);
        rescue_unused(attributes, options);
    }
}

/// `gen_ai.prompt.name` and its like hijack the input of the whole span, wherever they come from.
/// The numbered attributes of an older convention are an input and stay for the server to read.
fn rescue_prompt_attributes(attributes: &mut Attributes) {
    let taken = attributes.gen_ai.take_where(|key| {
        key.strip_prefix(conventions::PROMPT)
            .is_some_and(|rest| !is_numbered(rest))
    });
    move_to_metadata(attributes, taken);
}

fn is_numbered(rest: &str) -> bool {
    rest.strip_prefix('.')
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

struct Source<'a> {
    attributes: &'a mut Attributes,
    kind: &'a Classification,
    keeps: bool,
}

impl Source<'_> {
    fn translate_input(&mut self) {
        if self.attributes.langfuse.has(keys::INPUT)
            || self.kind.is_tool && self.use_as_is(conventions::TOOL_CALL_ARGUMENTS, keys::INPUT)
            || self.translate_messages()
        {
            return;
        }
        self.use_as_is(conventions::TOOL_CALL_ARGUMENTS, keys::INPUT);
    }

    fn translate_output(&mut self) {
        if self.attributes.langfuse.has(keys::OUTPUT)
            || self.kind.is_tool && self.use_as_is(conventions::TOOL_CALL_RESULT, keys::OUTPUT)
            || self.translate_answer()
        {
            return;
        }
        self.use_as_is(conventions::TOOL_CALL_RESULT, keys::OUTPUT);
    }

    fn translate_messages(&mut self) -> bool {
        let gen_ai = &self.attributes.gen_ai;
        let messages = gen_ai.get(conventions::INPUT_MESSAGES).map(document);
        let instructions = gen_ai.get(conventions::SYSTEM_INSTRUCTIONS).map(document);
        if messages.is_none() && instructions.is_none() {
            return false;
        }
        // While they stay on the span, the server adds them to the input itself.
        let tools = gen_ai
            .get(conventions::TOOL_DEFINITIONS)
            .filter(|_| !self.keeps)
            .map(document);
        let given = Given {
            messages: messages.as_deref(),
            instructions: instructions.as_deref(),
            tools: tools.as_deref(),
        };
        let defines_agent =
            gen_ai.text(conventions::OPERATION_NAME) == Some(operation::CREATE_AGENT);
        let (text, has_tools) = if defines_agent && messages.is_none() {
            messages::agent_definition(given)
        } else {
            messages::input(given)
        };
        self.attributes.write(keys::INPUT, text);
        self.forget(conventions::INPUT_MESSAGES);
        self.forget(conventions::SYSTEM_INSTRUCTIONS);
        if has_tools {
            self.forget(conventions::TOOL_DEFINITIONS);
        }
        true
    }

    fn translate_answer(&mut self) -> bool {
        let gen_ai = &self.attributes.gen_ai;
        let Some(messages) = gen_ai.get(conventions::OUTPUT_MESSAGES).map(document) else {
            return false;
        };
        let reasons = if self.keeps || gen_ai.has(conventions::RESPONSE_FINISH_REASONS) {
            Vec::new()
        } else {
            messages::finish_reasons(&messages)
        };
        let output = messages::output(&messages);
        self.attributes.write(keys::OUTPUT, output);
        if !reasons.is_empty() {
            let reasons = reasons.into_iter().map(Into::into).collect();
            self.attributes.gen_ai.add(
                conventions::RESPONSE_FINISH_REASONS,
                Value::Array(Array::String(reasons)),
            );
        }
        self.forget(conventions::OUTPUT_MESSAGES);
        true
    }

    fn use_as_is(&mut self, key: &str, target: &'static str) -> bool {
        let value = if self.keeps {
            self.attributes.gen_ai.get(key).cloned()
        } else {
            self.attributes.gen_ai.take(key)
        };
        let Some(value) = value else {
            return false;
        };
        self.attributes.write(target, into_text(value));
        true
    }

    fn forget(&mut self, key: &str) {
        if !self.keeps {
            self.attributes.gen_ai.take(key);
        }
    }
}

/// The JSON document that an attribute holds. Some instrumentations write one text a message.
fn document(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text.as_str()),
        Value::Array(Array::String(texts)) => {
            let elements: Vec<_> = texts
                .iter()
                .map(|text| {
                    RawValue::from_string(text.as_str().to_owned())
                        .or_else(|_| to_raw_value(text.as_str()))
                        .ok()
                })
                .collect();
            serde_json::to_string(&elements)
                .unwrap_or_else(|_| json(value).to_string())
                .into()
        }
        value => json(value).to_string().into(),
    }
}

/// Fetches the half that is missing from another convention, which the server would drop.
fn complete_from_foreign(attributes: &mut Attributes) {
    for pair in keys::FOREIGN_PAIRS {
        for (foreign, key) in [(pair.0, keys::INPUT), (pair.1, keys::OUTPUT)] {
            if !attributes.langfuse.has(key)
                && let Some(value) = attributes.other.take(foreign)
            {
                attributes.write(key, into_text(value));
            }
        }
    }
}

/// Moves what the server would now drop without a trace to the metadata.
fn rescue_unused(attributes: &mut Attributes, options: MapOptions) {
    let unused = attributes.gen_ai.take_where(|key| {
        (CONTENT.contains(&key) && !options.keep_genai_content)
            || key.starts_with(conventions::PROMPT_PREFIX)
            || key.starts_with(conventions::COMPLETION)
    });
    move_to_metadata(attributes, unused);
    let unused = attributes.other.take_where(|key| {
        keys::FOREIGN_PAIRS
            .iter()
            .any(|(input, output)| key == *input || key == *output)
            || keys::FOREIGN_CONTENT
                .iter()
                .any(|prefix| key.starts_with(prefix))
    });
    move_to_metadata(attributes, unused);
}

fn move_to_metadata(attributes: &mut Attributes, list: Vec<KeyValue>) {
    for KeyValue { key, value, .. } in list {
        attributes.move_to_metadata(key.as_str(), value);
    }
}
