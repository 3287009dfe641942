//! A client of the simulated server without a library in between.
//!
//! [`Wire`] sends what it is given and returns status and JSON, whatever they are; only its short cuts
//! (`create`, `fetch`, …) require a success.

use std::time::Duration;

use async_openai_041::Client;
use async_openai_041::config::OpenAIConfig;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::openai_sim::{Builder, Server};

/// A server and an HTTP client with the headers the server asks for.
pub(crate) struct Wire {
    server: Server,
    client: reqwest::Client,
}

impl Wire {
    /// A server whose runs are complete at the first poll.
    pub(crate) async fn instant() -> Self {
        Self::with_run_duration(Duration::ZERO).await
    }

    /// A server whose runs take ten hours.
    pub(crate) async fn endless() -> Self {
        Self::with_run_duration(Duration::from_secs(36_000)).await
    }

    pub(crate) async fn with_run_duration(duration: Duration) -> Self {
        Self::with(Builder::default().with_run_duration(duration)).await
    }

    /// A server that answers without delay; only runs take time.
    pub(crate) async fn with(builder: Builder) -> Self {
        let server = builder
            .with_chunk_delay(Duration::ZERO)
            .with_retry_after(Duration::ZERO)
            .start()
            .await
            .unwrap();
        Self {
            server,
            client: reqwest::Client::new(),
        }
    }

    /// async-openai's client of the same server.
    pub(crate) fn typed(&self) -> Client<OpenAIConfig> {
        let config = OpenAIConfig::new()
            .with_api_base(self.server.base_url())
            .with_api_key("any")
            .with_header("OpenAI-Beta", "assistants=v2")
            .unwrap();
        Client::with_config(config)
    }

    /// A path outside of `/v1`.
    pub(crate) fn root_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address())
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.base_url())
    }

    /// A request without any header of its own.
    pub(crate) fn bare(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// A request with key and version.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.bare(method, path)
            .bearer_auth("any")
            .header("OpenAI-Beta", "assistants=v2")
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    /// The object at `path`.
    pub(crate) async fn fetch(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// The steps of `run`, oldest first.
    pub(crate) async fn steps(&self, run: &Value) -> Vec<Value> {
        let list = self
            .fetch(&format!("{}/steps?order=asc", run_path(run)))
            .await;
        list["data"].as_array().unwrap().clone()
    }
}

/// An event of a stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: Option<String>,
    pub(crate) data: String,
    pub(crate) comment: Option<String>,
}

impl Event {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap()
    }
}

/// The events in `text`, separated by empty lines.
pub(crate) fn events(text: &str) -> Vec<Event> {
    let blocks = text.split("\n\n").filter(|block| !block.is_empty());
    let event = |block: &str| {
        let mut event = Event::default();
        for line in block.lines() {
            match line.split_once(": ").unwrap() {
                ("event", name) => event.name = Some(name.to_owned()),
                ("data", data) => event.data = data.to_owned(),
                ("", comment) => event.comment = Some(comment.to_owned()),
                other => panic!("no field of an event: {other:?}"),
            }
        }
        event
    };
    blocks.map(event).collect()
}

/// The path of `run`.
pub(crate) fn run_path(run: &Value) -> String {
    let thread = run["thread_id"].as_str().unwrap();
    format!("/threads/{thread}/runs/{}", id(run))
}

/// A function that takes one text, as a tool.
pub(crate) fn function(name: &str, parameter: &str) -> Value {
    json!({"type": "function", "function": {
        "name": name,
        "parameters": {"type": "object", "properties": {parameter: {"type": "string"}}},
    }})
}

/// The identifier of an object.
pub(crate) fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

/// Status and body of a response, which must be JSON.
pub(crate) async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}
