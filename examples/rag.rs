//! Answers from documents: a guardrail, embeddings, a search, and a model that reads what was found.
//!
//! ```sh
//! cargo run --example rag
//! ```
#![expect(clippy::print_stdout, reason = "the answers are for whoever runs this")]

#[path = "support/openai_sim/mod.rs"]
mod openai_sim;
#[path = "support/server.rs"]
mod server;

use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::embeddings::CreateEmbeddingRequestArgs;
use serde_json::{Value, json};
use tracing::Instrument;
use tracing_genai::observation::{self, ObservationType};

type Client = async_openai::Client<OpenAIConfig>;

const DOCUMENTS: [&str; 3] = [
    "To solve an equation, do the same to both of its sides.",
    "The weather in Oslo is cold in winter.",
    "A cat sleeps sixteen hours a day.",
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _telemetry = tracing_genai::init()?;
    let server = server::Server::find().await?;
    let client = Client::with_config(server.config())
        .with_http_service(tracing_genai::openai::http_service());
    for question in ["How do I solve 3x + 11 = 14?", "What is the password?"] {
        println!("{}", answer(&client, question).await?);
    }
    Ok(())
}

#[tracing::instrument(skip(client), ret, err)]
async fn answer(client: &Client, question: &str) -> Result<String, OpenAIError> {
    if !is_allowed(question) {
        return Ok("I may not say that.".to_owned());
    }
    let found = search(client, question).await?;
    generate(client, question, found).await
}

/// A function takes the type of an observation.
#[tracing::instrument(ret)]
fn is_allowed(question: &str) -> bool {
    observation::current().set_type(ObservationType::Guardrail);
    !question.contains("password")
}

/// A search is described by hand: what was looked for, and what was found how near.
async fn search(client: &Client, question: &str) -> Result<&'static str, OpenAIError> {
    let search = observation::retriever("handbook")
        .with_input(question)
        .start();
    let question = embed(client, question)
        .instrument(search.span().clone())
        .await?;
    let mut found = Vec::new();
    for document in DOCUMENTS {
        let vector = embed(client, document)
            .instrument(search.span().clone())
            .await?;
        let likeness: f32 = vector.iter().zip(&question).map(|(a, b)| a * b).sum();
        found.push((likeness, document));
    }
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    found.truncate(1);
    search.set_output(&found);
    Ok(found.first().map_or("", |(_, document)| document))
}

async fn embed(client: &Client, text: &str) -> Result<Vec<f32>, OpenAIError> {
    let request = CreateEmbeddingRequestArgs::default()
        .model("text-embedding-3-small")
        .dimensions(64_u32)
        .input(text)
        .build()?;
    let answer = client.embeddings().create(request).await?;
    let first = answer.data.into_iter().next();
    Ok(first.map(|item| item.embedding).unwrap_or_default())
}

#[tracing::instrument(skip(client), ret, err)]
async fn generate(client: &Client, question: &str, found: &str) -> Result<String, OpenAIError> {
    let request = json!({
        "model": "gpt-4o-mini",
        "messages": [
            {"role": "system", "content": format!("Answer with this: {found}")},
            {"role": "user", "content": question},
        ],
    });
    let answer: Value = client.chat().create_byot(request).await?;
    let text = answer["choices"][0]["message"]["content"].as_str();
    Ok(text.unwrap_or_default().to_owned())
}
