//! A chat completion, traced by one line.
//!
//! Without `OPENAI_BASE_URL` or `OPENAI_API_KEY` it talks to a simulated server.
//!
//! ```sh
//! cargo run --example chat
//! ```
#![expect(clippy::print_stdout, reason = "the answer is for whoever runs this")]

#[path = "support/openai_sim/mod.rs"]
mod openai_sim;
#[path = "support/server.rs"]
mod server;

use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage,
    CreateChatCompletionRequestArgs,
};

type Client = async_openai::Client<OpenAIConfig>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _telemetry = tracing_genai::init()?;
    let server = server::Server::find().await?;
    let client = Client::with_config(server.config())
        .with_http_service(tracing_genai::openai::http_service()); // the one line
    println!("{}", answer(&client, "I need to solve 3x + 11 = 14").await?);
    Ok(())
}

#[tracing::instrument(skip(client), ret, err)]
async fn answer(client: &Client, question: &str) -> Result<String, OpenAIError> {
    let request = CreateChatCompletionRequestArgs::default()
        .model("gpt-4o-mini")
        .temperature(0.2)
        .messages([
            ChatCompletionRequestSystemMessage::from("You are a math tutor.").into(),
            ChatCompletionRequestUserMessage::from(question).into(),
        ])
        .build()?;
    let answer = client.chat().create(request).await?;
    let choice = answer.choices.into_iter().next();
    Ok(choice
        .and_then(|choice| choice.message.content)
        .unwrap_or_default())
}
