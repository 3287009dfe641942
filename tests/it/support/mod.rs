//! What the tests share: short ways to a telemetry, and servers of every kind on loopback.

pub mod assistants;
pub mod collector;
pub mod conventions;
pub mod exchange;
pub mod folder;
pub mod grpc_collector;
pub mod leaky_request;
pub mod media;
pub mod metadata;
pub mod metrics;
pub mod net;
pub mod outcome;
pub mod raw_server;
pub mod reply_server;
pub mod repository;
pub mod simulator;
pub mod tls;
pub mod tutor;
pub mod versions;
pub mod wait;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tracing::instrument::WithSubscriber;
use tracing_genai::testing::{InMemory, ReceivedSpan};
use tracing_genai::{Destination, Mapping, Report, Telemetry, TelemetryBuilder};
use tracing_subscriber::layer::SubscriberExt;

use crate::openai_sim;
pub use wait::SOON;

/// A builder that reads no variable of the process.
pub fn builder() -> TelemetryBuilder {
    builder_in([("", ""); 0])
}

/// A builder whose environment consists of these variables.
pub fn builder_in<K: Into<String>, V: Into<String>>(
    variables: impl IntoIterator<Item = (K, V)>,
) -> TelemetryBuilder {
    Telemetry::builder().with_variables(variables)
}

/// The variables that name a Langfuse at this address.
pub fn langfuse_variables(url: &str) -> Vec<(String, String)> {
    [
        ("LANGFUSE_PUBLIC_KEY", "pk-lf-1"),
        ("LANGFUSE_SECRET_KEY", "sk-lf-1"),
        ("LANGFUSE_BASE_URL", url),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// A destination in memory, mapped for a backend or not.
pub fn destination(memory: &InMemory, mapping: Option<Mapping>) -> Destination {
    match mapping {
        Some(mapping) => memory.destination().with_mapping(mapping),
        None => memory.destination(),
    }
}

/// A telemetry that exports to memory and reads no variable of the process.
pub fn memory(mapping: Option<Mapping>) -> (InMemory, Telemetry) {
    memory_with(mapping, |builder| builder)
}

/// The same with more settings.
pub fn memory_with(
    mapping: Option<Mapping>,
    settings: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder,
) -> (InMemory, Telemetry) {
    let memory = InMemory::new();
    let builder = builder().with_destination(destination(&memory, mapping));
    (memory, settings(builder).build().unwrap())
}

/// Runs `work` with the telemetry's layer as the subscriber of this thread.
pub fn within<T>(telemetry: &Telemetry, work: impl FnOnce() -> T) -> T {
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, work)
}

/// Runs `work` with the telemetry's layer as its subscriber.
pub async fn within_async<F: Future>(telemetry: &Telemetry, work: F) -> F::Output {
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    work.with_subscriber(subscriber).await
}

/// Runs `work` under a telemetry of its own and returns what Langfuse would receive.
pub fn mapped<T>(work: impl FnOnce() -> T) -> InMemory {
    received(Some(Mapping::Langfuse), |builder| builder, work)
}

/// Runs `work` under a telemetry of its own and returns what any OTLP backend would receive.
pub fn plain<T>(work: impl FnOnce() -> T) -> InMemory {
    received(None, |builder| builder, work)
}

/// Runs `work` under a telemetry with these settings and returns what arrived.
pub fn received<T>(
    mapping: Option<Mapping>,
    settings: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder,
    work: impl FnOnce() -> T,
) -> InMemory {
    let (memory, telemetry) = memory_with(mapping, settings);
    within(&telemetry, work);
    assert_delivered(&telemetry.flush(SOON));
    memory
}

/// Runs `work` under a telemetry of its own and returns what Langfuse would receive.
pub async fn mapped_async<F: Future>(work: F) -> InMemory {
    received_async(Some(Mapping::Langfuse), |builder| builder, work).await
}

/// Runs `work` under a telemetry of its own and returns what any OTLP backend would receive.
pub async fn plain_async<F: Future>(work: F) -> InMemory {
    received_async(None, |builder| builder, work).await
}

/// Runs `work` under a telemetry with these settings and returns what arrived.
pub async fn received_async<F: Future>(
    mapping: Option<Mapping>,
    settings: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder,
    work: F,
) -> InMemory {
    let (memory, telemetry) = memory_with(mapping, settings);
    within_async(&telemetry, work).await;
    assert_delivered(&telemetry.flush_async(SOON).await);
    memory
}

/// Runs `work` with the address of a simulated server and returns what was exported.
pub async fn traced<F: Future>(
    mapping: Option<Mapping>,
    work: impl FnOnce(String) -> F,
) -> InMemory {
    let server = openai_sim::start().await.unwrap();
    received_async(mapping, |builder| builder, work(server.base_url())).await
}

/// Asserts that nothing was lost and nothing is pending.
#[track_caller]
pub fn assert_delivered(report: &Report) {
    assert_eq!((report.dropped(), report.pending()), (0, 0), "{report}");
}

/// The only span that was received.
#[track_caller]
pub fn only(memory: &InMemory) -> ReceivedSpan {
    let mut spans = memory.spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    spans.remove(0)
}

/// The JSON in an attribute.
#[track_caller]
pub fn json_of(span: &ReceivedSpan, key: &str) -> serde_json::Value {
    let text = span
        .text(key)
        .unwrap_or_else(|| panic!("no {key} on {span:?}"));
    serde_json::from_str(text).unwrap()
}

/// A text as JSON if it is JSON, else as a string.
pub fn parsed(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

/// A request for a chat.
pub fn chat_request(model: &str) -> serde_json::Value {
    serde_json::json!({
        "model": model,
        "messages": [{"role": "user", "content": "Solve 3x + 11 = 14"}],
    })
}

/// A request for a chat that is streamed.
pub fn chat_stream_request(model: &str) -> serde_json::Value {
    let mut request = chat_request(model);
    request["stream"] = true.into();
    request
}

/// Makes this number of spans.
pub fn make_spans(telemetry: &Telemetry, spans: usize) {
    within(telemetry, || {
        for _ in 0..spans {
            tracing::info_span!("work").in_scope(|| ());
        }
    });
}

/// The time now, in the unit of spans.
pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_nanos().try_into().unwrap()
}

/// How long a simulated tool or model takes.
pub const WORK: Duration = Duration::from_millis(30);

/// Takes as long as a tool or a model. It really does: spans have the time of the system's clock.
pub async fn take_time() {
    tokio::time::sleep(WORK).await;
}

/// Runs a future to its end on this thread, where the subscriber of [`within`] is.
pub fn in_runtime<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Runs a future to its end on this thread; timers advance at once when everything waits for one.
pub fn in_paused_runtime<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(future)
}
