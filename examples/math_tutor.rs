//! The math tutor: an assistant whose functions and run appear as one trace.
//!
//! The functions are instrumented, the client is traced, and that is all: the run, its model call and
//! its usage come from the requests that the client makes anyway.
//!
//! OpenAI shut its Assistants API down on 2026-08-26. The protocol lives on: Azure AI Foundry Agents
//! (classic) speaks it until 2027-03-31, and so do proxies and self-hosted servers such as LiteLLM or
//! Astra Assistants. Without `OPENAI_BASE_URL` this example starts a simulated server.
//!
//! ```sh
//! cargo run --example math_tutor
//! ```
#![expect(deprecated, reason = "async-openai marks all of Assistants so")]
#![expect(clippy::print_stdout, reason = "the answer is for whoever runs this")]

#[path = "support/openai_sim/mod.rs"]
pub(crate) mod openai_sim;

use std::error::Error;
use std::time::{Duration, Instant};

use async_openai_041::config::OpenAIConfig;
use async_openai_041::error::OpenAIError;
use async_openai_041::traits::RequestOptionsBuilder;
use async_openai_041::types::assistants::{
    AssistantObject, CreateAssistantRequestArgs, CreateMessageRequest, CreateRunRequestArgs,
    CreateThreadRequest, MessageContent, MessageObject, MessageRole, RunObject, RunStatus,
    ThreadObject,
};

pub(crate) type Client = async_openai_041::Client<OpenAIConfig>;
pub(crate) type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

const QUESTION: &str = "I need to solve the equation `3x + 11 = 14`. Can you help me?";
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::main]
async fn main() -> Result<()> {
    let _telemetry = tracing_genai::init()?;

    // With OPENAI_BASE_URL (and OPENAI_API_KEY) set, the client finds its server by itself.
    let mut config = OpenAIConfig::new();
    let mut simulated = None;
    if std::env::var_os("OPENAI_BASE_URL").is_none_or(|url| url.is_empty()) {
        let server = openai_sim::start().await?;
        config = config
            .with_api_base(server.base_url())
            .with_api_key("simulated");
        simulated = Some(server);
    }
    let client = assistants_client(config)?;

    println!("{}", run_math_tutor(&client, QUESTION).await?);
    drop(simulated);
    Ok(()) // dropping the guard delivers what is left
}

pub(crate) fn assistants_client(config: OpenAIConfig) -> Result<Client, OpenAIError> {
    let config = config.with_header("OpenAI-Beta", "assistants=v2")?;
    Ok(Client::with_config(config).with_http_service(tracing_genai::openai::http_service()))
}

#[tracing::instrument(skip(client), ret, err)]
pub(crate) async fn run_math_tutor(client: &Client, user_input: &str) -> Result<String> {
    let assistant = create_assistant(client).await?;
    let (run, thread) = run_assistant(client, &assistant.id, user_input).await?;
    let (answer, _run) = get_response(client, &thread.id, &run.id).await?;
    Ok(answer)
}

#[tracing::instrument(skip(client), ret, err)]
async fn create_assistant(client: &Client) -> Result<AssistantObject, OpenAIError> {
    let request = CreateAssistantRequestArgs::default()
        .name("Math Tutor")
        .instructions(
            "You are a personal math tutor. Answer questions briefly, in a sentence or less.",
        )
        .model("gpt-4")
        .build()?;
    client.assistants().create(request).await
}

#[tracing::instrument(skip(client), ret, err)]
async fn run_assistant(
    client: &Client,
    assistant_id: &str,
    user_input: &str,
) -> Result<(RunObject, ThreadObject), OpenAIError> {
    let thread = client
        .threads()
        .create(CreateThreadRequest::default())
        .await?;
    let greeting = "I am a math tutor that likes to help math students, how can I help?";
    for (role, text) in [
        (MessageRole::Assistant, greeting),
        (MessageRole::User, user_input),
    ] {
        let message = CreateMessageRequest {
            role,
            content: text.into(),
            ..CreateMessageRequest::default()
        };
        client
            .threads()
            .messages(&thread.id)
            .create(message)
            .await?;
    }
    let request = CreateRunRequestArgs::default()
        .assistant_id(assistant_id)
        .build()?;
    let run = client.threads().runs(&thread.id).create(request).await?;
    Ok((run, thread))
}

#[tracing::instrument(skip(client), ret, err)]
async fn get_response(
    client: &Client,
    thread_id: &str,
    run_id: &str,
) -> Result<(String, RunObject)> {
    let run = finished(client, thread_id, run_id).await?;
    let messages = client
        .threads()
        .messages(thread_id)
        .query(&[("order", "asc"), ("limit", "100")])?
        .list()
        .await?
        .data;
    let answers = messages
        .iter()
        .filter(|message| message.run_id.as_deref() == Some(run_id));
    let answer = answers.map(text).collect::<Vec<_>>().join("\n");
    if run.status != RunStatus::Completed {
        return Err(format!("the run ended as {:?}", run.status).into());
    }
    Ok((answer, run))
}

/// Asks until the run has reached a state that it will not leave.
async fn finished(client: &Client, thread_id: &str, run_id: &str) -> Result<RunObject> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let run = client.threads().runs(thread_id).retrieve(run_id).await?;
        match run.status {
            RunStatus::Queued | RunStatus::InProgress | RunStatus::Cancelling => {}
            _ => return Ok(run),
        }
        if Instant::now() > deadline {
            return Err("the run did not end in time".into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The text of a message; its other parts are files and images.
fn text(message: &MessageObject) -> String {
    let texts = message.content.iter().filter_map(|content| match content {
        MessageContent::Text(text) => Some(text.text.value.as_str()),
        MessageContent::Refusal(refusal) => Some(refusal.refusal.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}
