//! Embeddings: the texts go into the trace, the vectors do not.
//!
//! ```sh
//! cargo run --example embeddings
//! ```
#![expect(clippy::print_stdout, reason = "the result is for whoever runs this")]

#[path = "support/openai_sim/mod.rs"]
mod openai_sim;
#[path = "support/server.rs"]
mod server;

use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::embeddings::CreateEmbeddingRequestArgs;

type Client = async_openai::Client<OpenAIConfig>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _telemetry = tracing_genai::init()?;
    let server = server::Server::find().await?;
    let client = Client::with_config(server.config())
        .with_http_service(tracing_genai::openai::http_service());
    let likeness = compare(&client, "a cat on a mat", "a cat on a roof").await?;
    println!("{likeness:.3}");
    Ok(())
}

#[tracing::instrument(skip(client), ret, err)]
async fn compare(client: &Client, one: &str, other: &str) -> Result<f32, OpenAIError> {
    let request = CreateEmbeddingRequestArgs::default()
        .model("text-embedding-3-small")
        .dimensions(64_u32)
        .input([one, other])
        .build()?;
    let answer = client.embeddings().create(request).await?;
    let vectors: Vec<_> = answer.data.into_iter().map(|item| item.embedding).collect();
    let [one, other] = vectors.as_slice() else {
        return Ok(0.0);
    };
    Ok(one.iter().zip(other).map(|(a, b)| a * b).sum())
}
