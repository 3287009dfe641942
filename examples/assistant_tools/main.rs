//! The math tutor with a tool: a run that asks for a function and goes on with its result, polled and
//! streamed.
//!
//! The functions in `tutor/` make the calls they would make without tracing. What the run did at the
//! server (generations, tools, tokens) comes from the responses that pass through the client's HTTP
//! service.
//!
//! OpenAI shut its Assistants API down on 2026-08-26; Azure AI Foundry Agents (classic) speaks the same
//! protocol until 2027-03-31. Without `OPENAI_BASE_URL` this example starts a simulated server.
//!
//! ```sh
//! cargo run --example assistant_tools             # asks for the run's status until it has ended
//! cargo run --example assistant_tools -- stream   # reads the run's events
//! ```
#![expect(clippy::print_stdout, reason = "the answer is for whoever runs this")]

#[path = "../support/openai_sim/mod.rs"]
mod openai_sim;
mod tutor;

use std::time::Duration;

use async_openai_041::config::OpenAIConfig;
use tracing_genai::context::{self, Attributes};
use tutor::Result;

const QUESTION: &str = "I need to solve the equation `3x + 11 = 14`. Can you help me?";

#[tokio::main]
async fn main() -> Result<()> {
    let _telemetry = tracing_genai::init()?;
    // With OPENAI_BASE_URL (and OPENAI_API_KEY) set, the client finds its server by itself.
    let mut config = OpenAIConfig::new();
    let mut simulated = None;
    if std::env::var_os("OPENAI_BASE_URL").is_none() {
        let server = openai_sim::start().await?;
        config = config
            .with_api_base(server.base_url())
            .with_api_key("simulated");
        simulated = Some(server);
    }
    let client = tutor::assistants_client(config)?;
    let lesson = Attributes::new()
        .with_user("user-1")
        .with_session("lesson-1")
        .with_tag("math")
        .with_deployment_environment("demo")
        .with_trace_name("run_math_tutor");
    let streamed = std::env::args().any(|argument| argument == "stream");
    let answer = async {
        if streamed {
            tutor::streamed::run_math_tutor(&client, QUESTION).await
        } else {
            tutor::polled::run_math_tutor(&client, QUESTION).await
        }
    };
    println!("{}", context::scope(lesson).wrap(answer).await?);
    // A stream that was left is closed by a task of the client, which must have run before the end.
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(simulated);
    Ok(()) // dropping the guard delivers what is left
}
