//! A batch: many questions at once in a `JoinSet`, each with its own span below the batch.
//!
//! A task of its own does not inherit the current span: `in_current_context` takes it along, with the user, session
//! and tags around it.
//!
//! ```sh
//! cargo run --example batch
//! ```
#![expect(clippy::print_stdout, reason = "the result is for whoever runs this")]

#[path = "support/openai_sim/mod.rs"]
mod openai_sim;
#[path = "support/server.rs"]
mod server;

use std::sync::Arc;

use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing_genai::context::{self, Attributes, InCurrentContext};

type Client = async_openai::Client<OpenAIConfig>;

const QUESTIONS: u32 = 12;
const AT_ONCE: usize = 4;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _telemetry = tracing_genai::init()?;
    let server = server::Server::find().await?;
    let client = Client::with_config(server.config())
        .with_http_service(tracing_genai::openai::http_service());
    let about = Attributes::new()
        .with_tag("batch")
        .with_metadata("questions", QUESTIONS);
    let answered = context::scope(about).wrap(batch(client)).await;
    println!("{answered} of {QUESTIONS} answered");
    Ok(())
}

#[tracing::instrument(skip(client), ret)]
async fn batch(client: Client) -> usize {
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for number in 1..=QUESTIONS {
        let (client, room) = (client.clone(), Arc::clone(&room));
        let work = async move {
            // The wait for its turn is no part of the answer.
            let _turn = room.acquire_owned().await;
            answer(&client, &format!("Solve {number}x + 11 = 14")).await
        };
        tasks.spawn(work.in_current_context());
    }
    let answers = tasks.join_all().await;
    answers.iter().filter(|answer| answer.is_ok()).count()
}

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
