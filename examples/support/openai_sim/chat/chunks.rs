//! A chat completion as a stream of chunks.
//!
//! Contract: what the chunks of a choice add up to is its message. Choices take turns, as they
//! do on the wire. Without `stream_options.include_usage` no chunk speaks of usage.

use serde_json::{Value, json};

use super::super::model::{Content, Reply, Usage};
use super::super::stream::Event;
use super::super::tokens;
use super::request::ChatRequest;
use super::{Heading, finish_reason};

const KIND: &str = "chat.completion.chunk";

pub(super) fn events(
    heading: &Heading,
    request: &ChatRequest,
    replies: &[Reply],
    usage: Usage,
) -> Vec<Event> {
    let chunk = |choices: Value, usage: Value| {
        let mut chunk = heading.object(KIND, choices);
        if request.include_usage {
            chunk["usage"] = usage;
        }
        Event::Data(chunk)
    };
    let choice = |index: usize, delta: &Value, finish: Value| {
        let choice =
            json!({"index": index, "delta": delta, "logprobs": null, "finish_reason": finish});
        chunk(json!([choice]), Value::Null)
    };
    let deltas: Vec<Vec<Value>> = replies.iter().map(|reply| deltas(reply, request)).collect();
    let longest = deltas.iter().map(Vec::len).max().unwrap_or_default();
    let mut events = Vec::new();
    for position in 0..longest {
        for (index, deltas) in deltas.iter().enumerate() {
            if let Some(delta) = deltas.get(position) {
                events.push(choice(index, delta, Value::Null));
            }
        }
    }
    for (index, reply) in replies.iter().enumerate() {
        let finish = json!(finish_reason(reply, request));
        events.push(choice(index, &json!({}), finish));
    }
    if request.include_usage {
        events.push(chunk(json!([]), usage.chat()));
    }
    events.push(Event::Done);
    events
}

/// What one choice's chunks bring, the role first.
fn deltas(reply: &Reply, request: &ChatRequest) -> Vec<Value> {
    let mut deltas = Vec::new();
    match &reply.content {
        Content::Text(text) => {
            deltas.push(json!({"role": "assistant", "content": "", "refusal": null}));
            deltas.extend(each(text, |piece| json!({"content": piece})));
        }
        Content::Refusal(text) => {
            deltas.push(json!({"role": "assistant", "content": null, "refusal": ""}));
            deltas.extend(each(text, |piece| json!({"refusal": piece})));
        }
        Content::Calls(calls) if request.functions_of_old => {
            for call in calls.iter().take(1) {
                let begun = json!({"name": call.name, "arguments": ""});
                deltas.push(json!({"role": "assistant", "content": null, "function_call": begun}));
                deltas.extend(
                    tokens::fragments(&call.arguments)
                        .into_iter()
                        .map(|piece| json!({"function_call": {"arguments": piece}})),
                );
            }
        }
        Content::Calls(calls) => {
            for (index, call) in calls.iter().enumerate() {
                let (kind, argument) = if call.custom {
                    ("custom", "input")
                } else {
                    ("function", "arguments")
                };
                let begun = json!({
                    "index": index, "id": call.id, "type": kind,
                    kind: {"name": call.name, argument: ""},
                });
                let mut delta = json!({"tool_calls": [begun]});
                if index == 0 {
                    delta["role"] = json!("assistant");
                    delta["content"] = Value::Null;
                }
                deltas.push(delta);
                deltas.extend(tokens::fragments(&call.arguments).into_iter().map(
                    |piece| json!({"tool_calls": [{"index": index, kind: {argument: piece}}]}),
                ));
            }
        }
    }
    deltas
}

fn each(text: &str, delta: impl Fn(&str) -> Value) -> Vec<Value> {
    tokens::pieces(text).into_iter().map(delta).collect()
}
