//! A program that has no client library and posts to Anthropic's Messages itself, through reqwest-middleware or a tower
//! stack: a streamed answer that asks for a tool, the function that runs it, a refusal, and the last answer are one
//! tree, with each token once.

use reqwest::{Method, Request};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use serde_json::{Value, json};
use tower::{ServiceBuilder, ServiceExt};
use tracing_genai::Mapping;
use tracing_genai::http::{Trace, TraceLayer, TraceMiddleware};
use tracing_genai::testing::{InMemory, ReceivedSpan};

use crate::support::reply_server::{Ending, Reply, ReplyServer};
use crate::support::{conventions, json_of, received_async};

const MODEL: &str = "claude-sonnet-4-5";
const QUESTION: &str = "The weather in Oslo?";

/// How the program sends a request.
#[derive(Clone)]
enum Client {
    Middleware(ClientWithMiddleware),
    Tower(Trace<reqwest::Client>),
}

impl Client {
    fn each() -> [Self; 2] {
        let middleware = ClientBuilder::new(reqwest::Client::new()).with(TraceMiddleware::new());
        let tower = ServiceBuilder::new()
            .layer(TraceLayer::new())
            .service(reqwest::Client::new());
        [Self::Middleware(middleware.build()), Self::Tower(tower)]
    }

    async fn send(&self, request: Request) -> reqwest::Response {
        match self {
            Self::Middleware(client) => client.execute(request).await.unwrap(),
            Self::Tower(client) => client.clone().oneshot(request).await.unwrap(),
        }
    }
}

#[tracing::instrument(skip(client, url), ret)]
async fn answer(client: &Client, url: &str, question: &str) -> String {
    let mut messages = json!([{"role": "user", "content": question}]);
    ask(client, url, &messages, true).await;
    let call = json!([{"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}}]);
    let result = get_weather("Oslo").await;
    let result = json!([{"type": "tool_result", "tool_use_id": "toolu_1", "content": result}]);
    let turns = messages.as_array_mut().unwrap();
    turns.push(json!({"role": "assistant", "content": call}));
    turns.push(json!({"role": "user", "content": result}));
    assert_eq!(ask(client, url, &messages, false).await.0, 529);
    let (status, text) = ask(client, url, &messages, false).await;
    assert_eq!(status, 200);
    let answer: Value = serde_json::from_str(&text).unwrap();
    answer["content"][0]["text"].as_str().unwrap().to_owned()
}

#[tracing::instrument(ret)]
async fn get_weather(city: &str) -> String {
    format!("4 °C in {city}")
}

/// Status and body of an answer.
async fn ask(client: &Client, url: &str, messages: &Value, stream: bool) -> (u16, String) {
    let body = json!({"model": MODEL, "max_tokens": 100, "stream": stream, "messages": messages});
    let mut request = Request::new(Method::POST, format!("{url}/messages").parse().unwrap());
    for (name, value) in [
        ("x-api-key", "sk-ant-simulated"),
        ("anthropic-version", "2023-06-01"),
        ("content-type", "application/json"),
    ] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    *request.body_mut() = Some(body.to_string().into());
    let response = client.send(request).await;
    (response.status().as_u16(), response.text().await.unwrap())
}

/// A streamed call of a tool, a refusal, and an answer.
fn replies() -> [Reply; 3] {
    let usage = json!({"input_tokens": 20, "cache_read_input_tokens": 300, "output_tokens": 1});
    let started = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": MODEL,
        "content": [], "stop_reason": null, "usage": usage});
    let block = json!({"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}});
    let delta = |text: &str| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": text}});
    let events = [
        json!({"type": "message_start", "message": started}),
        json!({"type": "content_block_start", "index": 0, "content_block": block}),
        delta("{\"city\":"),
        delta(" \"Oslo\"}"),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 12}}),
        json!({"type": "message_stop"}),
    ];
    let events = events.map(|event| {
        let kind = event["type"].as_str().unwrap();
        format!("event: {kind}\ndata: {event}\n\n")
    });
    let refused =
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    let last = json!({"id": "msg_2", "type": "message", "role": "assistant", "model": MODEL,
        "content": [{"type": "text", "text": "It is 4 °C."}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 40, "cache_read_input_tokens": 300, "output_tokens": 8}});
    [
        Reply::events(events.into(), std::time::Duration::ZERO, Ending::Whole),
        Reply::json(529, refused),
        Reply::json(200, last),
    ]
}

async fn traced(client: &Client, mapping: Option<Mapping>) -> InMemory {
    let server = ReplyServer::start(replies()).await;
    received_async(mapping, |builder| builder, async {
        assert_eq!(answer(client, &server.url(), QUESTION).await, "It is 4 °C.");
    })
    .await
}

/// The calls, in their order.
fn calls(memory: &InMemory) -> Vec<ReceivedSpan> {
    let mut calls = memory.spans();
    calls.retain(|span| span.name == format!("chat {MODEL}"));
    calls.sort_by_key(|span| span.start);
    calls
}

fn sum(spans: &[ReceivedSpan], key: &str) -> i64 {
    spans.iter().filter_map(|span| span.int(key)).sum()
}

#[tokio::test]
async fn with_its_counts_its_tool_and_its_failure() {
    for client in Client::each() {
        let memory = traced(&client, None).await;
        let spans = memory.spans();
        conventions::assert_kept(&spans);
        let names: Vec<_> = spans.iter().map(|span| &span.name).collect();
        assert_eq!(spans.len(), 5, "{names:?}");
        let root = memory.span("answer");
        assert_eq!(root.parent_span_id, "");
        let tool = memory.span("execute_tool get_weather");
        assert_eq!(tool.text("gen_ai.tool.call.id"), Some("toolu_1"));
        assert_eq!(tool.text("gen_ai.tool.call.result"), Some("4 °C in Oslo"));
        let calls = calls(&memory);
        for span in calls.iter().chain([&tool]) {
            assert_eq!(span.parent_span_id, root.span_id, "{}", span.name);
        }
        let errors: Vec<_> = calls.iter().map(|call| call.error.as_deref()).collect();
        assert_eq!(errors, [None, Some("Overloaded"), None]);
        assert_eq!(calls[1].text("error.type"), Some("overloaded_error"));
        assert_eq!(calls[0].text("gen_ai.provider.name"), Some("anthropic"));
        assert!(
            calls[0]
                .attributes
                .contains_key("gen_ai.response.time_to_first_chunk")
        );
        // Cached tokens are a part of the input.
        for (key, tokens) in [
            ("gen_ai.usage.input_tokens", 320 + 340),
            ("gen_ai.usage.cache_read.input_tokens", 600),
            ("gen_ai.usage.output_tokens", 12 + 8),
        ] {
            assert_eq!(sum(&spans, key), tokens, "{key}");
        }
    }
}

#[tokio::test]
async fn and_for_langfuse() {
    for client in Client::each() {
        let memory = traced(&client, Some(Mapping::Langfuse)).await;
        let usage = calls(&memory)
            .into_iter()
            .map(|call| json_of(&call, "langfuse.observation.usage_details"));
        assert_eq!(
            usage.collect::<Vec<_>>(),
            [
                json!({"input": 20, "input_cached_tokens": 300, "output": 12, "total": 332}),
                // Known to be none, so that Langfuse counts none itself.
                json!({"input": 0, "output": 0, "total": 0}),
                json!({"input": 40, "input_cached_tokens": 300, "output": 8, "total": 348}),
            ]
        );
        let root = memory.span("answer");
        let text = |key: &str| root.text(key);
        assert_eq!(
            text("langfuse.observation.input"),
            Some(json!({"question": QUESTION}).to_string().as_str())
        );
        assert_eq!(text("langfuse.observation.output"), Some("It is 4 °C."));
    }
}
