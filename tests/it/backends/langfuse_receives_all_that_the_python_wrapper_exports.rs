//! The calls of a recorded run of the Python wrapper, replayed case by case with our client: everything that
//! the wrapper exports is exported, and it is right where the wrapper is wrong.
//!
//! The wrapper is wrong about the following, which the cases assert: the requested and the answering model;
//! parameters that were not sent, and sent ones that are missing; the shape of streamed output; finish
//! reason, response id and service tier; tokens in disjoint counts; the time to the first token; streams that
//! are abandoned, never read or broken off; status, type and request id of errors; raw and streamed
//! responses, images, moderations and Assistants, of which it exports nothing.

mod chats;
mod media_and_the_rest;
mod reference;
mod responses;
mod streams;

use serde_json::{Map, Value, json};
use tracing_genai::Mapping;
use tracing_genai::testing::{InMemory, ReceivedSpan};

use crate::support::reply_server::{Reply, ReplyServer};
use crate::support::wait::wait_for_async;
use crate::support::{SOON, memory, within_async};
use reference::Recorded;

/// Where each case of the recording is replayed.
const REPLAYED: [(&str, &str); 31] = [
    ("chat_plain", "chats"),
    ("chat_params", "chats"),
    ("chat_langfuse_kwargs", "chats"),
    ("chat_n3", "chats"),
    ("chat_reasoning", "chats"),
    ("chat_stream_usage", "streams"),
    ("chat_stream_nousage", "streams"),
    ("chat_stream_break", "streams"),
    ("chat_stream_never_iterated", "streams"),
    ("chat_stream_server_dies", "streams"),
    ("chat_tools", "chats"),
    ("chat_tools_stream", "streams"),
    ("chat_parse", "chats"),
    // The helpers of the Python client collect a stream.
    ("chat_stream_helper", "streams"),
    ("chat_error", "chats"),
    ("chat_raw_response", "chats"),
    ("chat_streaming_response", "streams"),
    ("chat_image", "media_and_the_rest"),
    ("chat_audio_in", "media_and_the_rest"),
    ("responses_plain", "responses"),
    ("responses_stream", "responses"),
    ("responses_stream_break", "responses"),
    ("responses_tools", "responses"),
    ("responses_stream_helper", "responses"),
    ("embeddings", "media_and_the_rest"),
    ("completions_legacy", "media_and_the_rest"),
    ("moderations_untraced", "media_and_the_rest"),
    ("images_untraced", "media_and_the_rest"),
    ("assistants_untraced", "media_and_the_rest"),
    // Python has a second client for asynchronous calls.
    ("async_chat", "chats"),
    ("async_stream_cancel", "streams"),
];

#[test]
fn no_case_is_left_out() {
    let sources = [
        (
            "chats",
            include_str!("langfuse_receives_all_that_the_python_wrapper_exports/chats.rs"),
        ),
        (
            "streams",
            include_str!("langfuse_receives_all_that_the_python_wrapper_exports/streams.rs"),
        ),
        (
            "responses",
            include_str!("langfuse_receives_all_that_the_python_wrapper_exports/responses.rs"),
        ),
        (
            "media_and_the_rest",
            include_str!(
                "langfuse_receives_all_that_the_python_wrapper_exports/media_and_the_rest.rs"
            ),
        ),
    ];
    let replayed: Vec<&str> = REPLAYED.iter().map(|(case, _)| *case).collect();
    assert_eq!(replayed, reference::cases());
    for (case, module) in REPLAYED {
        let (_, source) = sources.iter().find(|(name, _)| *name == module).unwrap();
        assert!(
            source.contains(&format!("\"{case}\"")),
            "{case} in {module}"
        );
    }
}

/// The only call that the wrapper exported for a case.
fn only_call(case: &str) -> Recorded {
    let calls = reference::calls(case);
    assert_eq!(calls.len(), 1, "{case}");
    calls[0]
}

/// Runs `work` against a server with one reply, and returns what Langfuse would receive.
async fn replayed<F: Future>(reply: Reply, work: impl FnOnce(String) -> F) -> InMemory {
    let server = ReplyServer::start([reply]).await;
    let (memory, telemetry) = memory(Some(Mapping::Langfuse));
    within_async(&telemetry, work(server.url())).await;
    // The client reads streams in a task of its own, which notices later that the reader has stopped.
    wait_for_async(async || {
        let report = telemetry.flush_async(SOON).await;
        assert_eq!(report.dropped(), 0, "{report}");
        memory.spans().pop()
    })
    .await;
    memory
}

/// One of Langfuse's attributes as JSON, `null` if it is not there.
fn shown(span: &ReceivedSpan, name: &str) -> Value {
    let text = span.text(&format!("langfuse.observation.{name}"));
    text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

/// Asserts what holds for every inference: models, parameters, usage, ids.
#[track_caller]
fn assert_has_what_the_wrapper_exports(span: &ReceivedSpan, recorded: Recorded) {
    let kind = recorded.text("type");
    assert_eq!(span.text("langfuse.observation.type"), kind);
    let model = span.text("langfuse.observation.model.name");
    assert_eq!(model, recorded.text("model.name"));
    // The wrapper loses the requested model.
    let asked = span.text("gen_ai.request.model");
    assert_eq!(asked, Some(recorded.asked_model()));
    assert_eq!(shown(span, "model.parameters"), parameters(recorded));
    assert_eq!(shown(span, "usage_details"), usage(recorded));
}

/// The sent parameters under the names of the conventions, and the service tier.
fn parameters(recorded: Recorded) -> Value {
    let mut expected = Map::new();
    for (name, value) in recorded.sent() {
        expected.insert(name, value);
    }
    if let Some(tier) = recorded.tier() {
        expected.insert("service_tier".to_owned(), tier);
    }
    match expected.is_empty() {
        true => Value::Null,
        false => expected.into(),
    }
}

/// The same tokens in disjoint counts.
fn usage(recorded: Recorded) -> Value {
    let Some(usage) = recorded.json("usage_details") else {
        return Value::Null;
    };
    let count = |pointer: &str| usage.pointer(pointer).and_then(Value::as_u64);
    let either = |one: &str, other: &str| count(one).or_else(|| count(other)).unwrap_or(0);
    let input = either("/prompt_tokens", "/input_tokens");
    let output = either("/completion_tokens", "/output_tokens");
    let cached = either(
        "/prompt_tokens_details/cached_tokens",
        "/input_tokens_details/cached_tokens",
    );
    let reasoning = either(
        "/completion_tokens_details/reasoning_tokens",
        "/output_tokens_details/reasoning_tokens",
    );
    assert!(input > 0 && output > 0, "{usage}");
    // OpenAI prices the tokens of audio models by their kind.
    let is_audio = recorded.answering_model().contains("audio");
    let names = match is_audio {
        true => [
            "input_text_tokens",
            "input_cached_text_tokens",
            "output_text_tokens",
        ],
        false => ["input", "input_cached_tokens", "output"],
    };
    let mut buckets = json!({"total": input + output});
    buckets[names[0]] = (input - cached).into();
    buckets[names[2]] = (output - reasoning).into();
    for (name, count) in [(names[1], cached), ("output_reasoning_tokens", reasoning)] {
        if count > 0 {
            buckets[name] = count.into();
        }
    }
    buckets
}

/// Asserts what holds for every chat that was answered: the same input and output messages, and the parts
/// of the response that the wrapper drops.
#[track_caller]
fn assert_is_the_chat(span: &ReceivedSpan, recorded: Recorded) {
    assert_has_what_the_wrapper_exports(span, recorded);
    assert_eq!(shown(span, "input"), recorded.json("input").unwrap());
    assert_eq!(
        messages(shown(span, "output")),
        recorded
            .outputs()
            .into_iter()
            .map(message)
            .collect::<Vec<_>>()
    );
    assert_eq!(span.text("gen_ai.response.id"), Some("chatcmpl-ref"));
    let reason = match recorded.outputs()[0].get("tool_calls") {
        Some(_) => "tool_calls",
        None => "stop",
    };
    let reasons = vec![reason.into(); recorded.outputs().len()];
    let reasons = tracing_genai::testing::Value::Array(reasons);
    assert_eq!(span.attributes["gen_ai.response.finish_reasons"], reasons);
    assert_eq!(span.attributes.get("langfuse.observation.level"), None);
    assert_eq!(span.error, None);
}

fn messages(output: Value) -> Vec<Value> {
    match output {
        Value::Array(messages) => messages.into_iter().map(message).collect(),
        other => panic!("output is always a list of messages: {other}"),
    }
}

/// A message with parsed arguments and without empty content.
fn message(mut message: Value) -> Value {
    let fields = message.as_object_mut().unwrap();
    fields.retain(|_, value| !value.is_null());
    if let Some(Value::Array(calls)) = fields.get_mut("tool_calls") {
        for call in calls {
            let arguments = call["function"]["arguments"].take();
            let text = arguments.as_str().unwrap();
            call["function"]["arguments"] = serde_json::from_str(text).unwrap();
        }
    }
    message
}
