//! An agent of rig with a tool, asked twice, the second time as a stream. rig makes a span for each call and each
//! tool; its client is traced, so each call is recorded on the span that rig made for it.
//!
//! ```sh
//! cargo run --manifest-path examples/ecosystem/Cargo.toml --bin rig
//! ```
#![allow(clippy::print_stdout, reason = "the answers are for whoever runs this")]

use std::error::Error;

use futures_util::StreamExt as _;
use reqwest_middleware::ClientBuilder;
use rig::agent::MultiTurnStreamItem;
use rig::providers::openai::OpenAIConfig;
use rig::tool::ToolExecutionError;
use rig::{Agent, AgentBuilder};
use rig_reqwest::ReqwestMiddlewareClient;
use tracing_genai::http::TraceMiddleware;

#[allow(
    dead_code,
    unused_imports,
    reason = "shared with the examples of the library"
)]
#[path = "../support/openai_sim/mod.rs"]
mod openai_sim;

type Failure = Box<dyn Error + Send + Sync>;

#[rig::rig_tool(
    description = "The weather in a city",
    params(city = "Its name"),
    required(city)
)]
async fn get_weather(city: String) -> Result<String, ToolExecutionError> {
    Ok(format!("sunny in {city}"))
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let _telemetry = tracing_genai::init()?;
    let server = openai_sim::start().await?;
    let mut config = OpenAIConfig::new("simulated");
    config.base_url = server.base_url();
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(TraceMiddleware::default()) // the one line
        .build();
    let openai = config.connect(ReqwestMiddlewareClient::from(client));
    let agent = AgentBuilder::new(openai.completion("gpt-4o-mini"))
        .name("weather")
        // Else rig leaves input and output out of the spans of agents and tools.
        .record_content_telemetry(true)
        .tool(GetWeather)
        .build();
    println!("{}", ask(&agent, "What is the weather in Oslo?").await?);
    println!(
        "{}",
        stream(&agent, "What is the weather in Bergen?").await?
    );
    Ok(())
}

#[tracing::instrument(skip(agent), ret, err)]
async fn ask(agent: &Agent, question: &str) -> Result<String, Failure> {
    let answer = agent.prompt(question).max_turns(3).await?;
    Ok(answer.output().to_owned())
}

#[tracing::instrument(skip(agent), ret, err)]
async fn stream(agent: &Agent, question: &str) -> Result<String, Failure> {
    let mut items = agent.prompt(question).max_turns(3).stream();
    while let Some(item) = items.next().await {
        if let MultiTurnStreamItem::FinalResponse(answer) = item? {
            return Ok(answer.output().to_owned());
        }
    }
    Ok(String::new())
}
