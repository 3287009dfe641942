//! Facts as JSON, without what is absent, so that a test can state all of them.

use serde_json::{Map, Value, json};

use crate::message::Usage;
use crate::wire::{ErrorFacts, RequestFacts, ResponseFacts, ToolCall};

fn present(fields: Value) -> Value {
    let Value::Object(fields) = fields else {
        return fields;
    };
    let is_absent = |value: &Value| {
        value.is_null()
            || value == &json!([])
            || value == &json!({})
            || value == &Value::Bool(false)
    };
    Value::Object(
        fields
            .into_iter()
            .filter(|(_, value)| !is_absent(value))
            .collect(),
    )
}

pub(super) fn request(facts: &RequestFacts) -> Value {
    let pairs = |pairs: &[(String, Value)]| pairs.iter().cloned().collect::<Map<_, _>>();
    present(json!({
        "model": facts.model,
        "parameters": pairs(&facts.parameters),
        "content_parameters": pairs(&facts.content_parameters),
        "stream": facts.stream,
        "include_usage": facts.include_usage,
        "messages": facts.messages,
        "system_instructions": facts.system_instructions,
        "tools": facts.tools,
        "output_type": facts.output_type,
        "schema_name": facts.schema_name,
        "conversation": facts.conversation,
        "previous_response": facts.previous_response,
        "prompt": facts.prompt.as_ref().map(|prompt| json!({
            "id": prompt.id, "version": prompt.version, "variables": prompt.variables,
        })),
        "background": facts.background.map(|background| background.to_string()),
        "service_tier": facts.service_tier,
        "metadata": facts.metadata,
        "encoding_formats": facts.encoding_formats,
        "dimensions": facts.dimensions,
        "input": facts.input,
        "tool_results": facts.tool_results.iter()
            .map(|result| json!([result.call_id, result.output]))
            .collect::<Vec<_>>(),
        "incomplete": !facts.complete,
    }))
}

pub(super) fn response(facts: &ResponseFacts) -> Value {
    let call = |call: &ToolCall| json!([call.id, call.name, call.arguments]);
    present(json!({
        "id": facts.id,
        "model": facts.model,
        "status": facts.status,
        "incomplete_reason": facts.incomplete_reason,
        "finish_reasons": facts.finish_reasons,
        "messages": facts.messages,
        "usage": facts.usage.map(usage),
        "usage_details": facts.usage_details,
        "cost": facts.cost,
        "service_tier": facts.service_tier,
        "system_fingerprint": facts.system_fingerprint,
        "conversation": facts.conversation,
        "previous_response": facts.previous_response,
        "background": facts.background.map(|background| background.to_string()),
        "tool_calls": facts.tool_calls.iter().map(call).collect::<Vec<_>>(),
        "annotations": facts.annotations,
        "error": facts.error.as_ref().map(error),
        "output": facts.output,
        "dimensions": facts.dimensions,
        "incomplete": !facts.complete,
    }))
}

fn usage(usage: Usage) -> Value {
    let mut counts = json!({
        "cache_read": usage.cache_read_input_tokens,
        "cache_write": usage.cache_write_input_tokens,
        "reasoning": usage.reasoning_output_tokens,
        "audio_input": usage.audio_input_tokens,
        "audio_output": usage.audio_output_tokens,
    });
    if let Some(counts) = counts.as_object_mut() {
        counts.retain(|_, count| count != 0);
        counts.insert("input".into(), usage.input_tokens.into());
        counts.insert("output".into(), usage.output_tokens.into());
    }
    counts
}

fn error(error: &ErrorFacts) -> Value {
    let fields = present(json!({
        "kind": error.kind, "code": error.code, "message": error.message,
        "param": error.param, "request_id": error.request_id,
    }));
    if fields == json!({}) {
        "unknown".into()
    } else {
        fields
    }
}
