//! One agent span with the error, and no generation below it.

use serde_json::json;

use crate::support::assistants::{Caller, assert_ended};
use crate::support::reply_server::{Reply, ReplyServer};
use crate::support::simulator::Wire;

#[tokio::test]
async fn refused() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let body = json!({"assistant_id": "asst_unknown",
        "thread": {"messages": [{"role": "user", "content": "3x + 11 = 14"}]}});
    let (status, answer) = caller.post("/threads/runs", body).await;
    assert_eq!(status, 404);
    let spans = caller.shutdown().await;
    assert_eq!(spans.names(), ["invoke_agent"]);
    let agent = spans.agent();
    let message = answer["error"]["message"].as_str();
    assert_ended(agent, [None, message, Some("invalid_request_error")]);
    assert_eq!(agent.error.as_deref(), message);
    assert_eq!(agent.int("http.response.status_code"), Some(404));
    assert_eq!(agent.text("gen_ai.agent.id"), Some("asst_unknown"));
    assert!(
        agent
            .text("gen_ai.input.messages")
            .unwrap()
            .contains("3x + 11")
    );
    spans.assert_only_generations_count();
}

#[tokio::test]
async fn after_all_attempts() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let assistant = caller.assistant(json!({"model": "gpt-4o"})).await;
    let thread = caller.thread().await;
    let body = json!({"assistant_id": assistant, "model": "error-503"});
    let (status, _) = caller.post(&format!("/threads/{thread}/runs"), body).await;
    assert_eq!(status, 503);
    let spans = caller.shutdown().await;
    assert_eq!(spans.names(), ["create_agent", "invoke_agent"]);
    let agent = spans.agent();
    assert!(agent.error.is_some());
    assert_eq!(agent.int("http.response.status_code"), Some(503));
    assert_eq!(agent.text("gen_ai.conversation.id"), Some(thread.as_str()));
    assert_eq!(agent.events.len(), 3, "{:?}", agent.events);
}

#[tokio::test]
async fn although_an_attempt_failed_before() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let assistant = caller.assistant(json!({"model": "gpt-4o"})).await;
    let thread = caller.thread().await;
    let body = json!({"assistant_id": assistant, "model": "error-503-once"});
    let run = caller
        .create(&format!("/threads/{thread}/runs"), body)
        .await;
    caller.until_it_stops(&run).await;
    let spans = caller.shutdown().await;
    let agent = spans.agent();
    assert_eq!(agent.error, None);
    let mut events = agent.events.iter().map(|event| event.name.as_str());
    assert_eq!(events.next(), Some("tracing_genai.attempt.failed"));
}

#[tokio::test]
async fn by_a_server_that_is_not_there() {
    let server = ReplyServer::start([]).await;
    let caller = Caller::new("http://127.0.0.1:1/v1");
    drop(server);
    let body = json!({"assistant_id": "asst_1"});
    let request = async_openai_041::middleware::HttpRequestFactory::new(move || {
        let request = reqwest::Client::new()
            .post("http://127.0.0.1:1/v1/threads/t/runs")
            .body(body.to_string())
            .build();
        async move { Ok(request?) }
    });
    let mut service = caller.service.clone();
    let failed = tower_service::Service::call(&mut service, request).await;
    assert!(failed.is_err());
    let spans = caller.shutdown().await;
    assert_eq!(spans.names(), ["invoke_agent"]);
    assert!(spans.agent().error.is_some());
    assert_eq!(spans.agent().text("error.type"), Some("connection_error"));
}

#[tokio::test]
async fn with_an_answer_that_is_no_json() {
    let server = ReplyServer::start([Reply::json(200, "{\"id\": \"run_1\", \"obj")]).await;
    let caller = Caller::new(server.url());
    caller
        .post("/threads/t/runs", json!({"assistant_id": "asst_1"}))
        .await;
    let spans = caller.shutdown().await;
    assert_eq!(spans.names().len(), 1);
    assert_eq!(spans.usage(), (0, 0));
}
