//! Asks for the run's status until it has ended.
#![expect(deprecated, reason = "async-openai marks all of Assistants so")]

use std::time::{Duration, Instant};

use async_openai_041::traits::RequestOptionsBuilder;
use async_openai_041::types::assistants::{MessageContent, RunStatus};

use super::{Client, OpenAIError, Result};

const PATIENCE: Duration = Duration::from_secs(120);
const INTERVAL: Duration = Duration::from_millis(500);

#[tracing::instrument(skip(client), ret, err)]
pub(crate) async fn run_math_tutor(client: &Client, user_input: &str) -> Result<String> {
    let assistant = super::create_assistant(client).await?;
    let (run_id, thread_id) = run_assistant(client, &assistant.id, user_input).await?;
    let answer = get_response(client, &thread_id, &run_id).await?;
    super::say_in_norwegian(client).await?;
    Ok(answer)
}

#[tracing::instrument(skip(client), ret, err)]
async fn run_assistant(
    client: &Client,
    assistant_id: &str,
    user_input: &str,
) -> Result<(String, String), OpenAIError> {
    let thread = super::begin_thread(client, user_input).await?;
    let request = super::run_request(assistant_id, false)?;
    let run = client.threads().runs(&thread.id).create(request).await?;
    Ok((run.id, thread.id))
}

#[tracing::instrument(skip(client), ret, err)]
async fn get_response(client: &Client, thread_id: &str, run_id: &str) -> Result<String> {
    let threads = client.threads();
    let runs = threads.runs(thread_id);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let run = runs.retrieve(run_id).await?;
        match run.status {
            RunStatus::Completed => break,
            RunStatus::RequiresAction => {
                let outputs = super::outputs(&run, false).await;
                runs.submit_tool_outputs(run_id, outputs).await?;
            }
            RunStatus::Queued | RunStatus::InProgress | RunStatus::Cancelling => {}
            status => return Err(format!("the run ended as {status:?}").into()),
        }
        if Instant::now() > deadline {
            return Err("the run did not end in time".into());
        }
        tokio::time::sleep(INTERVAL).await;
    }
    let steps = runs.steps(run_id).query(&[("order", "asc")])?;
    steps.list().await?;
    let messages = threads.messages(thread_id).query(&[("run_id", run_id)])?;
    let messages = messages.list().await?.data;
    let content = messages.into_iter().flat_map(|message| message.content);
    let texts = content.filter_map(|part| match part {
        MessageContent::Text(part) => Some(part.text.value),
        _ => None,
    });
    Ok(texts.collect())
}
