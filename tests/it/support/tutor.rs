//! The tutors of the examples, with a simulated server.

use std::time::Duration;

use async_openai_041::config::OpenAIConfig;
use tracing_genai::Telemetry;
use tracing_genai::testing::InMemory;

use super::SOON;
use super::wait::wait_for_async;
use crate::openai_sim::{Builder, Server};
use crate::{assistant_tools, math_tutor};

pub const QUESTION: &str = "I need to solve the equation `3x + 11 = 14`. Can you help me?";
pub const ANSWER: &str = "Subtract 11 from both sides to get 3x = 3, so x = 1.";

fn config(url: impl Into<String>) -> OpenAIConfig {
    OpenAIConfig::new()
        .with_api_base(url)
        .with_api_key("simulated")
}

/// The client of the math tutor.
pub fn math_tutor_client(url: impl Into<String>) -> math_tutor::Client {
    math_tutor::assistants_client(config(url)).unwrap()
}

/// The server and the client of the tutor with a tool. The server runs until it is dropped.
pub async fn tool_tutor() -> (Server, assistant_tools::Client) {
    let builder = Builder::default().with_run_duration(Duration::from_millis(60));
    let server = builder.start().await.unwrap();
    let client = assistant_tools::assistants_client(config(server.base_url())).unwrap();
    (server, client)
}

/// Waits for the root of a lesson. The tutor abandons a stream, which ends in a task of the client, and the
/// root ends with it.
pub async fn lesson_has_ended(telemetry: &Telemetry, memory: &InMemory) {
    wait_for_async(async || {
        telemetry.flush_async(SOON).await;
        let mut spans = memory.spans().into_iter();
        spans.find(|span| span.name == "run_math_tutor")
    })
    .await;
}
