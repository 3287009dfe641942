//! A program of the shape of actix-web's: threads with a single-threaded runtime and a client each, handlers that
//! are not `Send`, and many requests at once. Each request is one trace with its own user, and its model call
//! is below its handler.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::thread;

use async_openai::config::OpenAIConfig;
use serde_json::{Value, json};
use tokio::task::{JoinSet, LocalSet};
use tracing::Instrument;
use tracing::field::Empty;
use tracing_genai::Telemetry;
use tracing_genai::context::{self, Attributes};
use tracing_genai::testing::ReceivedSpan;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

use crate::collector::Collector;
use crate::conventions::assert_kept;
use crate::program::{run, stderr};
use crate::reply_server::{Reply, ReplyServer};

const WORKERS: usize = 4;
const REQUESTS: usize = 12;

type Client = async_openai::Client<OpenAIConfig>;

/// The program: a server's main thread, and its workers.
pub fn program() {
    let telemetry = Telemetry::builder().build().unwrap();
    tracing_subscriber::registry()
        .with(fmt::layer().with_filter(EnvFilter::new("warn")))
        .with(telemetry.layer())
        .init();
    let _guard = telemetry.guard();
    let model = tokio::runtime::Runtime::new().unwrap();
    let replies = (0..WORKERS * REQUESTS).map(|_| Reply::json(200, answer()));
    let server = model.block_on(ReplyServer::start(replies));
    let url = server.url();
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let url = url.clone();
            scope.spawn(move || work(worker, &url));
        }
    });
}

fn answer() -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": "yes"}}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6},
    })
}

/// A worker: its runtime, its client, and its requests.
fn work(worker: usize, url: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    LocalSet::new().block_on(&runtime, async {
        let config = OpenAIConfig::new()
            .with_api_base(url)
            .with_api_key("sk-simulated");
        let client =
            Client::with_config(config).with_http_service(tracing_genai::openai::http_service());
        let client = Rc::new(client);
        let mut requests = JoinSet::new();
        for request in 0..REQUESTS {
            let user = format!("user-{worker}-{request}");
            requests.spawn_local(serve(Rc::clone(&client), user));
        }
        requests.join_all().await;
    });
}

/// What a middleware does around a handler: a span of the request, and who asks.
async fn serve(client: Rc<Client>, user: String) {
    let span = tracing::info_span!(
        "HTTP request",
        otel.name = "POST /chat",
        otel.kind = "server",
        http.request.method = "POST",
        http.response.status_code = Empty,
    );
    let about = Attributes::new().with_user(&user).with_session(&user);
    let request = async {
        context::scope(about).wrap(chat(&client, &user)).await;
        tracing::Span::current().record("http.response.status_code", 200);
    };
    request.instrument(span).await;
}

#[tracing::instrument(skip(client), ret)]
async fn chat(client: &Rc<Client>, question: &str) -> String {
    let request = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": question}]});
    let answer: Value = client.chat().create_byot(request).await.unwrap();
    answer["choices"][0]["message"]["content"].to_string()
}

#[test]
fn handlers_on_worker_threads_are_traces_of_their_own() {
    let collector = Collector::start();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.as_str())];
    let output = run("serves from worker threads", &variables);
    assert!(output.status.success(), "{}", stderr(&output));
    let spans = collector.spans();
    assert_kept(&spans);
    let mut traces: BTreeMap<&str, Vec<&ReceivedSpan>> = BTreeMap::new();
    for span in &spans {
        traces.entry(&span.trace_id).or_default().push(span);
    }
    assert_eq!(traces.len(), WORKERS * REQUESTS);
    let mut users = Vec::new();
    for trace in traces.values() {
        assert_eq!(trace.len(), 3, "{trace:?}");
        let named = |name: &str| *trace.iter().find(|span| span.name == name).unwrap();
        let (request, handler, call) = (named("POST /chat"), named("chat"), named("chat gpt-4o"));
        assert_eq!(
            (request.parent_span_id.as_str(), request.kind.as_str()),
            ("", "SERVER")
        );
        assert_eq!(request.int("http.response.status_code"), Some(200));
        assert_eq!(handler.parent_span_id, request.span_id);
        assert_eq!(call.parent_span_id, handler.span_id);
        assert_eq!(call.int("gen_ai.usage.input_tokens"), Some(5));
        let user = handler.text("question").unwrap();
        let asked = call.text("gen_ai.input.messages").unwrap();
        assert!(asked.contains(&format!("\"{user}\"")), "{asked}");
        for span in [handler, call] {
            assert_eq!(span.text("user.id"), Some(user), "{}", span.name);
            assert_eq!(span.text("session.id"), Some(user), "{}", span.name);
        }
        users.push(user);
    }
    users.sort_unstable();
    users.dedup();
    assert_eq!(users.len(), WORKERS * REQUESTS);
}
