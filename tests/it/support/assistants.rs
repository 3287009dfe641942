//! Calls of the Assistants API through the traced service, and the spans that they leave.
//!
//! Requests are sent unchanged, by the stack that async-openai's clients use; the result is status and JSON,
//! whatever they are. While a [`Caller`] lives, its subscriber is the one of the thread.

use async_openai_041::middleware::HttpRequestFactory;
use reqwest::Method;
use serde_json::{Value, json};
use tower_service::Service;
use tracing::subscriber::DefaultGuard;
use tracing_genai::openai::HttpService;
use tracing_genai::testing::{InMemory, ReceivedSpan};
use tracing_genai::{Mapping, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

use super::reply_server::{Reply, ReplyServer};
use super::simulator::{id, run_path};
use super::wait::wait_for_async;
use super::{SOON, assert_delivered, memory};

/// A client with a telemetry of its own.
pub struct Caller {
    pub service: HttpService,
    pub base: String,
    telemetry: Telemetry,
    memory: InMemory,
    _subscriber: DefaultGuard,
}

impl Caller {
    /// A client whose spans are exported without a mapping.
    pub fn new(base: impl Into<String>) -> Self {
        Self::mapped(base, None)
    }

    pub fn mapped(base: impl Into<String>, mapping: Option<Mapping>) -> Self {
        let (memory, telemetry) = memory(mapping);
        let subscriber = tracing_subscriber::registry().with(telemetry.layer());
        Self {
            service: tracing_genai::openai::http_service(),
            base: base.into(),
            telemetry,
            memory,
            _subscriber: tracing::subscriber::set_default(subscriber),
        }
    }

    /// Sends a request; the body of the response is still to be read.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Response {
        let url = format!("{}{path}", self.base);
        let body = body.map(Value::to_string);
        let factory = HttpRequestFactory::new(move || {
            let mut request = reqwest::Client::new()
                .request(method.clone(), &url)
                .bearer_auth("any")
                .header("OpenAI-Beta", "assistants=v2");
            if let Some(body) = body.clone() {
                request = request
                    .header("content-type", "application/json")
                    .body(body);
            }
            let request = request.build();
            async move { Ok(request?) }
        });
        self.service.clone().call(factory).await.unwrap()
    }

    async fn exchange(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let response = self.send(method, path, body).await;
        let status = response.status().as_u16();
        let text = response.text().await.unwrap_or_default();
        let body = serde_json::from_str(&text);
        (status, body.unwrap_or(Value::String(text)))
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.exchange(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.exchange(Method::POST, path, Some(&body)).await
    }

    pub async fn delete(&self, path: &str) -> (u16, Value) {
        self.exchange(Method::DELETE, path, None).await
    }

    /// The object that a POST creates.
    pub async fn create(&self, path: &str, body: Value) -> Value {
        let (status, body) = self.post(path, body).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// The id of a new assistant.
    pub async fn assistant(&self, body: Value) -> String {
        id(&self.create("/assistants", body).await)
    }

    /// The id of a new thread.
    pub async fn thread(&self) -> String {
        id(&self.create("/threads", json!({})).await)
    }

    /// A run on a new thread with this question.
    pub async fn ask(&self, assistant: &str, question: &str) -> Value {
        let messages = json!([{"role": "user", "content": question}]);
        let body = json!({"assistant_id": assistant, "thread": {"messages": messages}});
        self.create("/threads/runs", body).await
    }

    /// The text of a stream.
    pub async fn stream(&self, path: &str, body: Value) -> String {
        let mut response = self.send(Method::POST, path, Some(&body)).await;
        let mut text = Vec::new();
        while let Ok(Some(chunk)) = response.chunk().await {
            text.extend_from_slice(&chunk);
        }
        String::from_utf8(text).unwrap()
    }

    /// Polls a run until it has ended or waits for the caller.
    pub async fn until_it_stops(&self, run: &Value) -> Value {
        let path = run_path(run);
        wait_for_async(async || {
            let (_, run) = self.get(&path).await;
            let status = run["status"].as_str().unwrap();
            (!["queued", "in_progress", "cancelling"].contains(&status)).then_some(run)
        })
        .await
    }

    /// The spans after a flush, which does not wait for runs.
    pub async fn flush(&self) -> Spans {
        assert_delivered(&self.telemetry.flush_async(SOON).await);
        Spans {
            all: self.memory.spans(),
        }
    }

    /// The spans after the shutdown.
    pub async fn shutdown(&self) -> Spans {
        assert_delivered(&self.telemetry.shutdown_async(SOON).await);
        Spans {
            all: self.memory.spans(),
        }
    }
}

/// A client of a server with given replies.
pub struct ScriptedCaller {
    pub caller: Caller,
    server: ReplyServer,
}

impl ScriptedCaller {
    pub async fn start() -> Self {
        let server = ReplyServer::start([]).await;
        Self {
            caller: Caller::new(server.url()),
            server,
        }
    }

    /// Sends a GET that gets this answer.
    pub async fn get(&self, path: &str, answer: Value) {
        self.server.add(Reply::json(200, answer));
        assert_eq!(self.caller.get(path).await.0, 200);
    }

    /// Sends a POST that gets this answer.
    pub async fn post(&self, path: &str, body: Value, answer: Value) {
        self.server.add(Reply::json(200, answer));
        assert_eq!(self.caller.post(path, body).await.0, 200);
    }

    /// Adds a reply.
    pub fn next(&self, reply: Reply) {
        self.server.add(reply);
    }

    /// Creates a run on the thread `t`.
    pub async fn create(&self, run: &str) {
        let body = json!({"assistant_id": "asst_1"});
        let answer = run_object(run, "queued", Value::Null);
        self.post("/threads/t/runs", body, answer).await;
    }

    /// Polls a run of the thread `t`.
    pub async fn poll(&self, run: &str, status: &str, usage: Value) {
        let answer = run_object(run, status, usage);
        self.get(&format!("/threads/t/runs/{run}"), answer).await;
    }

    pub async fn steps(&self, run: &str, steps: Vec<Value>) {
        self.get(&format!("/threads/t/runs/{run}/steps"), list(steps))
            .await;
    }

    pub async fn messages(&self, messages: Vec<Value>) {
        self.get("/threads/t/messages", list(messages)).await;
    }
}

/// A run of the assistant `asst_1` on the thread `t`.
pub fn run_object(id: &str, status: &str, usage: Value) -> Value {
    json!({"id": id, "object": "thread.run", "created_at": 1_795_000_000, "thread_id": "t",
        "assistant_id": "asst_1", "status": status, "model": "gpt-4o", "usage": usage,
        "instructions": "Be brief.", "required_action": null, "expires_at": 1_795_000_600})
}

/// A step that wrote a message.
pub fn message_step(id: &str, run: &str, at: u64, message: &str, usage: Value) -> Value {
    let details = json!({"type": "message_creation", "message_creation": {"message_id": message}});
    step_object(id, run, at, details, usage)
}

/// A step that used tools.
pub fn tool_step(id: &str, run: &str, at: u64, calls: Value, usage: Value) -> Value {
    let details = json!({"type": "tool_calls", "tool_calls": calls});
    step_object(id, run, at, details, usage)
}

pub fn step_object(id: &str, run: &str, at: u64, details: Value, usage: Value) -> Value {
    json!({"id": id, "object": "thread.run.step", "created_at": 1_795_000_000 + at, "run_id": run,
        "assistant_id": "asst_1", "thread_id": "t", "type": details["type"], "status": "completed",
        "completed_at": 1_795_000_001 + at, "step_details": details, "usage": usage})
}

/// A message of the thread `t`.
pub fn message_object(id: &str, run: Option<&str>, at: u64, text: &str) -> Value {
    let role = if run.is_some() { "assistant" } else { "user" };
    json!({"id": id, "object": "thread.message", "created_at": 1_795_000_000 + at, "thread_id": "t",
        "run_id": run, "role": role, "content": [{"type": "text", "text": {"value": text, "annotations": []}}]})
}

pub fn list(data: Vec<Value>) -> Value {
    json!({"object": "list", "data": data, "has_more": false})
}

pub fn counts(input: u64, output: u64) -> Value {
    json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output})
}

/// The usage of a run, input and output.
pub fn usage_of(run: &Value) -> (i64, i64) {
    let count = |key: &str| run["usage"][key].as_i64().unwrap();
    (count("prompt_tokens"), count("completion_tokens"))
}

/// An event of a stream.
pub fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

/// The exported spans.
#[derive(Debug)]
pub struct Spans {
    pub all: Vec<ReceivedSpan>,
}

impl Spans {
    fn by_operation(&self, operation: &str) -> Vec<&ReceivedSpan> {
        let spans = self.all.iter();
        spans
            .filter(|span| span.text("gen_ai.operation.name") == Some(operation))
            .collect()
    }

    pub fn agents(&self) -> Vec<&ReceivedSpan> {
        self.by_operation("invoke_agent")
    }

    /// The only agent.
    pub fn agent(&self) -> &ReceivedSpan {
        let agents = self.agents();
        assert_eq!(agents.len(), 1, "{:?}", self.names());
        agents[0]
    }

    /// The agent of a run.
    pub fn agent_of(&self, run: &str) -> &ReceivedSpan {
        let agents = self.agents().into_iter();
        let mut of_run = agents.filter(|agent| agent.text("tracing_genai.run.id") == Some(run));
        let agent = of_run
            .next()
            .unwrap_or_else(|| panic!("no {run} in {:?}", self.names()));
        assert_eq!(of_run.next(), None);
        agent
    }

    pub fn generations(&self) -> Vec<&ReceivedSpan> {
        self.by_operation("chat")
    }

    pub fn tools(&self) -> Vec<&ReceivedSpan> {
        self.by_operation("execute_tool")
    }

    /// The children of a span in the order of their starts.
    pub fn below(&self, parent: &ReceivedSpan) -> Vec<&ReceivedSpan> {
        let spans = self.all.iter();
        let mut below: Vec<_> = spans
            .filter(|span| span.parent_span_id == parent.span_id)
            .collect();
        below.sort_by_key(|span| span.start);
        below
    }

    pub fn names(&self) -> Vec<&str> {
        self.all.iter().map(|span| span.name.as_str()).collect()
    }

    pub fn named(&self, name: &str) -> &ReceivedSpan {
        let mut spans = self.all.iter().filter(|span| span.name == name);
        let span = spans
            .next()
            .unwrap_or_else(|| panic!("no {name} in {:?}", self.names()));
        assert_eq!(spans.next(), None, "{name} twice");
        span
    }

    /// The sum of the usage of all spans, input and output.
    pub fn usage(&self) -> (i64, i64) {
        let sum = |key| self.all.iter().filter_map(|span| span.int(key)).sum();
        (
            sum("gen_ai.usage.input_tokens"),
            sum("gen_ai.usage.output_tokens"),
        )
    }

    /// Asserts that only generations, and the creation of an assistant, have a model or a usage.
    pub fn assert_only_generations_count(&self) {
        for span in &self.all {
            let operation = span.text("gen_ai.operation.name");
            if matches!(operation, Some("chat" | "create_agent")) {
                continue;
            }
            let mut keys = span.attributes.keys();
            // Conventions name the model of an agent and of an answer that is fetched.
            let is_allowed = |key: &str| {
                (operation == Some("invoke_agent") && key == "gen_ai.request.model")
                    || (operation == Some("fetch_response") && key == "gen_ai.response.model")
            };
            let stray = keys.find(|key| {
                key.contains(".usage") || (key.ends_with(".model") && !is_allowed(key))
            });
            assert_eq!(stray, None, "{}", span.name);
        }
    }
}

/// The messages in an attribute, as role and text.
pub fn texts(span: &ReceivedSpan, key: &str) -> Vec<(String, String)> {
    let Some(text) = span.text(key) else {
        return Vec::new();
    };
    let messages: Vec<Value> = serde_json::from_str(text).unwrap();
    let texts = messages.iter().map(|message| {
        let parts = message["parts"].as_array().unwrap().iter();
        let parts = parts.map(|part| match part["content"].as_str() {
            Some(text) => text.to_owned(),
            None => part["type"].as_str().unwrap_or_default().to_owned(),
        });
        let role = message["role"].as_str().unwrap().to_owned();
        (role, parts.collect::<Vec<_>>().join("|"))
    });
    texts.collect()
}

pub const INPUT: &str = "gen_ai.input.messages";
pub const OUTPUT: &str = "gen_ai.output.messages";
pub const LEVEL: &str = "tracing_genai.observation.level";
pub const MESSAGE: &str = "tracing_genai.observation.status_message";

/// Roles and texts, to compare with [`texts`].
pub fn role_texts(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(role, text): &(&str, &str)| ((*role).to_owned(), (*text).to_owned());
    pairs.iter().map(owned).collect()
}

/// Asserts level, status message and error type of a span.
#[track_caller]
pub fn assert_ended(span: &ReceivedSpan, expected: [Option<&str>; 3]) {
    let [level, message, error] = expected;
    let message_of_span = span.error.as_deref().or(span.text(MESSAGE));
    let is = [span.text(LEVEL), message_of_span, span.text("error.type")];
    assert_eq!(is, [level, message, error], "{span:?}");
}
