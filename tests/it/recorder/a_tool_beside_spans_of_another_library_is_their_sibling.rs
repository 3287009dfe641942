//! Where another library has made the spans of model calls, the derived span of a tool stands beside them, not below
//! the one that asked for it.

use reqwest_middleware::ClientBuilder;
use serde_json::{Value, json};
use tracing::Instrument;
use tracing_genai::openai::TraceMiddleware;
use tracing_genai::testing::InMemory;

use crate::support::plain_async;
use crate::support::reply_server::{Reply, ReplyServer};

fn choice(message: Value, reason: &str) -> Reply {
    let choice = json!({"index": 0, "message": message, "finish_reason": reason});
    Reply::json(
        200,
        json!({"id": "c", "object": "chat.completion", "model": "gpt-4o", "choices": [choice]}),
    )
}

async fn post(url: &str, messages: &Value) {
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(TraceMiddleware::new())
        .build();
    let post = client.post(format!("{url}/chat/completions"));
    let post = post.header("content-type", "application/json");
    let body = json!({"model": "gpt-4o", "messages": messages}).to_string();
    let answer = post.body(body).send().await.unwrap();
    let _read = answer.bytes().await.unwrap();
}

/// Two calls with a tool between them, each in a span as rig makes it.
async fn ask_twice() {
    let call = json!({"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}});
    let asks = json!({"role": "assistant", "content": null, "tool_calls": [call]});
    let answers = json!({"role": "assistant", "content": "It is cold."});
    let server =
        ReplyServer::start([choice(asks.clone(), "tool_calls"), choice(answers, "stop")]).await;
    let question = json!({"role": "user", "content": "How is the weather?"});
    let result = json!({"role": "tool", "tool_call_id": "call_1", "content": "4 °C"});
    for messages in [json!([question]), json!([question, asks, result])] {
        let chat = tracing::info_span!(
            "chat",
            gen_ai.operation.name = "chat",
            gen_ai.request.model = "gpt-4o"
        );
        post(&server.url(), &messages).instrument(chat).await;
    }
}

fn assert_calls_are_spans_of_the_library(memory: &InMemory, spans: usize) {
    let all = memory.spans();
    assert_eq!(all.len(), spans, "{all:?}");
    let calls = all.iter().filter(|span| span.name == "chat gpt-4o");
    assert_eq!(calls.count(), 2);
}

#[tokio::test]
async fn below_the_same_parent() {
    let memory = plain_async(async {
        let agent = tracing::info_span!("work");
        ask_twice().instrument(agent).await;
    })
    .await;
    assert_calls_are_spans_of_the_library(&memory, 4);
    let tool = memory.span("execute_tool get_weather");
    let work = memory.span("work");
    assert_eq!(tool.parent_span_id, work.span_id);
    assert_eq!(tool.trace_id, work.trace_id);
    for span in memory.spans() {
        let is_root = span.name == "work";
        assert_eq!(span.parent_span_id.is_empty(), is_root, "{span:?}");
    }
}

/// A root has no siblings: the tool is below the call that asked for it.
#[tokio::test]
async fn unless_the_call_is_a_root() {
    let memory = plain_async(ask_twice()).await;
    assert_calls_are_spans_of_the_library(&memory, 3);
    let tool = memory.span("execute_tool get_weather");
    let spans = memory.spans();
    let asked = spans
        .iter()
        .find(|span| span.span_id == tool.parent_span_id);
    assert!(asked.is_some_and(|span| span.name == "chat gpt-4o"));
}
