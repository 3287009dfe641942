//! Facts as JSON, without what is absent, so that a test can state all of them.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::model::message::Usage;
use crate::wire::facts::McpSubject;
use crate::wire::{
    AssistantsObject, ErrorFacts, MessageObject, RequestFacts, ResponseFacts, RunObject,
    StepObject, ToolCall,
};

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

pub(in crate::wire) fn request(facts: &RequestFacts) -> Value {
    let pairs = |pairs: &[(String, Value)]| pairs.iter().cloned().collect::<Map<_, _>>();
    present(json!({
        "model": facts.model,
        "parameters": pairs(&facts.parameters),
        "content_parameters": pairs(&facts.content_parameters),
        "stream": facts.stream,
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
        "input": facts.input,
        "mcp": mcp(&facts.mcp),
        "tool_results": facts.tool_results.iter()
            .map(|result| json!([result.call_id, result.output]))
            .collect::<Vec<_>>(),
        "agent_id": facts.agent_id,
        "agent_name": facts.agent_name,
        "incomplete": !facts.complete,
    }))
}

pub(in crate::wire) fn response(facts: &ResponseFacts) -> Value {
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
        "warning": facts.warning,
        "output": facts.output,
        "dimensions": facts.dimensions,
        "protocol_version": facts.protocol_version,
        "shown": facts.objects.iter().map(|(_, shown)| object(shown)).collect::<Vec<_>>(),
        "incomplete": !facts.complete,
    }))
}

fn mcp(subject: &McpSubject) -> Value {
    present(json!({
        "request_id": subject.request_id,
        "rpc_version": subject.rpc_version,
        "protocol_version": subject.protocol_version,
        "tool": subject.tool,
        "prompt": subject.prompt,
        "resource": subject.resource,
    }))
}

fn call(call: &ToolCall) -> Value {
    json!([
        call.id,
        call.name,
        call.arguments.as_deref().map(structured)
    ])
}

/// Arguments as a message shows them.
fn structured(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(structure @ (Value::Object(_) | Value::Array(_))) => structure,
        _ => Value::String(text.to_owned()),
    }
}

/// An object that was shown, under the name of its kind.
pub(in crate::wire) fn object(shown: &AssistantsObject) -> Value {
    let (kind, fields) = match shown {
        AssistantsObject::Assistant(assistant) => {
            let fields = json!({"id": assistant.id, "name": assistant.name});
            ("assistant", present(fields))
        }
        AssistantsObject::Thread(id) => ("thread", json!(id)),
        AssistantsObject::Message(written) => ("message", message(written)),
        AssistantsObject::Run(seen) => ("run", run(seen)),
        AssistantsObject::Step(seen) => ("step", step(seen)),
        AssistantsObject::Begun(id) => ("begun", json!(id)),
        AssistantsObject::Deleted => ("deleted", Value::Null),
        AssistantsObject::Nothing => ("nothing", Value::Null),
    };
    json!({ kind: fields })
}

fn message(message: &MessageObject) -> Value {
    present(json!({
        "id": message.id,
        "thread": message.thread_id,
        "run": message.run_id,
        "created_at": message.created_at.map(seconds),
        "role": message.role,
        "parts": message.parts,
        "partial": message.is_partial,
    }))
}

fn run(run: &RunObject) -> Value {
    let parameters: Map<_, _> = run.parameters.iter().cloned().collect();
    present(json!({
        "id": run.id,
        "thread": run.thread_id,
        "assistant": run.assistant_id,
        "status": run.status,
        "model": run.model,
        "instructions": run.instructions,
        "created_at": run.created_at.map(seconds),
        "started_at": run.started_at.map(seconds),
        "expires_at": run.expires_at.map(seconds),
        "ended_at": run.ended_at.map(seconds),
        "required": run.required.iter().map(call).collect::<Vec<_>>(),
        "error": run.error.as_ref().map(error),
        "incomplete_reason": run.incomplete_reason,
        "usage": run.usage.map(usage),
        "tools": run.tools,
        "parameters": parameters,
        "metadata": run.metadata,
    }))
}

fn step(step: &StepObject) -> Value {
    let calls = step.calls.iter().map(|call| {
        present(json!({
            "id": call.id,
            "kind": call.kind,
            "name": call.name,
            "arguments": call.arguments.as_ref().map(|arguments| match arguments {
                Value::String(text) => structured(text),
                arguments => arguments.clone(),
            }),
            "result": call.result,
        }))
    });
    present(json!({
        "id": step.id,
        "run": step.run_id,
        "thread": step.thread_id,
        "status": step.status,
        "created_at": step.created_at.map(seconds),
        "ended_at": step.ended_at.map(seconds),
        "message": step.message_id,
        "calls": calls.collect::<Vec<_>>(),
        "error": step.error.as_ref().map(error),
        "usage": step.usage.map(usage),
    }))
}

/// Whole numbers as such: no fixture has a fraction that a double could lose.
fn seconds(time: Duration) -> Value {
    if time.subsec_nanos() == 0 {
        time.as_secs().into()
    } else {
        time.as_secs_f64().into()
    }
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
        let wholes = [
            ("input", usage.input_tokens),
            ("output", usage.output_tokens),
        ];
        let wholes = wholes
            .into_iter()
            .filter_map(|(key, count)| Some((key.to_owned(), count?.into())));
        counts.extend(wholes);
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
