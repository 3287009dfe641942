//! An agent on OpenAI's Responses: it asks the model, runs the tools that the model wants, and asks again.
//!
//! The tools are functions with `#[instrument]`, so each call is one span: its true time, named arguments, result and
//! the model's id of the call.
//!
//! ```sh
//! cargo run --example agent
//! ```
#![expect(clippy::print_stdout, reason = "the answer is for whoever runs this")]

#[path = "support/openai_sim/mod.rs"]
mod openai_sim;
#[path = "support/server.rs"]
mod server;

use std::time::Duration;

use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tracing::Instrument;
use tracing_genai::observation;

type Client = async_openai::Client<OpenAIConfig>;

/// An agent that does not come to an end is stopped.
const TURNS: usize = 5;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _telemetry = tracing_genai::init()?;
    let server = server::Server::find().await?;
    let client = Client::with_config(server.config())
        .with_http_service(tracing_genai::openai::http_service());
    let question = "What is the weather in Oslo and in Bergen?";
    println!("{}", run(&client, question).await?);
    Ok(())
}

async fn run(client: &Client, question: &str) -> Result<String, OpenAIError> {
    let agent = observation::agent("weather assistant")
        .with_input(question)
        .start();
    let answer = turns(client, question)
        .instrument(agent.span().clone())
        .await?;
    agent.set_output(&answer);
    Ok(answer)
}

async fn turns(client: &Client, question: &str) -> Result<String, OpenAIError> {
    let city =
        json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let tools = json!([{"type": "function", "name": "get_weather", "parameters": city}]);
    let mut request = json!({"model": "gpt-5-mini", "tools": tools, "input": question});
    for _ in 0..TURNS {
        let answer: Value = client.responses().create_byot(request.clone()).await?;
        let output = answer["output"].as_array().cloned().unwrap_or_default();
        let calls: Vec<Call> = output
            .iter()
            .filter_map(|item| Call::deserialize(item).ok())
            .collect();
        if calls.is_empty() {
            return Ok(text_of(&output));
        }
        request["previous_response_id"] = answer["id"].clone();
        request["input"] = run_all(calls).await;
    }
    Ok("The agent gave up.".to_owned())
}

#[derive(Deserialize)]
struct Call {
    call_id: String,
    name: String,
    arguments: String,
}

#[derive(Debug, Deserialize)]
struct Place {
    city: String,
}

/// Runs the tools side by side.
async fn run_all(calls: Vec<Call>) -> Value {
    let mut running = JoinSet::new();
    for call in calls {
        let work = async move {
            let output = match (call.name.as_str(), serde_json::from_str(&call.arguments)) {
                ("get_weather", Ok(place)) => get_weather(place).await,
                (name, _) => format!("there is no {name} for {}", call.arguments),
            };
            json!({"type": "function_call_output", "call_id": call.call_id, "output": output})
        };
        running.spawn(work.in_current_span());
    }
    running.join_all().await.into()
}

/// This is all that makes a tool visible.
#[tracing::instrument(ret)]
async fn get_weather(place: Place) -> String {
    // As long as a service for the weather might take.
    let (degrees, wait) = match place.city.as_str() {
        "Bergen" => ("7 °C and rain", 60),
        _ => ("4 °C and sunny", 120),
    };
    tokio::time::sleep(Duration::from_millis(wait)).await;
    degrees.to_owned()
}

fn text_of(output: &[Value]) -> String {
    let parts = output.iter().filter_map(|item| item["content"].as_array());
    let texts = parts.flatten().filter_map(|part| part["text"].as_str());
    texts.collect()
}
