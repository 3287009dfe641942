//! Calls to aimock, a server that others wrote, at the address in `AIMOCK_URL` (`…/v1`), started with the
//! fixtures of `tests/e2e/aimock`.
//!
//! The simulated server of the examples may share a misunderstanding with this library; aimock does not.
//! These tests are a binary of their own because they need that server. Without the variable, each test
//! reports on standard error that it was skipped. The name of the model selects the fixture.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "nothing of a test binary is reachable")]

#[path = "it/support/wait.rs"]
#[allow(dead_code, reason = "this binary only waits in a runtime")]
mod wait;

use std::io::Write;
use std::time::SystemTime;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use futures_util::StreamExt;
use serde_json::{Value as Json, json};
use tracing::instrument::WithSubscriber;
use tracing_genai::Telemetry;
use tracing_genai::testing::{InMemory, ReceivedSpan, Value};
use tracing_subscriber::layer::SubscriberExt;
use wait::{SOON, wait_for_async};

/// Runs `work` with a client of aimock and returns its only span; `None` without aimock.
async fn call<F: Future>(
    test: &str,
    work: impl FnOnce(Client<OpenAIConfig>) -> F,
) -> Option<ReceivedSpan> {
    let mut spans = calls(test, 1, work).await?;
    assert_eq!(spans.len(), 1, "{spans:?}");
    spans.pop()
}

/// Runs `work` with a client of aimock and returns its spans, once there are as many as expected.
async fn calls<F: Future>(
    test: &str,
    expected: usize,
    work: impl FnOnce(Client<OpenAIConfig>) -> F,
) -> Option<Vec<ReceivedSpan>> {
    let Ok(url) = std::env::var("AIMOCK_URL") else {
        // Not captured by the test harness, so that a skipped test does not look like one that passed.
        let note = format!("SKIPPED {test}: AIMOCK_URL is not set\n");
        std::io::stderr().write_all(note.as_bytes()).unwrap();
        return None;
    };
    // aimock counts the matches of a fixture by this header: a test may run again on the same server.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let run = format!("{test}-{}", now.unwrap().as_nanos());
    let config = OpenAIConfig::new()
        .with_api_base(url)
        .with_api_key("sk-simulated")
        .with_header("X-Test-Id", run)
        .unwrap();
    let client =
        Client::with_config(config).with_http_service(tracing_genai::openai::http_service());

    let memory = InMemory::new();
    let telemetry = Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(memory.destination())
        .build()
        .unwrap();
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    let work = work(client).with_subscriber(subscriber);
    tokio::time::timeout(SOON, work).await.unwrap();

    // The client reads streams in a task of its own, which may drop the body a little later.
    let spans = wait_for_async(async || {
        let report = telemetry.flush_async(SOON).await;
        assert_eq!(report.dropped() + report.pending(), 0, "{report}");
        let spans = memory.spans();
        (spans.len() >= expected).then_some(spans)
    });
    Some(spans.await)
}

async fn ask(client: Client<OpenAIConfig>, request: Json) -> Json {
    client.chat().create_byot(request).await.unwrap()
}

/// Reads a stream to its end or its first error; returns the number of items, and whether it ended well.
async fn read(client: Client<OpenAIConfig>, request: Json) -> (usize, bool) {
    let chat = client.chat();
    let mut stream = chat.create_stream_byot::<_, Json>(request).await.unwrap();
    let mut pieces = 0;
    while let Some(piece) = stream.next().await {
        if piece.is_err() {
            return (pieces, false);
        }
        pieces += 1;
    }
    (pieces, true)
}

fn request(model: &str) -> Json {
    json!({"model": model, "messages": [{"role": "user", "content": "Solve 3x + 11 = 14"}]})
}

fn streamed(model: &str) -> Json {
    json!({
        "model": model,
        "stream": true,
        "stream_options": {"include_usage": true},
        "messages": [{"role": "user", "content": "Solve 3x + 11 = 14"}],
    })
}

fn messages(span: &ReceivedSpan, key: &str) -> Json {
    serde_json::from_str(span.text(key).unwrap()).unwrap()
}

fn reasons(span: &ReceivedSpan) -> &Value {
    &span.attributes["gen_ai.response.finish_reasons"]
}

#[tokio::test]
async fn a_chat() {
    let span = call("a_chat", async |client| {
        let answer = ask(client, request("whole")).await;
        assert_eq!(
            answer["choices"][0]["message"]["content"],
            "The solution is x = 1."
        );
    });
    let Some(span) = span.await else { return };
    assert_eq!(span.name, "chat whole");
    assert_eq!(span.error, None);
    assert_eq!(span.text("gen_ai.operation.name"), Some("chat"));
    assert_eq!(span.text("gen_ai.response.model"), Some("whole"));
    assert!(
        span.text("gen_ai.response.id")
            .unwrap()
            .starts_with("chatcmpl-")
    );
    let request_id = span.attributes.get("http.response.header.x-request-id");
    assert!(matches!(
        request_id,
        Some(Value::Array(ids)) if ids[0].as_text().unwrap().starts_with("req-")
    ));
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(21));
    assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(8));
    assert_eq!(reasons(&span), &Value::Array(vec!["stop".into()]));
    let input = messages(&span, "gen_ai.input.messages");
    assert_eq!(input[0]["parts"][0]["content"], "Solve 3x + 11 = 14");
    let output = messages(&span, "gen_ai.output.messages");
    assert_eq!(output[0]["parts"][0]["content"], "The solution is x = 1.");
}

#[tokio::test]
async fn a_tool_call_and_its_result() {
    let tools = json!([{"type": "function", "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    }}]);
    let question = json!({"role": "user", "content": "What is the weather in Lisbon?"});
    let spans = calls("a_tool_call_and_its_result", 2, async |client| {
        let first = json!({"model": "tools", "messages": [&question], "tools": &tools});
        let answer = ask(client.clone(), first).await;
        let asked = &answer["choices"][0]["message"];
        let result = json!({
            "role": "tool", "tool_call_id": "call_of_aimock", "content": "sunny",
        });
        let second =
            json!({"model": "tools", "messages": [&question, asked, result], "tools": &tools});
        ask(client, second).await;
    });
    let Some(spans) = spans.await else { return };
    // A span may be derived for the tool itself; the model calls are these.
    let mut chats: Vec<_> = spans
        .iter()
        .filter(|span| span.name == "chat tools")
        .collect();
    chats.sort_by_key(|span| span.start);
    let [first, second] = chats[..] else {
        panic!("{spans:?}")
    };

    assert_eq!(reasons(first), &Value::Array(vec!["tool_calls".into()]));
    let output = messages(first, "gen_ai.output.messages");
    let call = &output[0]["parts"][0];
    assert_eq!(
        (&call["type"], &call["id"], &call["name"]),
        (
            &json!("tool_call"),
            &json!("call_of_aimock"),
            &json!("get_weather")
        )
    );
    assert_eq!(call["arguments"], json!({"city": "Lisbon"}));
    let definitions = messages(first, "gen_ai.tool.definitions");
    assert_eq!(definitions[0]["name"], "get_weather");

    let input = messages(second, "gen_ai.input.messages");
    let result = &input[2]["parts"][0];
    assert_eq!(
        (&result["type"], &result["id"]),
        (&json!("tool_call_response"), &json!("call_of_aimock"))
    );
    assert_eq!(reasons(second), &Value::Array(vec!["stop".into()]));
}

#[tokio::test]
async fn a_stream() {
    let span = call("a_stream", async |client| {
        let (pieces, good) = read(client, streamed("streamed")).await;
        assert!(good && pieces > 5, "{pieces}");
    });
    let Some(span) = span.await else { return };
    assert_eq!(span.name, "chat streamed");
    assert_eq!(span.error, None);
    assert_eq!(span.text("tracing_genai.stream.end"), Some("finished"));
    let output = messages(&span, "gen_ai.output.messages");
    assert_eq!(
        output[0]["parts"][0]["content"],
        "Subtract eleven on both sides, then divide by three: x = 1."
    );
    assert_eq!(reasons(&span), &Value::Array(vec!["stop".into()]));
    assert!(
        span.int("gen_ai.usage.output_tokens")
            .is_some_and(|count| count > 0)
    );
    assert!(
        span.attributes
            .contains_key("gen_ai.response.time_to_first_chunk")
    );
}

#[tokio::test]
async fn too_many_requests_then_an_answer() {
    let span = call("too_many_requests_then_an_answer", async |client| {
        let answer = ask(client, request("limited")).await;
        assert_eq!(
            answer["choices"][0]["message"]["content"],
            "At the second attempt."
        );
    });
    let Some(span) = span.await else { return };
    assert_eq!(span.error, None);
    assert_eq!(span.int("http.response.status_code"), Some(200));
    assert_eq!(span.int("http.request.resend_count"), Some(1));
    let [attempt] = &span.events[..] else {
        panic!("{span:?}")
    };
    assert_eq!(attempt.name, "tracing_genai.attempt.failed");
    assert_eq!(
        attempt.attributes["http.response.status_code"],
        Value::Int(429)
    );
    // aimock asks for a second, and the client waits for it.
    let wait = &attempt.attributes["tracing_genai.attempt.wait"];
    assert!(
        matches!(wait, Value::Double(wait) if *wait >= 0.9),
        "{wait:?}"
    );
    assert!(span.end - span.start >= 900_000_000);
}

#[tokio::test]
async fn a_refusal() {
    let span = call("a_refusal", async |client| {
        let answer: Result<Json, _> = client.chat().create_byot(request("refused")).await;
        assert!(answer.is_err());
    });
    let Some(span) = span.await else { return };
    assert_eq!(span.int("http.response.status_code"), Some(401));
    assert_eq!(span.text("error.type"), Some("invalid_api_key"));
    assert!(
        span.error
            .as_deref()
            .unwrap()
            .contains("Incorrect API key provided")
    );
    assert!(span.events.is_empty(), "{span:?}");
}

#[tokio::test]
async fn a_server_that_goes_away_in_the_middle_of_a_stream() {
    let test = "a_server_that_goes_away_in_the_middle_of_a_stream";
    let span = call(test, async |client| {
        let (_, good) = read(client, streamed("cut")).await;
        assert!(!good);
    });
    let Some(span) = span.await else { return };
    assert_eq!(span.name, "chat cut");
    let level = span.text("tracing_genai.observation.level");
    assert!(span.error.is_some() || level == Some("WARNING"), "{span:?}");
    assert_ne!(span.text("tracing_genai.stream.end"), Some("finished"));
    // What arrived is kept, and recorded as incomplete.
    let output = messages(&span, "gen_ai.output.messages");
    let content = output[0]["parts"][0]["content"].as_str().unwrap();
    assert!(content.starts_with("This "), "{content}");
    assert_eq!(output[0]["finish_reason"], "error");
}
