//! A program that has OpenTelemetry already: its own provider, resource, layer and exporter stay.
//!
//! ```sh
//! cargo run --example existing_provider
//! ```
#![expect(clippy::print_stdout, reason = "the result is for whoever runs this")]

use std::error::Error;
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tracing_genai::context::{self, Attributes};
use tracing_genai::conventions::provider;
use tracing_genai::message::Usage;
use tracing_genai::{Telemetry, observation};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn main() -> Result<(), Box<dyn Error>> {
    // Yours already: a provider with its exporter (here one in memory), and a layer for it.
    let yours = InMemorySpanExporter::default();
    let telemetry = Telemetry::builder().build()?; // destinations from the environment
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder().with_service_name("billing").build())
        .with_simple_exporter(yours.clone())
        .with_span_processor(telemetry.span_processor()) // new, the one line at the provider
        .build();
    tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("billing")))
        .with(telemetry.handle()) // new, the one line at the subscriber
        .try_init()?;

    context::scope(Attributes::new().with_user("ada")).in_scope(|| explain("order-1"));

    let report = telemetry.shutdown(Duration::from_secs(5));
    let spans = yours.get_finished_spans()?.len();
    println!("your exporter: {spans} spans; {report}");
    provider.shutdown()?;
    Ok(())
}

#[tracing::instrument(ret)]
fn explain(order: &str) -> String {
    let generation = observation::generation("chat gpt-4o")
        .with_model("gpt-4o")
        .with_provider(provider::OPENAI)
        .with_input(format!("Explain {order}"))
        .start();
    let answer = format!("{order} is about books");
    generation.set_output(&answer).set_usage(Usage::new(5, 6));
    answer
}
