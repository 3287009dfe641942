//! Streamed answers: one that is read to its end, and one that is left in the middle.
//!
//! Each is one span that lasts to its last byte, with the time of its first token. OpenAI sends token
//! counts on a stream only if `stream_options.include_usage` asks for them: the service can add it.
//!
//! ```sh
//! cargo run --example chat_stream
//! ```
#![expect(clippy::print_stdout, reason = "the answers are for whoever runs this")]

#[path = "support/openai_sim/mod.rs"]
mod openai_sim;
#[path = "support/server.rs"]
mod server;

use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tracing_genai::openai::{TraceOptions, http_service};

type Client = async_openai::Client<OpenAIConfig>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _telemetry = tracing_genai::init()?;
    let server = server::Server::find().await?;
    let options = TraceOptions::new().with_stream_usage(true);
    let service = http_service().with_options(options);
    let client = Client::with_config(server.config()).with_http_service(service);
    println!("{}", lesson(&client, "I need to solve 3x + 11 = 14").await?);
    Ok(())
}

#[tracing::instrument(skip(client), ret, err)]
async fn lesson(client: &Client, question: &str) -> Result<String, OpenAIError> {
    let answer = read(client, question, usize::MAX).await?;
    let beginning = read(client, "Say it in Norwegian, at great length", 4).await?;
    Ok(format!("{answer}\n{beginning}…"))
}

/// Reads at most so many chunks and leaves.
async fn read(client: &Client, question: &str, chunks: usize) -> Result<String, OpenAIError> {
    let request = json!({
        "model": "gpt-4o-mini",
        "stream": true,
        "messages": [{"role": "user", "content": question}],
    });
    let stream = client.chat().create_stream_byot(request).await?;
    let mut stream = stream.take(chunks);
    let mut text = String::new();
    while let Some(chunk) = stream.next().await {
        let chunk: Value = chunk?;
        let piece = &chunk["choices"][0]["delta"]["content"];
        text.push_str(piece.as_str().unwrap_or_default());
    }
    Ok(text)
}
