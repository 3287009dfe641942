//! A chat and a stream with genai, whose own spans are exported: genai takes a `reqwest::Client` as it is, so there is
//! nothing to trace. Its spans are the calls, with counts as numbers. They hold messages only if
//! `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` is `true`.
//!
//! ```sh
//! cargo run --manifest-path examples/ecosystem/Cargo.toml --bin genai
//! ```
#![allow(clippy::print_stdout, reason = "the answers are for whoever runs this")]

use std::error::Error;

use futures_util::StreamExt as _;
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatOptions, ChatRequest, ChatStreamEvent};
use genai::resolver::{AuthData, Endpoint, ServiceTargetResolver};
use genai::{Client, ModelIden, ServiceTarget};

#[allow(
    dead_code,
    unused_imports,
    reason = "shared with the examples of the library"
)]
#[path = "../support/openai_sim/mod.rs"]
mod openai_sim;

const MODEL: &str = "gpt-4o-mini";

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let _telemetry = tracing_genai::init()?;
    let server = openai_sim::start().await?;
    let endpoint = format!("{}/", server.base_url());
    let resolver = ServiceTargetResolver::from_resolver_fn(
        move |target: ServiceTarget| -> std::result::Result<ServiceTarget, genai::resolver::Error> {
            Ok(ServiceTarget {
                endpoint: Endpoint::from_owned(endpoint.clone()),
                auth: AuthData::from_single("simulated"),
                model: ModelIden::new(AdapterKind::OpenAI, target.model.model_name),
            })
        },
    );
    let client = Client::builder()
        .with_service_target_resolver(resolver)
        .build()?;
    println!("{}", explain(&client, "3x + 11 = 14").await?);
    Ok(())
}

#[tracing::instrument(skip(client), ret, err)]
async fn explain(client: &Client, equation: &str) -> Result<String> {
    let question = ChatMessage::user(format!("Solve {equation}"));
    let answer = client
        .exec_chat(MODEL, ChatRequest::new(vec![question]), None)
        .await?;
    let answer = answer.first_text().unwrap_or_default().to_owned();
    let shorter = ChatMessage::user(format!("Shorter: {answer}"));
    let options = ChatOptions::default().with_capture_usage(true);
    let stream = client
        .exec_chat_stream(MODEL, ChatRequest::new(vec![shorter]), Some(&options))
        .await?;
    let mut events = stream.stream;
    let mut text = String::new();
    while let Some(event) = events.next().await {
        if let ChatStreamEvent::Chunk(chunk) = event? {
            text.push_str(&chunk.content);
        }
    }
    Ok(text)
}
