//! What the tests share: a real collector on loopback and short ways to a telemetry.

pub mod assistants;
pub mod collector;
pub mod distrusted;
pub mod fixture_server;
pub mod http;
pub mod metrics;
pub mod outcome;
pub mod scripted;
pub mod tls;
pub mod versions;
pub mod wire_client;

use std::time::Duration;

use tracing::instrument::WithSubscriber;
use tracing_genai::testing::InMemory;
use tracing_genai::{Mapping, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

use crate::openai_sim;

/// Far more than any delivery on loopback takes; no test passes or fails by it.
pub const SOON: Duration = Duration::from_secs(20);

/// Runs `work` under a telemetry of its own and returns what Langfuse would receive.
pub fn mapped<T>(work: impl FnOnce() -> T) -> InMemory {
    with_memory(Some(Mapping::Langfuse), work)
}

/// Runs `work` under a telemetry of its own and returns what any OTLP backend would receive.
pub fn plain<T>(work: impl FnOnce() -> T) -> InMemory {
    with_memory(None, work)
}

fn with_memory<T>(mapping: Option<Mapping>, work: impl FnOnce() -> T) -> InMemory {
    let (memory, telemetry) = memory(mapping);
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, work);
    let report = telemetry.flush(SOON);
    assert_eq!(report.dropped() + report.pending(), 0, "{report}");
    memory
}

/// A telemetry that exports to memory and reads no variable of the process.
pub fn memory(mapping: Option<Mapping>) -> (InMemory, Telemetry) {
    let memory = InMemory::new();
    let mut destination = memory.destination();
    if let Some(mapping) = mapping {
        destination = destination.with_mapping(mapping);
    }
    let telemetry = Telemetry::builder()
        .with_variables([("", "")])
        .with_destination(destination)
        .build()
        .unwrap();
    (memory, telemetry)
}

/// Runs `work` with the address of a simulated server and returns what was exported.
pub async fn traced<F: Future>(
    mapping: Option<Mapping>,
    work: impl FnOnce(String) -> F,
) -> InMemory {
    let server = openai_sim::start().await.unwrap();
    let (memory, telemetry) = memory(mapping);
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    work(server.base_url()).with_subscriber(subscriber).await;
    let report = telemetry.flush_async(SOON).await;
    assert_eq!(report.dropped() + report.pending(), 0, "{report}");
    memory
}

/// Ends so many spans.
pub fn make_spans(telemetry: &Telemetry, spans: usize) {
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || {
        for _ in 0..spans {
            tracing::info_span!("work").in_scope(|| ());
        }
    });
}

/// Runs a future to its end on this thread, where the subscriber of [`mapped`] and [`plain`] is.
pub fn in_runtime<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}
