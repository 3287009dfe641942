//! What a request asks for, as attributes.

use serde_json::Value;

use crate::conventions as names;
use crate::span;
use crate::span::AttributeSink;
use crate::text::snake_case::snake_case;
use crate::wire::{Endpoint, RequestFacts};

/// What was asked.
pub(in crate::recorder) fn request(
    set: &mut impl AttributeSink,
    endpoint: &Endpoint,
    request: &RequestFacts,
) {
    let model = request.model.as_deref().or(endpoint.model());
    let model = model.filter(|_| endpoint.is_inference());
    set.push_some(names::REQUEST_MODEL, model.map(str::to_owned));
    for (name, value) in &request.parameters {
        // A tier that has an attribute of its own.
        if name == "service_tier" && request.service_tier.is_some() {
            continue;
        }
        parameter(set, name, value);
    }
    for (name, value) in &request.content_parameters {
        set.content_parameter(name, value);
    }
    if request.stream {
        set.push(names::REQUEST_STREAM, true);
    }
    set.push_some(names::OUTPUT_TYPE, request.output_type);
    set.push_some(names::CONVERSATION_ID, request.conversation.clone());
    set.push_some(
        names::REQUEST_PREVIOUS_RESPONSE_ID,
        request.previous_response.clone(),
    );
    set.push_some(names::call::SCHEMA_NAME, request.schema_name.clone());
    set.push_some(
        names::OPENAI_REQUEST_SERVICE_TIER,
        request.service_tier.clone().filter(|tier| tier != "auto"),
    );
    if let Some(prompt) = &request.prompt {
        set.push(names::PROMPT_NAME, prompt.id.clone());
        set.push_some(names::PROMPT_VERSION, prompt.version.clone());
        for (name, value) in &prompt.variables {
            let key = format!("{}{name}", names::PROMPT_VARIABLE_PREFIX);
            set.push(key, span::text(value));
        }
    }
    if !request.messages.is_empty() {
        set.messages(names::INPUT_MESSAGES, &request.messages);
    }
    if !request.system_instructions.is_empty() {
        set.system_instructions(&request.system_instructions);
    }
    if !request.tools.is_empty() {
        set.tools(&request.tools);
    }
    if let Some(input) = &request.input {
        set.content(names::observation::INPUT, input);
    }
    if !request.encoding_formats.is_empty() {
        let formats = span::texts(request.encoding_formats.iter().cloned());
        set.push(names::call::ENCODING_FORMATS, formats);
    }
    for (key, value) in &request.metadata {
        set.request_metadata(key, value);
    }
}

fn parameter(set: &mut impl AttributeSink, name: &str, value: &Value) {
    match (snake_case(name).as_ref(), value) {
        // These have attributes of their own.
        ("stream" | "previous_response_id" | "conversation", _) => {}
        // A wish about the transport.
        ("stream_options", Value::Object(options)) => {
            let mut options = options.clone();
            options.remove("include_usage");
            if !options.is_empty() {
                set.parameter(name, options);
            }
        }
        ("n" | "candidate_count", Value::Number(count)) if count.as_i64() == Some(1) => {}
        ("stop", Value::String(stop)) => {
            set.parameter_name(names::REQUEST_STOP_SEQUENCES, name);
            set.stop_sequences([stop.clone()]);
        }
        ("stop" | "stop_sequences", Value::Array(stops)) if stops.iter().all(Value::is_string) => {
            set.parameter_name(names::REQUEST_STOP_SEQUENCES, name);
            set.stop_sequences(stops.iter().filter_map(Value::as_str));
        }
        _ => set.parameter(name, value),
    }
}
