//! The math tutor's successor, which runs against OpenAI today: Responses in a Conversation in place of
//! runs on a thread.
//!
//! ```sh
//! cargo run --example responses
//! ```
#![expect(clippy::print_stdout, reason = "the answers are for whoever runs this")]

#[path = "support/openai_sim/mod.rs"]
mod openai_sim;
#[path = "support/server.rs"]
mod server;

use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use serde_json::{Value, json};
use tracing_genai::context::{self, Attributes};

type Client = async_openai::Client<OpenAIConfig>;

const INSTRUCTIONS: &str =
    "You are a personal math tutor. Answer questions briefly, in a sentence or less.";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _telemetry = tracing_genai::init()?;
    let server = server::Server::find().await?;
    let client = Client::with_config(server.config())
        .with_http_service(tracing_genai::openai::http_service());
    let about = Attributes::new()
        .with_user("ada")
        .with_session("lesson-1")
        .with_tag("math");
    let lesson = context::scope(about).wrap(run_math_tutor(&client));
    println!("{}", lesson.await?);
    Ok(())
}

#[tracing::instrument(skip(client), ret, err)]
async fn run_math_tutor(client: &Client) -> Result<String, OpenAIError> {
    let conversation: Value = client.conversations().create_byot(json!({})).await?;
    let conversation = conversation["id"].as_str().unwrap_or_default();
    let first = answer(
        client,
        conversation,
        "I need to solve the equation `3x + 11 = 14`. Can you help me?",
    );
    let first = first.await?;
    let second = answer(client, conversation, "And 5x = 10?").await?;
    Ok(format!("{first}\n{second}"))
}

#[tracing::instrument(skip(client), ret, err)]
async fn answer(
    client: &Client,
    conversation: &str,
    user_input: &str,
) -> Result<String, OpenAIError> {
    let request = json!({
        "model": "gpt-5-mini",
        "conversation": conversation,
        "instructions": INSTRUCTIONS,
        "input": user_input,
    });
    let response: Value = client.responses().create_byot(request).await?;
    let parts = response["output"].as_array().into_iter().flatten();
    let parts = parts
        .filter_map(|item| item["content"].as_array())
        .flatten();
    let texts: Vec<_> = parts.filter_map(|part| part["text"].as_str()).collect();
    Ok(texts.join("\n"))
}
