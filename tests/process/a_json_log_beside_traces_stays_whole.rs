//! A program with `fmt`, an `EnvFilter` and JSON output adds the layer: its log stays JSON, a line each, without
//! anything of the model's messages, and the traces are whole. With the filter over the whole registry only
//! functions are missing from them, and one line of the log says so.

use async_openai::config::OpenAIConfig;
use serde_json::{Value, json};
use tracing::Subscriber;
use tracing_genai::testing::ReceivedSpan;
use tracing_genai::{Telemetry, diagnostics};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

use crate::collector::Collector;
use crate::program::{run, stderr};
use crate::reply_server::{Reply, ReplyServer};

const DIRECTIVES: &str = "DIRECTIVES";
const FILTERS_THE_REGISTRY: &str = "FILTERS_THE_REGISTRY";
const QUESTION: &str = "How warm is it in Oslo?";
const ANSWER: &str = "It is 4 °C in Oslo.";

type Client = async_openai::Client<OpenAIConfig>;

#[tracing::instrument(skip_all)]
async fn handle(client: &Client) {
    tracing::info!(user = "ada", "asking");
    ask(client).await;
    tracing::warn!(attempts = 1, "answered late");
}

#[tracing::instrument(skip_all, ret)]
async fn ask(client: &Client) -> String {
    let request = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": QUESTION}]});
    let answer: Value = client.chat().create_byot(request).await.unwrap();
    let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
    text.len().to_string()
}

fn json<S>() -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fmt::layer().json().with_writer(std::io::stderr)
}

/// The program.
pub fn program() {
    let filter = EnvFilter::new(std::env::var(DIRECTIVES).unwrap());
    let telemetry = Telemetry::builder().build().unwrap();
    if std::env::var_os(FILTERS_THE_REGISTRY).is_some() {
        tracing_subscriber::registry()
            .with(filter)
            .with(json())
            .with(telemetry.layer())
            .init();
    } else {
        tracing_subscriber::registry()
            .with(json().with_filter(filter))
            .with(telemetry.layer())
            .init();
    }
    let _guard = telemetry.guard();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let server = ReplyServer::start([Reply::json(200, answer())]).await;
        let config = OpenAIConfig::new()
            .with_api_base(server.url())
            .with_api_key("sk-simulated");
        let client =
            Client::with_config(config).with_http_service(tracing_genai::openai::http_service());
        handle(&client).await;
    });
}

fn answer() -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o-2024-08-06",
        "choices": [{"index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": ANSWER}}],
        "usage": {"prompt_tokens": 14, "completion_tokens": 9, "total_tokens": 23},
    })
}

/// The lines of the log and the spans, with these directives on the layer that prints or on the registry.
fn written(directives: &str, filters_the_registry: bool) -> (Vec<Value>, Vec<ReceivedSpan>) {
    let collector = Collector::start();
    let mut variables = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url.as_str()),
        (DIRECTIVES, directives),
    ];
    variables.extend(filters_the_registry.then_some((FILTERS_THE_REGISTRY, "yes")));
    let output = run("logs as JSON", &variables);
    let text = stderr(&output);
    assert!(output.status.success(), "{text}");
    assert!(!text.contains(QUESTION) && !text.contains(ANSWER), "{text}");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    (lines.collect(), collector.spans())
}

/// The line with this message.
#[track_caller]
fn line<'a>(log: &'a [Value], message: &str) -> &'a Value {
    let mut found = log
        .iter()
        .filter(|line| line["fields"]["message"] == message);
    let line = found.next().unwrap_or_else(|| panic!("{message}: {log:?}"));
    assert!(found.next().is_none(), "two of {message}: {log:?}");
    line
}

#[track_caller]
fn span<'a>(spans: &'a [ReceivedSpan], name: &str) -> &'a ReceivedSpan {
    let mut found = spans.iter().filter(|span| span.name == name);
    let span = found.next().unwrap_or_else(|| panic!("{name}: {spans:?}"));
    assert!(found.next().is_none(), "two of {name}: {spans:?}");
    span
}

#[test]
fn with_the_filter_on_the_layer_that_prints() {
    let (log, spans) = written("warn,process=info", false);
    assert_eq!(line(&log, "asking")["fields"]["user"], "ada");
    assert_eq!(line(&log, "answered late")["span"]["name"], "handle");
    assert_eq!(spans.len(), 3, "{spans:?}");
    let [handle, ask, chat] = ["handle", "ask", "chat gpt-4o"].map(|name| span(&spans, name));
    assert_eq!(handle.parent_span_id, "");
    assert_eq!(ask.parent_span_id, handle.span_id);
    assert_eq!(chat.parent_span_id, ask.span_id);
    assert_eq!(chat.int("gen_ai.usage.input_tokens"), Some(14));
    assert_eq!(chat.int("gen_ai.usage.output_tokens"), Some(9));
    let events = handle.events.iter().map(|event| event.name.as_str());
    assert_eq!(events.collect::<Vec<_>>(), ["asking", "answered late"]);
}

#[test]
fn functions_that_the_log_leaves_out_are_in_the_trace() {
    let (log, spans) = written("warn", false);
    assert_eq!(log.len(), 1, "{log:?}");
    line(&log, "answered late");
    assert_eq!(spans.len(), 3, "{spans:?}");
}

#[test]
fn with_the_filter_on_the_registry_the_call_is_there_and_the_log_says_what_is_not() {
    let (log, spans) = written("warn", true);
    line(&log, "answered late");
    let sentences = log
        .iter()
        .filter(|line| line["target"] == diagnostics::TARGET);
    let sentences: Vec<_> = sentences
        .map(|line| line["fields"]["message"].to_string())
        .collect();
    assert_eq!(sentences.len(), 1, "{log:?}");
    assert!(sentences[0].contains("with_filter"), "{sentences:?}");
    assert_eq!(spans.len(), 1, "{spans:?}");
    let chat = span(&spans, "chat gpt-4o");
    assert_eq!(chat.int("gen_ai.usage.input_tokens"), Some(14));
}
