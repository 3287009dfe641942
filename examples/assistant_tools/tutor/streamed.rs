//! Reads the run's events; a second stream brings what follows the outputs.
#![expect(deprecated, reason = "async-openai marks all of Assistants so")]

use std::fmt;

use async_openai_041::types::assistants::{
    AssistantEventStream, AssistantStreamEvent, MessageDeltaContent,
};
use futures_util::StreamExt;

use super::{Client, Result};

/// A run whose events are still to be read.
struct Begun {
    run_id: String,
    thread_id: String,
    events: AssistantEventStream,
}

impl fmt::Debug for Begun {
    /// A stream has nothing to show, so the run is shown as its identifiers.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (&self.run_id, &self.thread_id).fmt(formatter)
    }
}

#[tracing::instrument(skip(client), ret, err)]
pub(crate) async fn run_math_tutor(client: &Client, user_input: &str) -> Result<String> {
    let assistant = super::create_assistant(client).await?;
    let begun = run_assistant(client, &assistant.id, user_input).await?;
    let (thread_id, run_id) = (begun.thread_id, begun.run_id);
    let answer = get_response(client, &thread_id, &run_id, begun.events).await?;
    super::say_in_norwegian(client).await?;
    Ok(answer)
}

#[tracing::instrument(skip(client), ret, err)]
async fn run_assistant(client: &Client, assistant_id: &str, user_input: &str) -> Result<Begun> {
    let thread = super::begin_thread(client, user_input).await?;
    let request = super::run_request(assistant_id, true)?;
    let runs = client.threads();
    let mut events = runs.runs(&thread.id).create_stream(request).await?;
    while let Some(event) = events.next().await {
        if let AssistantStreamEvent::ThreadRunCreated(run) = event? {
            return Ok(Begun {
                run_id: run.id,
                thread_id: thread.id,
                events,
            });
        }
    }
    Err("the stream ended before the run had begun".into())
}

#[tracing::instrument(skip(client, events), ret, err)]
async fn get_response(
    client: &Client,
    thread_id: &str,
    run_id: &str,
    events: AssistantEventStream,
) -> Result<String> {
    let mut events = events;
    let mut answer = String::new();
    while let Some(event) = events.next().await {
        match event? {
            AssistantStreamEvent::ThreadMessageDelta(delta) => {
                for part in delta.delta.content.into_iter().flatten() {
                    if let MessageDeltaContent::Text(part) = part {
                        let piece = part.text.and_then(|text| text.value);
                        answer.push_str(&piece.unwrap_or_default());
                    }
                }
            }
            AssistantStreamEvent::ThreadRunRequiresAction(run) => {
                let outputs = super::outputs(&run, true).await;
                let threads = client.threads();
                let runs = threads.runs(thread_id);
                events = runs.submit_tool_outputs_stream(run_id, outputs).await?;
            }
            AssistantStreamEvent::ThreadRunFailed(run)
            | AssistantStreamEvent::ThreadRunExpired(run)
            | AssistantStreamEvent::ThreadRunCancelled(run)
            | AssistantStreamEvent::ThreadRunIncomplete(run) => {
                return Err(format!("the run ended as {:?}", run.status).into());
            }
            _ => {}
        }
    }
    Ok(answer)
}
