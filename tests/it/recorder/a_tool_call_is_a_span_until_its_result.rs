//! The span starts with the response that contains the call, ends with the request that brings the result,
//! and is a sibling of the model call. There is one, although Chat Completions repeats results; there is none
//! if the program makes one itself or if derived tools are switched off.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tracing_genai::openai::TraceMiddleware;
use tracing_genai::testing::{InMemory, ReceivedSpan, Value as Attribute};
use tracing_genai::{Mapping, TelemetryBuilder, observation};

use crate::openai_sim;
use crate::support::conventions::violations;
use crate::support::reply_server::{Ending, Reply, ReplyServer};
use crate::support::versions::{Client, Version, with_each_version};
use crate::support::{WORK, plain_async, received_async, take_time, traced};

const QUESTION: &str = "What is the weather in Oslo and in Bergen?";
const DESCRIPTION: &str = "The weather of a city.";
const CITIES: [(&str, &str); 2] = [("Oslo", "4 °C"), ("Bergen", "7 °C")];

fn parameters() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]})
}

/// Sends a question to which the model responds with calls; returns the conversation and the calls.
async fn ask(client: &Client) -> (Value, Vec<Value>) {
    let function =
        json!({"name": "get_weather", "description": DESCRIPTION, "parameters": parameters()});
    let mut conversation = json!({
        "model": "gpt-4o", "tools": [{"type": "function", "function": function}],
        "messages": [{"role": "user", "content": QUESTION}],
    });
    let asked = client.chat(&conversation).await.unwrap();
    let calls = asked["choices"][0]["message"]["tool_calls"].clone();
    let messages = conversation["messages"].as_array_mut().unwrap();
    messages.push(json!({"role": "assistant", "tool_calls": calls}));
    let calls = calls.as_array().unwrap().clone();
    assert_eq!(calls.len(), 2);
    (conversation, calls)
}

/// Sends the results of the calls, and one more question afterwards.
async fn answer(client: &Client, mut conversation: Value, calls: &[Value]) {
    let messages = conversation["messages"].as_array_mut().unwrap();
    for (call, (_, output)) in calls.iter().zip(CITIES) {
        messages.push(json!({"role": "tool", "tool_call_id": call["id"], "content": output}));
    }
    let reply = client.chat(&conversation).await.unwrap();
    let messages = conversation["messages"].as_array_mut().unwrap();
    messages.push(reply["choices"][0]["message"].clone());
    messages.push(json!({"role": "user", "content": "Thank you!"}));
    client.chat(&conversation).await.unwrap();
}

#[tracing::instrument(skip_all)]
async fn weather(version: Version, url: String) {
    let client = version.client(url);
    let (conversation, calls) = ask(&client).await;
    take_time().await;
    answer(&client, conversation, &calls).await;
}

fn tools(memory: &InMemory) -> Vec<ReceivedSpan> {
    let spans = memory.spans().into_iter();
    spans
        .filter(|span| span.name.starts_with("execute_tool"))
        .collect()
}

/// The model calls in the order of their starts.
fn calls(memory: &InMemory) -> Vec<ReceivedSpan> {
    let spans = memory.spans().into_iter();
    let mut calls: Vec<_> = spans.filter(|span| span.name.starts_with("chat")).collect();
    calls.sort_by_key(|span| span.start);
    calls
}

fn assert_is_recorded(memory: &InMemory, parent: &str) {
    let (calls, tools) = (calls(memory), tools(memory));
    assert_eq!(tools.len(), 2, "{tools:?}");
    for (tool, (city, output)) in tools.iter().zip(CITIES) {
        assert_eq!(tool.name, "execute_tool get_weather");
        assert_eq!(tool.kind, "INTERNAL");
        assert_eq!(tool.text("gen_ai.operation.name"), Some("execute_tool"));
        assert_eq!(tool.text("gen_ai.tool.name"), Some("get_weather"));
        assert_eq!(tool.text("gen_ai.tool.type"), Some("function"));
        assert!(
            tool.text("gen_ai.tool.call.id")
                .unwrap()
                .starts_with("call_")
        );
        let arguments = tool.text("gen_ai.tool.call.arguments");
        assert_eq!(arguments, Some(&*json!({"city": city}).to_string()));
        assert_eq!(tool.text("gen_ai.tool.call.result"), Some(output));
        let derived = &tool.attributes["tracing_genai.derived"];
        assert_eq!(derived, &Attribute::Bool(true));
        assert_eq!(tool.parent_span_id, parent);
        assert_eq!(tool.trace_id, calls[0].trace_id);
        assert!(tool.start >= calls[0].end && tool.end <= calls[1].start);
        assert!(u128::from(tool.end - tool.start) >= WORK.as_nanos());
        let of_a_model = |key: &&String| key.contains("usage") || key.contains("model");
        assert_eq!(tool.attributes.keys().find(of_a_model), None);
    }
    let id = |tool: &ReceivedSpan| tool.text("gen_ai.tool.call.id").map(str::to_owned);
    assert_ne!(id(&tools[0]), id(&tools[1]));
}

async fn once_each_although_chat_repeats_the_results(version: Version) {
    let memory = traced(None, |url| weather(version, url)).await;
    assert_eq!(calls(&memory).len(), 3);
    assert_is_recorded(&memory, &memory.span("weather").span_id);
}

async fn below_the_model_call_that_is_a_trace_of_its_own(version: Version) {
    let memory = traced(None, async |url: String| {
        let client = version.client(url);
        let (conversation, calls) = ask(&client).await;
        take_time().await;
        answer(&client, conversation, &calls).await;
    })
    .await;
    let calls = calls(&memory);
    assert_eq!(calls[0].parent_span_id, "");
    assert_is_recorded(&memory, &calls[0].span_id);
}

async fn after_a_stream_too(version: Version) {
    #[tracing::instrument(skip_all)]
    async fn weather(version: Version, url: String) {
        let client = version.client(url);
        let function = json!({"name": "get_weather", "parameters": parameters()});
        let mut conversation = json!({
            "model": "gpt-4o", "tools": [{"type": "function", "function": function}],
            "messages": [{"role": "user", "content": QUESTION}], "stream": true,
        });
        let mut stream = client.chat_stream(&conversation).await.unwrap();
        let mut calls = Vec::new();
        while let Some(chunk) = stream.next().await {
            let parts = chunk.unwrap()["choices"][0]["delta"]["tool_calls"].clone();
            let parts = parts.as_array().cloned().unwrap_or_default();
            calls.extend(parts.into_iter().filter(|part| part["id"].is_string()));
        }
        take_time().await;
        for call in &mut calls {
            call.as_object_mut().unwrap().remove("index");
        }
        conversation["stream"] = json!(false);
        let messages = conversation["messages"].as_array_mut().unwrap();
        messages.push(json!({"role": "assistant", "tool_calls": calls}));
        answer(&client, conversation, &calls).await;
    }
    let memory = traced(None, |url| weather(version, url)).await;
    assert_eq!(calls(&memory).len(), 3);
    assert_is_recorded(&memory, &memory.span("weather").span_id);
}

async fn by_items_of_responses(version: Version) {
    #[tracing::instrument(skip_all)]
    async fn weather(version: Version, url: String) {
        let client = version.client(url);
        let tool = json!({"type": "function", "name": "get_weather", "parameters": parameters()});
        let request = json!({"model": "gpt-5-mini", "input": QUESTION, "tools": [tool]});
        let asked = client.respond(&request).await.unwrap();
        take_time().await;
        let items = asked["output"].as_array().unwrap().iter();
        let calls = items.filter(|item| item["type"] == "function_call");
        let results = calls.zip(CITIES).map(|(call, (_, output))| {
            json!({
                "type": "function_call_output", "call_id": call["call_id"], "output": output,
            })
        });
        let request = json!({
            "model": "gpt-5-mini", "previous_response_id": asked["id"],
            "input": results.collect::<Vec<_>>(), "tools": [tool],
        });
        client.respond(&request).await.unwrap();
    }
    let memory = traced(None, |url| weather(version, url)).await;
    assert_eq!(calls(&memory).len(), 2);
    assert_is_recorded(&memory, &memory.span("weather").span_id);
}

async fn for_langfuse_as_a_tool(version: Version) {
    let memory = traced(Some(Mapping::Langfuse), |url| weather(version, url)).await;
    let tools = tools(&memory);
    assert_eq!(tools.len(), 2);
    let tool = &tools[0];
    assert_eq!(tool.text("langfuse.observation.type"), Some("tool"));
    assert_eq!(
        tool.text("langfuse.observation.input"),
        Some(r#"{"city":"Oslo"}"#)
    );
    assert_eq!(tool.text("langfuse.observation.output"), Some("4 °C"));
}

async fn unless_the_program_makes_a_span_itself(version: Version) {
    let memory = traced(None, async |url: String| {
        let client = version.client(url);
        let (conversation, calls) = ask(&client).await;
        let id = calls[0]["id"].as_str().unwrap();
        observation::tool("by hand").with_tool_call_id(id).start();
        answer(&client, conversation, &calls).await;
    })
    .await;
    let tools = tools(&memory);
    let named = |name: &str| {
        tools
            .iter()
            .filter(|tool| tool.name.ends_with(name))
            .count()
    };
    assert_eq!((named("by hand"), named("get_weather")), (1, 1));
    let ids = tools.iter().map(|tool| tool.text("gen_ai.tool.call.id"));
    let distinct: std::collections::BTreeSet<_> = ids.collect();
    assert_eq!(distinct.len(), 2);
}

async fn unless_a_function_has_the_id_as_a_field(version: Version) {
    #[tracing::instrument(skip_all, fields(gen_ai.tool.call.id = %id))]
    fn get_weather(id: &str) {}

    let memory = traced(None, async |url: String| {
        let client = version.client(url);
        let (conversation, calls) = ask(&client).await;
        for call in &calls {
            get_weather(call["id"].as_str().unwrap());
        }
        answer(&client, conversation, &calls).await;
    })
    .await;
    assert_eq!(tools(&memory).len(), 0);
    let spans = memory.spans();
    let by_hand = spans.iter().filter(|span| span.name == "get_weather");
    assert_eq!(by_hand.count(), 2);
}

async fn named_by_the_model_where_the_program_knows_the_id_only(version: Version) {
    #[tracing::instrument(skip_all, fields(gen_ai.operation.name = "execute_tool", gen_ai.tool.call.id = %id))]
    fn forecast(id: &str, city: &str) {
        std::hint::black_box(city);
    }

    let memory = traced(None, async |url: String| {
        let client = version.client(url);
        let (conversation, calls) = ask(&client).await;
        for (call, (city, _)) in calls.iter().zip(CITIES) {
            forecast(call["id"].as_str().unwrap(), city);
        }
        forecast("call_of_yesterday", "Rome");
        answer(&client, conversation, &calls).await;
    })
    .await;
    let tools = tools(&memory);
    assert_eq!(tools.len(), 2, "{tools:?}");
    for tool in &tools {
        assert_eq!(tool.name, "execute_tool get_weather");
        assert_eq!(tool.text("gen_ai.tool.name"), Some("get_weather"));
        assert_eq!(tool.text("gen_ai.tool.type"), Some("function"));
        let description = tool.text("gen_ai.tool.description");
        assert_eq!(description, Some(DESCRIPTION));
        assert!(!tool.attributes.contains_key("tracing_genai.derived"));
        assert_eq!(violations(tool), [""; 0]);
    }
    let unknown = memory.span("forecast");
    assert_eq!(unknown.text("gen_ai.tool.name"), None);
}

async fn unless_that_is_switched_off(version: Version) {
    let server = openai_sim::start().await.unwrap();
    let settings = |builder: TelemetryBuilder| builder.with_derived_tools(false);
    let memory = received_async(None, settings, weather(version, server.base_url())).await;
    assert_eq!(calls(&memory).len(), 3);
    assert_eq!(tools(&memory).len(), 0);
}

async fn not_for_results_of_unknown_calls(version: Version) {
    let memory = traced(None, async |url: String| {
        let client = version.client(url);
        let function = json!({"name": "get_weather", "arguments": "{}"});
        let request = json!({"model": "gpt-4o", "messages": [
            {"role": "user", "content": QUESTION},
            {"role": "assistant", "tool_calls": [
                {"id": "call_of_yesterday", "type": "function", "function": function},
            ]},
            {"role": "tool", "tool_call_id": "call_of_yesterday", "content": "4 °C"},
        ]});
        client.chat(&request).await.unwrap();
    })
    .await;
    assert_eq!(calls(&memory).len(), 1);
    assert_eq!(tools(&memory).len(), 0);
}

/// The stream has announced its end but stays open, and its reader keeps it until the results are sent.
#[tokio::test]
async fn though_the_stream_with_the_calls_is_still_open() {
    let call = |index: usize| {
        let (city, _) = CITIES[index];
        let arguments = json!({"city": city}).to_string();
        json!({"type": "function_call", "id": format!("fc_{index}"), "call_id": format!("call_{index}"),
            "name": "get_weather", "arguments": arguments, "status": "completed"})
    };
    let response = json!({"id": "resp_1", "object": "response", "model": "gpt-5-mini",
        "status": "completed", "output": [call(0), call(1)]});
    let event = json!({"type": "response.completed", "response": response});
    let event = format!("data: {event}\n\n");
    let reply = json!({"id": "resp_2", "status": "completed", "output": []}).to_string();
    let replies = [
        Reply::events(vec![event], Duration::ZERO, Ending::Hangs),
        Reply::json(200, reply),
    ];
    let server = ReplyServer::start(replies).await;

    #[tracing::instrument(skip_all)]
    async fn weather(url: String) {
        let client = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
            .with(TraceMiddleware::new())
            .build();
        let post = async |body: Value| {
            let post = client.post(format!("{url}/responses"));
            let post = post.header("content-type", "application/json");
            post.body(body.to_string()).send().await.unwrap()
        };
        let asking = json!({"model": "gpt-5-mini", "input": QUESTION, "stream": true});
        let mut stream = post(asking).await;
        let event = stream.chunk().await.unwrap().unwrap();
        assert!(event.ends_with(b"\n\n"));
        take_time().await;
        let results = (0..2).map(|index| {
            let (_, output) = CITIES[index];
            json!({"type": "function_call_output", "call_id": format!("call_{index}"), "output": output})
        });
        let results: Vec<_> = results.collect();
        let answering = json!({"model": "gpt-5-mini", "input": results});
        post(answering).await.bytes().await.unwrap();
        drop(stream);
    }
    let memory = plain_async(weather(server.url())).await;
    assert_eq!(calls(&memory).len(), 2);
    let tools = tools(&memory);
    assert_eq!(tools.len(), 2, "{tools:?}");
    for (tool, (_, output)) in tools.iter().zip(CITIES) {
        assert_eq!(tool.text("gen_ai.tool.call.result"), Some(output));
        assert_eq!(tool.parent_span_id, memory.span("weather").span_id);
        assert!(u128::from(tool.end - tool.start) >= WORK.as_nanos());
    }
    let asked = &calls(&memory)[0];
    assert_eq!(asked.text("tracing_genai.stream.end"), Some("finished"));
    assert!(
        asked
            .text("gen_ai.output.messages")
            .unwrap()
            .contains("call_1")
    );
}

with_each_version!(
    once_each_although_chat_repeats_the_results,
    below_the_model_call_that_is_a_trace_of_its_own,
    after_a_stream_too,
    by_items_of_responses,
    for_langfuse_as_a_tool,
    unless_the_program_makes_a_span_itself,
    unless_a_function_has_the_id_as_a_field,
    named_by_the_model_where_the_program_knows_the_id_only,
    unless_that_is_switched_off,
    not_for_results_of_unknown_calls
);
