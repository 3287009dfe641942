//! Langfuse discards the events of a span, so it gets log lines and failed attempts as the observation's metadata
//! `log`, unless that is switched off.

use serde_json::{Value, json};
use tracing_genai::testing::InMemory;
use tracing_genai::{Destination, Mapping};

use crate::support::reply_server::{Reply, ReplyServer};
use crate::support::versions::{Version, with_each_version};
use crate::support::{SOON, builder, chat_request, json_of, within_async};

const LOG: &str = "langfuse.observation.metadata.log";

#[tracing::instrument(skip_all)]
async fn ask(version: Version, url: String) {
    tracing::info!(size = 3, "the cache is cold");
    version
        .client(url)
        .chat(&chat_request("gpt-4o"))
        .await
        .unwrap();
    tracing::warn!("late");
}

/// What Langfuse receives of a call that is refused once.
async fn received(version: Version, settings: fn(Destination) -> Destination) -> InMemory {
    let refusal = json!({"error": {"message": "Slow down.", "type": "requests", "code": "rate_limit_exceeded"}});
    let message = json!({"role": "assistant", "content": "yes"});
    let answer = json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}]});
    let replies = [Reply::json(429, refusal), Reply::json(200, answer)];
    let server = ReplyServer::start(replies).await;
    let memory = InMemory::new();
    let destination = settings(memory.destination().with_mapping(Mapping::Langfuse));
    let telemetry = builder().with_destination(destination).build().unwrap();
    within_async(&telemetry, ask(version, server.url())).await;
    telemetry.flush_async(SOON).await;
    memory
}

fn with_time_taken_out(mut log: Value) -> Value {
    for line in log.as_array_mut().unwrap() {
        let time = line.as_object_mut().unwrap().remove("time").unwrap();
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
    }
    log
}

async fn as_metadata(version: Version) {
    let memory = received(version, |destination| destination).await;
    let log = with_time_taken_out(json_of(&memory.span("ask"), LOG));
    assert_eq!(log[0]["message"], "the cache is cold");
    assert_eq!(log[0]["level"], "INFO");
    assert_eq!(log[0]["size"], 3);
    assert_eq!(log[1]["message"], "late");
    assert_eq!(log.as_array().unwrap().len(), 2);
    let attempts = with_time_taken_out(json_of(&memory.span("chat gpt-4o"), LOG));
    assert_eq!(attempts.as_array().unwrap().len(), 1);
    assert_eq!(attempts[0]["http.response.status_code"], 429);
    assert!(
        attempts[0]["tracing_genai.attempt.wait"].as_f64() > Some(0.0),
        "{attempts}"
    );
}

async fn or_not(version: Version) {
    let memory = received(version, |destination| destination.with_log_lines(false)).await;
    for name in ["ask", "chat gpt-4o"] {
        assert_eq!(memory.span(name).text(LOG), None, "{name}");
    }
}

with_each_version!(as_metadata, or_not);
