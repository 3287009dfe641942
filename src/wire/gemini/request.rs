//! A request's fields → what it asks for.

use serde_json::Value;

use super::parts::{self, take, take_text};
use crate::conventions::output_type;
use crate::model::message::ToolDefinition;
use crate::text::secret_fields::without_secrets;
use crate::wire::facts::RequestFacts;
use crate::wire::fields::{Fields, Object, as_count, into_object, objects};
use crate::wire::parameters;

pub(super) fn read(mut fields: Object, facts: &mut RequestFacts) {
    content(&mut fields, facts);
    // Some clients repeat what the address says.
    fields.remove("model");
    let labels = fields.object("labels").map(Value::Object);
    let labels = labels.and_then(|labels| into_object(without_secrets(labels)));
    facts.metadata = labels.unwrap_or_default();
    for tools in objects(fields.list("tools")) {
        definitions(tools, facts);
    }
    let config = take(&mut fields, "generationConfig").and_then(into_object);
    let mut config = config.unwrap_or_default();
    if let Some(thinking) = take(&mut config, "thinkingConfig").and_then(into_object) {
        config.extend(thinking);
    }
    let count = config
        .get("candidateCount")
        .or(config.get("candidate_count"));
    facts.choices = count.map_or(Some(1), as_count);
    output_form(&mut config, facts);
    parameters::read(config, false, facts);
    parameters::read(fields, false, facts);
}

/// Messages and instructions.
pub(super) fn content(fields: &mut Object, facts: &mut RequestFacts) {
    // The whole request may be wrapped where only its tokens are counted.
    if let Some(inner) = take(fields, "generateContentRequest").and_then(into_object) {
        fields.extend(inner);
    }
    let contents = match fields.value("contents") {
        Some(Value::Array(contents)) => contents,
        Some(content) => vec![content],
        None => Vec::new(),
    };
    for content in contents {
        let content = match content {
            Value::Object(fields) => fields,
            // Our own note that more was left out.
            note => Object::from_iter([("parts".to_owned(), note)]),
        };
        let message = parts::message(content, &mut facts.tool_results);
        facts.messages.push(message);
    }
    match take(fields, "systemInstruction") {
        Some(Value::Object(mut content)) => {
            facts.system_instructions = parts::all(&mut content);
        }
        Some(text) => {
            let mut content = Object::from_iter([("parts".to_owned(), text)]);
            facts.system_instructions = parts::all(&mut content);
        }
        None => {}
    }
}

/// The functions that a tool declares, or the provider's own tools that it is.
fn definitions(mut tools: Object, facts: &mut RequestFacts) {
    let functions = match take(&mut tools, "functionDeclarations") {
        Some(Value::Array(functions)) => functions,
        _ => Vec::new(),
    };
    for mut function in objects(functions) {
        let Some(name) = function.word("name") else {
            continue;
        };
        let mut tool = ToolDefinition::function(name);
        tool.description = function.word("description");
        let schema = take(&mut function, "parametersJsonSchema");
        tool.parameters = function.value("parameters").or(schema);
        facts.tools.push(tool);
    }
    // Their settings hold addresses and secrets.
    for (name, _) in tools.into_iter().filter(|(_, value)| !value.is_null()) {
        let mut tool = ToolDefinition::function(name.as_str());
        tool.kind = name;
        facts.tools.push(tool);
    }
}

/// The form of the answer that was requested.
fn output_form(config: &mut Object, facts: &mut RequestFacts) {
    let get = |config: &Object, name: &str, snake: &str| {
        let value = config.get(name).or(config.get(snake));
        value.cloned().unwrap_or_default()
    };
    let modalities = get(config, "responseModalities", "response_modalities");
    let has = |modality: &str| {
        let items = modalities.as_array().into_iter().flatten();
        items
            .filter_map(Value::as_str)
            .any(|one| one.eq_ignore_ascii_case(modality))
    };
    let schema = match get(config, "responseSchema", "response_schema") {
        Value::Null => get(config, "responseJsonSchema", "response_json_schema"),
        schema => schema,
    };
    facts.schema_name = into_object(schema).and_then(|mut schema| take_text(&mut schema, "title"));
    let form = get(config, "responseMimeType", "response_mime_type");
    facts.output_type = match form.as_str() {
        _ if has("AUDIO") => Some(output_type::SPEECH),
        _ if has("IMAGE") => Some(output_type::IMAGE),
        Some("application/json" | "text/x.enum") => Some(output_type::JSON),
        Some("text/plain") => Some(output_type::TEXT),
        _ => None,
    };
}
