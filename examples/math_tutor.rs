//! The math tutor: an assistant whose functions and run appear as one trace.
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
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_openai_041::config::OpenAIConfig;
use async_openai_041::error::OpenAIError;
use async_openai_041::traits::RequestOptionsBuilder;
use async_openai_041::types::assistants::{
    AssistantObject, CreateAssistantRequestArgs, CreateMessageRequest, CreateRunRequestArgs,
    CreateThreadRequest, MessageContent, MessageObject, MessageRole, RunObject, RunStatus,
    ThreadObject,
};
use serde::Deserialize;
use tracing_genai::message::{Message, Usage};
use tracing_genai::observation;

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
    if std::env::var_os("OPENAI_BASE_URL").is_none() {
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
    Ok(Client::with_config(
        config.with_header("OpenAI-Beta", "assistants=v2")?,
    ))
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
async fn get_response(client: &Client, thread_id: &str, run_id: &str) -> Result<(String, Run)> {
    let run = finished(client, thread_id, run_id).await?;
    let messages = client
        .threads()
        .messages(thread_id)
        .query(&[("order", "asc"), ("limit", "100")])?
        .list()
        .await?
        .data;
    let (answers, questions): (Vec<_>, Vec<_>) = messages
        .iter()
        .partition(|message| message.run_id.as_deref() == Some(run_id));
    let answer = answers
        .iter()
        .map(|message| text(message))
        .collect::<Vec<_>>()
        .join("\n");
    record_generation(&run, &questions, &answer);
    if run.object.status != RunStatus::Completed {
        return Err(format!("the run ended as {:?}", run.object.status).into());
    }
    Ok((answer, run))
}

/// Asks until the run has reached a state that it will not leave.
async fn finished(client: &Client, thread_id: &str, run_id: &str) -> Result<Run> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let run: Run = client
            .threads()
            .runs(thread_id)
            .retrieve_byot(run_id)
            .await?;
        match run.object.status {
            RunStatus::Queued | RunStatus::InProgress | RunStatus::Cancelling => {}
            _ => return Ok(run),
        }
        if Instant::now() > deadline {
            return Err("the run did not end in time".into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What the model did on the server: with the run's own times and usage, not those of our polling.
fn record_generation(run: &Run, questions: &[&MessageObject], answer: &str) {
    let object = &run.object;
    let mut generation = observation::generation("assistant-run")
        .with_provider("openai")
        .with_model(&object.model)
        .with_conversation(&object.thread_id)
        .with_system_instructions(&object.instructions)
        .with_input_messages(questions.iter().map(|message| {
            let role = match message.role {
                MessageRole::User => "user",
                MessageRole::Assistant => "assistant",
            };
            Message::new(role, [tracing_genai::message::Part::text(text(message))])
        }))
        .with_metadata("run_id", &object.id);
    for (name, value) in [("temperature", object.temperature), ("top_p", object.top_p)] {
        if let Some(value) = value {
            generation = generation.with_parameter(name, value);
        }
    }
    if let Some(usage) = &run.usage {
        let cached = usage
            .prompt_token_details
            .as_ref()
            .map_or(0, |details| details.cached_tokens);
        generation = generation.with_usage(
            Usage::new(usage.prompt_tokens, usage.completion_tokens).with_cache_read(cached),
        );
    }
    generation = match &object.last_error {
        Some(error) => generation.with_error(format!("{:?}", error.code), &error.message),
        None => {
            generation.with_output_messages([Message::assistant(answer).with_finish_reason("stop")])
        }
    };
    let start = object.started_at.unwrap_or(object.created_at);
    let end = object.completed_at.or(object.failed_at).unwrap_or(start);
    generation.record(at(start), at(end));
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
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

/// A run as it is on the wire: async-openai's type leaves out how many tokens were cached.
#[derive(Debug, Deserialize)]
struct Run {
    usage: Option<RunUsage>,
    #[serde(flatten)]
    object: RunObject,
}

#[derive(Debug, Deserialize)]
struct RunUsage {
    prompt_tokens: u64,
    completion_tokens: u64,
    prompt_token_details: Option<CachedTokens>,
}

#[derive(Debug, Deserialize)]
struct CachedTokens {
    cached_tokens: u64,
}
