//! A serverless function: built once, called for each event, and frozen in between, so that each call ends with a flush.
//!
//! The shape is AWS Lambda's; with `lambda_runtime`, `main` hands `handler` to `lambda_runtime::run`.
//!
//! ```sh
//! cargo run --example lambda
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
use tracing_genai::Telemetry;
use tracing_genai::context::{self, Attributes};

type Client = async_openai::Client<OpenAIConfig>;

/// What outlives a call.
struct Function {
    client: Client,
    telemetry: Telemetry,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let guard = tracing_genai::init()?;
    let server = server::Server::find().await?;
    let function = Function {
        client: Client::with_config(server.config())
            .with_http_service(tracing_genai::openai::http_service()),
        telemetry: guard.telemetry().clone(),
    };
    for number in 1..=3 {
        let event = json!({
            "requestId": format!("request-{number}"),
            "user": "ada",
            "question": format!("Solve {number}x + 11 = 14"),
        });
        println!("{}", handler(&function, event).await?);
    }
    Ok(())
}

/// Called for each event.
async fn handler(function: &Function, event: Value) -> Result<Value, Box<dyn Error>> {
    let text = |key: &str| event[key].as_str().unwrap_or_default();
    let about = Attributes::new()
        .with_user(text("user"))
        .with_metadata("request_id", text("requestId"));
    let answer = answer(&function.client, text("question"));
    let answer = context::scope(about).wrap(answer).await;
    // Nothing is sent while the function is frozen.
    let report = function.telemetry.flush_async(Duration::from_secs(2)).await;
    Ok(json!({"answer": answer?, "sent": report.pending() == 0}))
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
