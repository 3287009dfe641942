//! Gemini's calls may have no ids: a result belongs to the call of its function, in the order of the calls. The
//! derived spans have no id that nobody gave.

use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use serde_json::{Value, json};
use tracing_genai::openai::TraceMiddleware;

use crate::support::reply_server::{Reply, ReplyServer};
use crate::support::{json_of, plain_async};

fn call(city: &str) -> Value {
    json!({"functionCall": {"name": "get_weather", "args": {"city": city}}})
}

fn result(degrees: u8) -> Value {
    json!({"functionResponse": {"name": "get_weather", "response": {"degrees": degrees}}})
}

fn answer(content: &Value) -> Reply {
    let candidate = json!({"content": content, "finishReason": "STOP"});
    Reply::json(200, json!({"candidates": [candidate]}))
}

async fn ask(client: &ClientWithMiddleware, root: &str, contents: Value) {
    let url = format!("{root}/v1beta/models/gemini-2.5-flash:generateContent");
    let post = client.post(url).header("content-type", "application/json");
    let body = json!({"contents": contents}).to_string();
    let answer = post.body(body).send().await.unwrap();
    let _read = answer.bytes().await.unwrap();
}

#[tracing::instrument(skip_all)]
async fn weather(root: String, calls: Value) {
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(TraceMiddleware::new())
        .build();
    let question = json!({"role": "user", "parts": [{"text": "Oslo and Rome?"}]});
    ask(&client, &root, json!([question])).await;
    let results = json!({"role": "user", "parts": [result(4), result(21)]});
    ask(&client, &root, json!([question, calls, results])).await;
}

#[tokio::test]
async fn two_calls_of_one_function() {
    let calls = json!({"role": "model", "parts": [call("Oslo"), call("Rome")]});
    let text = json!({"role": "model", "parts": [{"text": "Cold and warm."}]});
    let server = ReplyServer::start([answer(&calls), answer(&text)]).await;
    let root = server.url().trim_end_matches("/v1").to_owned();
    let memory = plain_async(weather(root, calls)).await;
    let spans = memory.spans();
    let tools = spans
        .iter()
        .filter(|span| span.name == "execute_tool get_weather");
    let mut tools: Vec<Value> = tools
        .map(|span| {
            assert!(!span.attributes.contains_key("gen_ai.tool.call.id"));
            json!([
                json_of(span, "gen_ai.tool.call.arguments"),
                json_of(span, "gen_ai.tool.call.result"),
            ])
        })
        .collect();
    tools.sort_by_key(Value::to_string);
    assert_eq!(
        tools,
        [
            json!([{"city": "Oslo"}, {"degrees": 4}]),
            json!([{"city": "Rome"}, {"degrees": 21}]),
        ]
    );
}
