//! What both ways share: the assistant, the thread, the run's request and the tool.
//!
//! Contract: the client is given the traced HTTP service and nothing else is said about runs; the functions
//! that are worth a span of their own have `#[tracing::instrument]`.
#![expect(deprecated, reason = "async-openai marks all of Assistants so")]

mod calculator;
pub(crate) mod polled;
pub(crate) mod streamed;

use std::error::Error;
use std::time::Duration;

use async_openai_041::config::OpenAIConfig;
use async_openai_041::error::OpenAIError;
use async_openai_041::types::assistants::{
    AssistantObject, CreateAssistantRequestArgs, CreateMessageRequest, CreateRunRequest,
    CreateThreadRequest, MessageRole, RunObject, SubmitToolOutputsRunRequest, ThreadObject,
    ToolsOutputs,
};
use async_openai_041::types::chat::FunctionObjectArgs;
use futures_util::StreamExt;
use serde_json::{Value, json};

pub(crate) type Client = async_openai_041::Client<OpenAIConfig>;
pub(crate) type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

const INSTRUCTIONS: &str =
    "You are a personal math tutor. Answer questions briefly, in a sentence or less.";
const GREETING: &str = "I am a math tutor that likes to help math students, how can I help?";

pub(crate) fn assistants_client(config: OpenAIConfig) -> Result<Client, OpenAIError> {
    let config = config.with_header("OpenAI-Beta", "assistants=v2")?;
    Ok(Client::with_config(config).with_http_service(tracing_genai::openai::http_service()))
}

#[tracing::instrument(skip(client), ret, err)]
async fn create_assistant(client: &Client) -> Result<AssistantObject, OpenAIError> {
    let request = CreateAssistantRequestArgs::default()
        .name("Math Tutor")
        .instructions(INSTRUCTIONS)
        .model("gpt-4")
        .build()?;
    client.assistants().create(request).await
}

/// A thread in which the student has asked.
async fn begin_thread(client: &Client, user_input: &str) -> Result<ThreadObject, OpenAIError> {
    let threads = client.threads();
    let thread = threads.create(CreateThreadRequest::default()).await?;
    for (role, text) in [
        (MessageRole::Assistant, GREETING),
        (MessageRole::User, user_input),
    ] {
        let message = CreateMessageRequest {
            role,
            content: text.into(),
            ..CreateMessageRequest::default()
        };
        threads.messages(&thread.id).create(message).await?;
    }
    Ok(thread)
}

/// A run of the assistant, which is given its tool here.
fn run_request(assistant_id: &str, stream: bool) -> Result<CreateRunRequest, OpenAIError> {
    let python = FunctionObjectArgs::default()
        .name("python")
        .description("run code")
        .parameters(json!({"type": "object", "properties": {"code": {"type": "string"}}}))
        .build()?;
    Ok(CreateRunRequest {
        assistant_id: assistant_id.to_owned(),
        tools: Some(vec![python.into()]),
        stream: stream.then_some(true),
        ..CreateRunRequest::default()
    })
}

/// What the functions return that `run` waits for.
async fn outputs(run: &RunObject, stream: bool) -> SubmitToolOutputsRunRequest {
    let action = run.required_action.iter();
    let mut outputs = Vec::new();
    for call in action.flat_map(|action| &action.submit_tool_outputs.tool_calls) {
        let output = match call.function.name.as_str() {
            "python" => python(&call.function.arguments).await,
            other => format!("there is no {other}"),
        };
        outputs.push(ToolsOutputs {
            tool_call_id: Some(call.id.clone()),
            output: Some(output),
        });
    }
    SubmitToolOutputsRunRequest {
        tool_outputs: outputs,
        stream: stream.then_some(true),
    }
}

/// Not traced; it is seen nevertheless.
async fn python(arguments: &str) -> String {
    // As long as an interpreter might take.
    tokio::time::sleep(Duration::from_millis(150)).await;
    let arguments: Value = serde_json::from_str(arguments).unwrap_or_default();
    let code = arguments["code"].as_str().unwrap_or_default();
    let logs = match calculator::calculate(code) {
        Some(number) => format!("{number:?}\n"),
        None => "SyntaxError: invalid syntax\n".to_owned(),
    };
    json!({"logs": logs}).to_string()
}

/// Listens for a few words and leaves.
async fn say_in_norwegian(client: &Client) -> Result<(), OpenAIError> {
    let request = json!({
        "model": "gpt-4o-mini",
        "stream": true,
        "messages": [{"role": "user", "content": "Say it in Norwegian"}],
    });
    let stream = client.chat().create_stream_byot(request).await?;
    let mut words = stream.take(5);
    while let Some(word) = words.next().await {
        let _word: Value = word?;
    }
    Ok(())
}
