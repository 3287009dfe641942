//! `/chat/completions`: create, whole or streamed, and what was stored of it.
//!
//! Contract: requests are read in `chat/request.rs`, answered by `model.rs`, written here and
//! in `chat/chunks.rs`. Parameters the simulator has no use for are ignored: vendors and later
//! versions bring their own.

mod chunks;
mod request;
mod stored;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::{Value, json};

use super::error::ApiError;
use super::fields::Fields;
use super::model::{self, Call, Content, Reply, Usage};
use super::state::{Simulator, now};
use super::stream::{Answer, Streamed};
use request::ChatRequest;
pub(super) use stored::StoredCompletion;

pub(super) fn routes() -> Router<Simulator> {
    Router::new()
        .route("/chat/completions", get(stored::list).post(create))
        .merge(stored::routes())
}

/// What is the same in a completion and in each of its chunks.
struct Heading {
    id: String,
    created: u64,
    model: String,
    service_tier: String,
}

impl Heading {
    const FINGERPRINT: &'static str = "fp_5af1c0de42";

    /// A wire object of `kind` with `choices`.
    fn object(&self, kind: &str, choices: Value) -> Value {
        json!({
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "service_tier": self.service_tier,
            "system_fingerprint": Self::FINGERPRINT,
            "choices": choices,
        })
    }
}

async fn create(State(simulator): State<Simulator>, body: Fields) -> Result<Answer, ApiError> {
    let request = ChatRequest::read(body)?;
    let (replies, usage) = model::answer(&simulator, &request.prompt, request.choices);
    let heading = Heading {
        id: simulator.hyphenated("chatcmpl"),
        created: now().as_secs(),
        model: model::dated(&request.prompt.model),
        service_tier: request.service_tier.clone(),
    };
    if request.store {
        let mut object = completion(&heading, &request, &replies, usage);
        object["metadata"] = json!(request.metadata);
        let messages = request.numbered_messages(&heading.id);
        let stored = StoredCompletion { object, messages };
        simulator.store().completions.push(stored);
    }
    if request.stream {
        return Ok(Answer::Streamed(Streamed {
            events: chunks::events(&heading, &request, &replies, usage),
            usage: usage.chat(),
        }));
    }
    Ok(Answer::Whole(completion(
        &heading, &request, &replies, usage,
    )))
}

fn completion(heading: &Heading, request: &ChatRequest, replies: &[Reply], usage: Usage) -> Value {
    let choices: Vec<Value> = replies
        .iter()
        .enumerate()
        .map(|(index, reply)| {
            json!({
                "index": index,
                "message": message(reply, request),
                "logprobs": null,
                "finish_reason": finish_reason(reply, request),
            })
        })
        .collect();
    let mut completion = heading.object("chat.completion", Value::Array(choices));
    completion["usage"] = usage.chat();
    completion
}

/// An answer as a message.
fn message(reply: &Reply, request: &ChatRequest) -> Value {
    let mut message = json!({
        "role": "assistant",
        "content": null,
        "refusal": null,
        "annotations": [],
    });
    match &reply.content {
        Content::Text(text) => message["content"] = json!(text),
        Content::Refusal(text) => message["refusal"] = json!(text),
        Content::Calls(calls) if request.functions_of_old => {
            if let Some(call) = calls.first() {
                message["function_call"] = json!({"name": call.name, "arguments": call.arguments});
            }
        }
        Content::Calls(calls) => {
            message["tool_calls"] = calls.iter().map(tool_call).collect();
        }
    }
    message
}

fn tool_call(call: &Call) -> Value {
    if call.custom {
        let custom = json!({"name": call.name, "input": call.arguments});
        json!({"id": call.id, "type": "custom", "custom": custom})
    } else {
        let function = json!({"name": call.name, "arguments": call.arguments});
        json!({"id": call.id, "type": "function", "function": function})
    }
}

/// Requests with `functions` instead of `tools` get the name they know.
fn finish_reason(reply: &Reply, request: &ChatRequest) -> &'static str {
    match reply.finish {
        model::Finish::ToolCalls if request.functions_of_old => "function_call",
        finish => finish.as_str(),
    }
}
