//! The standard pipeline with this crate's spans: tracing-opentelemetry, the SDK's batch processor and
//! opentelemetry-otlp, set up for Langfuse from the environment. Without one, the spans stay in memory and the
//! program shows what Langfuse would get.
//!
//! ```sh
//! cargo run --example standard_pipeline --features opentelemetry-otlp
//! ```
#![expect(clippy::print_stdout, reason = "the result is for whoever runs this")]

#[path = "support/openai_sim/mod.rs"]
mod openai_sim;
#[path = "support/server.rs"]
mod server;

use std::error::Error;
use std::time::Duration;

use async_openai::Client;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs,
};
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use server::Server;
use tracing_genai::openai::http_service;
use tracing_genai::{Mapping, Telemetry};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[tracing::instrument(skip(server), ret, err)]
async fn explain(server: &Server, order: &str) -> Result<String, Box<dyn Error>> {
    let client = Client::with_config(server.config()).with_http_service(http_service());
    let question = ChatCompletionRequestUserMessage::from(format!("Explain {order}"));
    let request = CreateChatCompletionRequestArgs::default()
        .model("gpt-4o-mini")
        .messages([question.into()])
        .build()?;
    let answer = client.chat().create(request).await?;
    let choice = answer.choices.into_iter().next();
    Ok(choice
        .and_then(|choice| choice.message.content)
        .unwrap_or_default())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = Telemetry::builder().with_destinations(false).build()?;
    let memory = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder()
        .with_id_generator(telemetry.id_generator())
        .with_span_processor(telemetry.span_processor());
    let provider = match Telemetry::builder().otlp_exporter() {
        Ok(exporter) => provider.with_batch_exporter(exporter),
        Err(_) => {
            let exporter =
                Telemetry::builder().mapping_exporter(memory.clone(), Mapping::Langfuse)?;
            provider.with_batch_exporter(exporter)
        }
    }
    .build();
    tracing_subscriber::registry()
        .with(
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("billing"))
                .with_filter(LevelFilter::INFO),
        )
        .with(telemetry.handle())
        .try_init()?;

    let server = Server::find().await?;
    println!("{}", explain(&server, "order-1").await?);

    // The recorder first: calls that have ended become spans.
    telemetry.shutdown_async(Duration::from_secs(5)).await;
    let flushing = provider.clone();
    tokio::task::spawn_blocking(move || flushing.force_flush()).await??;
    for span in memory.get_finished_spans()? {
        println!(
            "{}: {} attributes for Langfuse",
            span.name,
            span.attributes.len()
        );
    }
    tokio::task::spawn_blocking(move || provider.shutdown()).await??;
    Ok(())
}
