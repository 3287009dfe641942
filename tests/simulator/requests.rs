//! Short cuts for the requests of these tests.

use std::future::poll_fn;

use async_openai_041::error::OpenAIError;
use async_openai_041::types::stream::StreamResponse;
use reqwest::Method;
use serde_json::{Value, json};

use crate::simulator::{Event, Wire, events, id, read, run_path};
use crate::wait::wait_for_async;

impl Wire {
    /// The events of the stream that a POST to `path` starts.
    pub(crate) async fn stream(&self, path: &str, body: &Value) -> Vec<Event> {
        let request = self.request(Method::POST, path).body(body.to_string());
        let response = request.send().await.unwrap();
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert_eq!(kind, "text/event-stream; charset=utf-8");
        events(&response.text().await.unwrap())
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.post_text(path, body.to_string()).await
    }

    pub(crate) async fn post_text(&self, path: &str, body: String) -> (u16, Value) {
        read(
            self.request(Method::POST, path)
                .body(body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    pub(crate) async fn delete(&self, path: &str) -> (u16, Value) {
        read(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    /// The object that a POST to `path` creates.
    pub(crate) async fn create(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.post(path, &body).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// The identifier of a new assistant.
    pub(crate) async fn assistant(&self) -> String {
        let body = json!({"model": "gpt-4o", "instructions": "You are a mathematics tutor."});
        id(&self.create("/assistants", body).await)
    }

    /// The identifier of a new, empty thread.
    pub(crate) async fn thread(&self) -> String {
        id(&self.create("/threads", json!({})).await)
    }

    /// Adds a message of the user to `thread`.
    pub(crate) async fn say(&self, thread: &str, text: &str) -> Value {
        let body = json!({"role": "user", "content": text});
        self.create(&format!("/threads/{thread}/messages"), body)
            .await
    }

    /// The identifier of a new assistant of `model` that has `tools`.
    pub(crate) async fn assistant_with(&self, model: &str, tools: Value) -> String {
        let body = json!({"model": model, "tools": tools});
        id(&self.create("/assistants", body).await)
    }

    /// A run with these `fields`, on a new thread with the message `text`.
    pub(crate) async fn asked(&self, assistant: &str, text: &str, fields: Value) -> Value {
        let mut body = fields;
        body["assistant_id"] = json!(assistant);
        body["thread"] = json!({"messages": [{"role": "user", "content": text}]});
        self.create("/threads/runs", body).await
    }

    /// Polls a run until it has one of `statuses`.
    pub(crate) async fn until(&self, run: &Value, statuses: &[&str]) -> Value {
        let path = run_path(run);
        wait_for_async(async || {
            let run = self.fetch(&path).await;
            let status = run["status"].as_str().unwrap();
            statuses.contains(&status).then_some(run)
        })
        .await
    }

    /// A new run.
    pub(crate) async fn run(&self, thread: &str, assistant: &str) -> Value {
        let body = json!({"assistant_id": assistant});
        self.create(&format!("/threads/{thread}/runs"), body).await
    }
}

/// All items of a stream of async-openai.
pub(crate) async fn collect<T>(stream: StreamResponse<T>) -> Vec<Result<T, OpenAIError>> {
    let mut stream = stream;
    let mut items = Vec::new();
    while let Some(item) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
        items.push(item);
    }
    items
}

/// The value with each leaf replaced by the name of its type.
pub(crate) fn shape(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => json!("boolean"),
        Value::Number(number) if number.is_f64() => json!("decimal"),
        Value::Number(_) => json!("integer"),
        Value::String(_) => json!("string"),
        Value::Array(items) => Value::Array(items.iter().map(shape).collect()),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), shape(value)))
                .collect(),
        ),
    }
}

/// The JSON in a text.
pub(crate) fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The keys of an object, in order.
pub(crate) fn keys(value: &Value) -> Vec<&String> {
    value.as_object().unwrap().keys().collect()
}
