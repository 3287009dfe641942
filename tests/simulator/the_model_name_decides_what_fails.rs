//! The name of the model selects a failure, which looks on the wire like that of a real server.

use std::time::{Duration, Instant};

use async_openai_041::types::chat::CreateChatCompletionRequest;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::requests::keys;
use crate::simulator::{Wire, events, id, read};

const CHAT: &str = "/chat/completions";
const RESPONSES: &str = "/responses";

fn chat(model: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": "Solve 3x + 11 = 14"}]})
}

fn streamed(mut body: Value) -> Value {
    body["stream"] = json!(true);
    body
}

async fn send(wire: &Wire, path: &str, body: &Value) -> Response {
    let request = wire.request(Method::POST, path).body(body.to_string());
    request.send().await.unwrap()
}

/// The part of a body that arrives, and whether it is complete.
async fn receive(mut response: Response) -> (Vec<u8>, bool) {
    let mut received = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => received.extend(chunk),
            Ok(None) => return (received, true),
            Err(_) => return (received, false),
        }
    }
}

#[tokio::test]
async fn statuses_with_the_error_object() {
    let wire = Wire::instant().await;
    for (model, status, kind, code) in [
        (
            "error-400",
            400,
            "invalid_request_error",
            json!("context_length_exceeded"),
        ),
        (
            "error-401",
            401,
            "invalid_request_error",
            json!("invalid_api_key"),
        ),
        (
            "error-403",
            403,
            "invalid_request_error",
            json!("model_not_found"),
        ),
        (
            "error-404",
            404,
            "invalid_request_error",
            json!("model_not_found"),
        ),
        ("error-429", 429, "requests", json!("rate_limit_exceeded")),
        (
            "error-quota",
            429,
            "insufficient_quota",
            json!("insufficient_quota"),
        ),
        ("error-500", 500, "server_error", Value::Null),
        ("error-503", 503, "server_error", Value::Null),
        ("error-529", 529, "server_error", Value::Null),
    ] {
        for (path, body) in [
            (CHAT, chat(model)),
            (CHAT, streamed(chat(model))),
            (RESPONSES, json!({"model": model, "input": "x"})),
            ("/embeddings", json!({"model": model, "input": "x"})),
        ] {
            let (got, answer) = wire.post(path, &body).await;
            let error = &answer["error"];
            assert_eq!(
                (got, &error["type"], &error["code"]),
                (status, &json!(kind), &code),
                "{model} {path}"
            );
        }
    }
    for model in [
        "error-200",
        "error-42",
        "error-abc",
        "error-",
        "error-400x",
        "error-äöü",
    ] {
        assert_eq!(wire.post(CHAT, &chat(model)).await.0, 200, "{model}");
    }
}

#[tokio::test]
async fn headers_tell_when_to_retry_and_a_recorded_401_is_called_text() {
    let wire = Wire::instant().await;
    let response = send(&wire, CHAT, &chat("error-429")).await;
    assert_eq!(response.headers()["retry-after"], "0");
    assert_eq!(response.headers()["x-ratelimit-remaining-requests"], "0");
    assert!(response.headers().contains_key("x-request-id"));
    let response = send(&wire, RESPONSES, &json!({"model": "error-401"})).await;
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert_eq!(read(response).await.1["error"]["code"], "invalid_api_key");
}

#[tokio::test]
async fn some_succeed_when_they_are_asked_again() {
    let wire = Wire::instant().await;
    for (model, expected) in [
        ("error-429-once", [429, 200, 429, 200, 429]),
        ("error-500-twice", [500, 500, 200, 500, 500]),
    ] {
        let mut got = Vec::new();
        for _ in expected {
            got.push(wire.post(CHAT, &chat(model)).await.0);
        }
        assert_eq!(got, expected, "{model}");
    }
    let tagged = |test: &'static str, text: &str| {
        let mut body = chat("error-429-once");
        body["messages"][0]["content"] = json!(text);
        let request = wire.request(Method::POST, CHAT).header("x-test-id", test);
        request.body(body.to_string())
    };
    for (test, text, expected) in [
        ("first", "a", 429),
        ("second", "a", 429),
        ("first", "b", 200),
        ("second", "b", 200),
    ] {
        let response = tagged(test, text).send().await.unwrap();
        assert_eq!(response.status().as_u16(), expected, "{test} {text}");
    }
    let request: CreateChatCompletionRequest =
        serde_json::from_value(chat("error-503-once")).unwrap();
    let retried = wire.typed().chat().create(request).await.unwrap();
    assert_eq!(retried.choices.len(), 1);
}

#[tokio::test]
async fn a_proxy_answers_with_a_page_or_with_nothing() {
    let wire = Wire::instant().await;
    let response = send(&wire, CHAT, &chat("error-502-html")).await;
    assert_eq!(response.status().as_u16(), 502);
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );
    let page = response.text().await.unwrap();
    assert!(page.contains("<title>502 Bad Gateway</title>"), "{page}");
    let response = send(&wire, CHAT, &chat("error-empty")).await;
    assert_eq!(response.status().as_u16(), 502);
    assert_eq!(response.headers().get("content-type"), None);
    assert_eq!(response.bytes().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_stream_fails_midway() {
    let wire = Wire::instant().await;
    let chunks = wire.stream(CHAT, &streamed(chat("error-stream"))).await;
    let error = chunks.last().unwrap().json();
    assert_eq!(error["error"]["type"], "server_error");
    assert!(chunks.len() > 4, "some of the answer came");
    assert_ne!(chunks[chunks.len() - 2].json()["choices"], Value::Null);
    assert_eq!(wire.post(CHAT, &chat("error-stream")).await.0, 500);

    let body = json!({"model": "error-stream", "input": "Solve 3x + 11 = 14"});
    let mine = wire.stream(RESPONSES, &streamed(body.clone())).await;
    let theirs = events(include_str!("../fixtures/responses_stream_error.sse"));
    let [.., error, failed] = mine.as_slice() else {
        panic!("too short: {mine:?}")
    };
    assert_eq!(
        (&error.name, &failed.name),
        (&theirs[1].name, &theirs[2].name)
    );
    assert_eq!(keys(&error.json()), keys(&theirs[1].json()));
    assert_eq!(failed.json()["response"]["status"], "failed");
    for (number, event) in mine.iter().enumerate() {
        assert_eq!(event.json()["sequence_number"], number);
    }
    let later = format!("{RESPONSES}/{}", id(&failed.json()["response"]));
    assert_eq!(wire.fetch(&later).await["status"], "failed");

    let whole = wire.create(RESPONSES, body.clone()).await;
    assert_eq!(whole["status"], "failed");
    assert_eq!(whole["error"]["code"], "server_error");
    let mut background = body;
    background["background"] = json!(true);
    let queued = wire.create(RESPONSES, background).await;
    assert_eq!(
        (&queued["status"], &queued["error"]),
        (&json!("queued"), &Value::Null)
    );
    let polled = wire.fetch(&format!("{RESPONSES}/{}", id(&queued))).await;
    assert_eq!(polled["status"], "failed");
}

#[tokio::test]
async fn a_slow_model_waits_before_headers_and_chunks() {
    let wire = Wire::instant().await;
    let begun = Instant::now();
    let response = send(
        &wire,
        RESPONSES,
        &streamed(json!({"model": "slow", "input": "Hi"})),
    )
    .await;
    assert!(begun.elapsed() >= Duration::from_millis(300));
    let text = response.text().await.unwrap();
    let events = events(&text);
    assert!(begun.elapsed() >= Duration::from_millis(300 + 60 * events.len() as u64));
    let kept_alive = events
        .iter()
        .position(|event| event.name.as_deref() == Some("keepalive"));
    assert_eq!(kept_alive, Some(2));
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event.json()["sequence_number"], number);
    }
}

#[tokio::test]
async fn the_connection_closes_before_the_end() {
    let wire = Wire::instant().await;
    let (received, whole) = receive(send(&wire, CHAT, &streamed(chat("cut"))).await).await;
    assert!(!whole);
    let text = String::from_utf8(received).unwrap();
    assert!(
        text.starts_with("data: {") && text.ends_with("\n\n"),
        "{text}"
    );
    assert!(!text.contains("[DONE]"));
    let response = send(&wire, CHAT, &chat("cut")).await;
    let promised = response.content_length().unwrap();
    let (received, whole) = receive(response).await;
    assert!(!whole);
    assert_eq!(received.len() as u64, promised / 2);
}

#[tokio::test]
async fn the_length_is_a_lie() {
    let wire = Wire::instant().await;
    let response = send(&wire, CHAT, &chat("lying-length")).await;
    let promised = response.content_length().unwrap();
    let (received, whole) = receive(response).await;
    assert!(!whole);
    assert_eq!(received.len() as u64 + 100, promised);
    let body: Value = serde_json::from_slice(&received).unwrap();
    assert_eq!(
        body["object"], "chat.completion",
        "the body itself is right"
    );
}

#[tokio::test]
async fn nothing_ever_comes() {
    let wire = Wire::instant().await;
    let request = wire
        .request(Method::POST, CHAT)
        .timeout(Duration::from_millis(200))
        .body(chat("hang").to_string());
    assert!(request.send().await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn bodies_that_typed_clients_cannot_read() {
    let wire = Wire::instant().await;
    for model in ["bad-json", "bad-types"] {
        let request: CreateChatCompletionRequest = serde_json::from_value(chat(model)).unwrap();
        assert!(wire.typed().chat().create(request).await.is_err());
        let response = send(&wire, CHAT, &chat(model)).await;
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "application/json");
        let (received, whole) = receive(response).await;
        assert!(whole);
        let parsed = serde_json::from_slice::<Value>(&received);
        match model {
            "bad-json" => assert!(parsed.is_err()),
            _ => assert_eq!(parsed.unwrap()["created"], "yesterday"),
        }
    }
    let text = send(&wire, CHAT, &streamed(chat("bad-json"))).await;
    let text = text.text().await.unwrap();
    let unreadable = events(&text)
        .iter()
        .filter(|event| serde_json::from_str::<Value>(&event.data).is_err())
        .count();
    assert_eq!(unreadable, 2, "one chunk, and the mark of the end");
    for event in wire
        .stream(
            RESPONSES,
            &streamed(json!({"model": "bad-types", "input": "x"})),
        )
        .await
    {
        let data = event.json();
        if data["response"].is_object() {
            assert_eq!(data["response"]["created_at"], "yesterday");
        }
    }
}

#[tokio::test]
async fn refusals_and_filters_are_answers() {
    let wire = Wire::instant().await;
    let refused = wire.create(CHAT, chat("refusal")).await;
    let choice = &refused["choices"][0];
    assert_eq!(choice["message"]["content"], Value::Null);
    assert_eq!(choice["message"]["refusal"], "I can't help with that.");
    assert_eq!(choice["finish_reason"], "stop");
    let filtered = wire.create(CHAT, chat("content-filter")).await;
    assert_eq!(filtered["choices"][0]["finish_reason"], "content_filter");
    let refused = wire
        .create(RESPONSES, json!({"model": "refusal", "input": "x"}))
        .await;
    assert_eq!(refused["output"][0]["content"][0]["type"], "refusal");
    let filtered = wire
        .create(RESPONSES, json!({"model": "content-filter", "input": "x"}))
        .await;
    assert_eq!(filtered["incomplete_details"]["reason"], "content_filter");
}
