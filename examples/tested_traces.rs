//! A test of a program's own traces: what would a backend receive?
//!
//! In a project of yours this is a `#[tokio::test]`; here `main` is the test, and it fails as one.
//!
//! ```sh
//! cargo run --example tested_traces
//! ```
#![expect(clippy::print_stdout, reason = "the result is for whoever runs this")]

#[path = "support/openai_sim/mod.rs"]
mod openai_sim;
#[path = "support/server.rs"]
mod server;

use std::error::Error;
use std::time::Duration;

use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use serde_json::{Value, json};
use tracing::instrument::WithSubscriber;
use tracing_genai::testing::InMemory;
use tracing_genai::{Mapping, Telemetry};
use tracing_subscriber::layer::SubscriberExt;

type Client = async_openai::Client<OpenAIConfig>;

/// What is tested.
#[tracing::instrument(skip(client), ret, err)]
async fn answer(client: &Client, question: &str) -> Result<String, OpenAIError> {
    let request = json!({
        "model": "gpt-4o-mini",
        "messages": [{"role": "user", "content": question}],
    });
    let answer: Value = client.chat().create_byot(request).await?;
    let text = answer["choices"][0]["message"]["content"].as_str();
    Ok(text.unwrap_or_default().to_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = server::Server::find().await?;
    let client = Client::with_config(server.config())
        .with_http_service(tracing_genai::openai::http_service());

    // A telemetry of the test's own: other tests do not see it, and the environment is not read.
    let memory = InMemory::new();
    let telemetry = Telemetry::builder()
        .with_variables([("OTEL_SERVICE_NAME", "tutor")])
        .with_destination(memory.destination().with_mapping(Mapping::Langfuse))
        .build()?;
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    let question = "I need to solve 3x + 11 = 14";
    answer(&client, question)
        .with_subscriber(subscriber)
        .await?;
    telemetry.flush_async(Duration::from_secs(5)).await;

    let function = memory.span("answer");
    let call = memory.span("chat gpt-4o-mini");
    assert_eq!(call.parent_span_id, function.span_id);
    assert_eq!(call.error, None);
    let input = function.text("langfuse.observation.input");
    assert_eq!(input, Some(&*json!({"question": question}).to_string()));
    let usage = call.text("langfuse.observation.usage_details");
    let usage: Value = serde_json::from_str(usage.unwrap_or_default())?;
    assert!(usage["total"].as_u64() > Some(0), "{usage}");
    println!("the trace is as expected: {usage}");
    Ok(())
}
