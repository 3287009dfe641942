//! Completed, failed, incomplete, cancelled, expired: level, message and type of the error.

use std::time::Duration;

use serde_json::{Value, json};

use crate::openai_sim::Builder;
use crate::support::assistants::{
    Caller, OUTPUT, Script, Told, assert_ended, counts, run_object, run_path, texts,
};
use crate::support::fixture_server::Reply;
use crate::support::wire_client::{Wire, function, id};

/// A run of this model, asked for until it stops.
async fn ended(wire: &Wire, model: &str, tools: Value) -> (Value, Told) {
    let caller = Caller::of(wire.url(""));
    let body = json!({"model": model, "tools": tools});
    let assistant = id(&caller.create("/assistants", body).await);
    let body = json!({"assistant_id": assistant,
        "thread": {"messages": [{"role": "user", "content": "3x + 11 = 14"}]}});
    let run = caller.create("/threads/runs", body).await;
    let run = caller.until_it_stops(&run).await;
    let thread = run["thread_id"].as_str().unwrap();
    caller.get(&format!("/threads/{thread}/messages")).await;
    (run, caller.told().await)
}

#[tokio::test]
async fn completed() {
    let (run, told) = ended(&Wire::instant().await, "gpt-4o", json!([])).await;
    assert_eq!(run["status"], "completed");
    assert_ended(told.agent(), [None, None, None]);
    assert_ended(told.generations()[0], [None, None, None]);
}

#[tokio::test]
async fn failed() {
    let (run, told) = ended(&Wire::instant().await, "run-failed", json!([])).await;
    assert_eq!(run["status"], "failed");
    let expected = [
        None,
        Some("You exceeded your current quota."),
        Some("rate_limit_exceeded"),
    ];
    assert_ended(told.agent(), expected);
    assert!(told.agent().error.is_some());
    // No model has worked.
    assert_eq!(told.generations(), [] as [&_; 0]);
}

#[tokio::test]
async fn failed_within_a_step() {
    let wire = Wire::instant().await;
    let caller = Caller::of(wire.url(""));
    let body = json!({"model": "run-failed-step"});
    let assistant = id(&caller.create("/assistants", body).await);
    let body = json!({"assistant_id": assistant,
        "thread": {"messages": [{"role": "user", "content": "3x + 11 = 14"}]}});
    let run = caller.create("/threads/runs", body).await;
    caller.until_it_stops(&run).await;
    caller.get(&format!("{}/steps", run_path(&run))).await;
    let told = caller.told().await;
    let expected = [
        None,
        Some("Sorry, something went wrong."),
        Some("server_error"),
    ];
    assert_ended(told.agent(), expected);
    assert_ended(told.generations()[0], expected);
}

#[tokio::test]
async fn incomplete() {
    let (run, told) = ended(&Wire::instant().await, "run-incomplete", json!([])).await;
    assert_eq!(run["status"], "incomplete");
    let expected = [
        Some("WARNING"),
        Some("incomplete: max_completion_tokens"),
        None,
    ];
    let agent = told.agent();
    assert_ended(agent, expected);
    let reasons = &agent.attributes["gen_ai.response.finish_reasons"];
    let length = tracing_genai::testing::Value::Array(vec!["length".into()]);
    assert_eq!(reasons, &length);
    assert_eq!(texts(agent, OUTPUT).len(), 1);
    assert!(
        agent
            .text(OUTPUT)
            .unwrap()
            .contains(r#""finish_reason":"length""#)
    );
    assert!(told.usage().0 > 0);
}

#[tokio::test]
async fn expired() {
    let wire = Wire::with(
        Builder::default()
            .with_run_duration(Duration::ZERO)
            .with_run_expiry(Duration::from_millis(50)),
    )
    .await;
    let (run, told) = ended(&wire, "run-expired", json!([])).await;
    assert_eq!(run["status"], "expired");
    let message = "the run expired before it was done";
    assert_ended(told.agent(), [None, Some(message), Some("run_expired")]);
    assert!(told.agent().error.is_some());
}

#[tokio::test]
async fn cancelled_here() {
    let wire = Wire::endless().await;
    let caller = Caller::of(wire.url(""));
    let assistant = id(&caller
        .create("/assistants", json!({"model": "gpt-4o"}))
        .await);
    let body = json!({"assistant_id": assistant,
        "thread": {"messages": [{"role": "user", "content": "3x + 11 = 14"}]}});
    let run = caller.create("/threads/runs", body).await;
    caller
        .create(&format!("{}/cancel", run_path(&run)), json!({}))
        .await;
    let run = caller.until_it_stops(&run).await;
    assert_eq!(run["status"], "cancelled");
    let told = caller.told().await;
    assert_eq!(told.names(), ["create_agent", "invoke_agent"]);
    let expected = [Some("WARNING"), Some("cancelled by caller"), None];
    assert_ended(told.agent(), expected);
}

#[tokio::test]
async fn cancelled_by_somebody_else() {
    let script = Script::start().await;
    script.create("run_1").await;
    script.poll("run_1", "cancelled", Value::Null).await;
    let told = script.caller.told().await;
    assert_ended(told.agent(), [Some("WARNING"), Some("cancelled"), None]);
}

#[tokio::test]
async fn waiting_for_outputs_that_never_came() {
    let tools = json!([function("get_weather", "city")]);
    let (run, told) = ended(&Wire::instant().await, "gpt-4o", tools).await;
    assert_eq!(run["status"], "requires_action");
    let message = "still requires_action when last seen";
    assert_ended(told.agent(), [Some("WARNING"), Some(message), None]);
}

/// Whatever a slower poll says afterwards.
#[tokio::test]
async fn for_good() {
    let script = Script::start().await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(10, 5)).await;
    script.poll("run_1", "in_progress", Value::Null).await;
    let told = script.caller.told().await;
    assert_ended(told.agent(), [None, None, None]);
    assert_eq!(told.usage(), (10, 5));
}

#[tokio::test]
async fn unknown_to_its_server_at_once() {
    let script = Script::start().await;
    script.create("run_1").await;
    let gone = json!({"error": {"message": "No run found.", "type": "invalid_request_error"}});
    script.next(Reply::json(404, gone));
    assert_eq!(script.caller.get("/threads/t/runs/run_1").await.0, 404);
    let told = script.caller.flushed().await;
    let agent = told.agent();
    let message = "still queued when last seen; the server could not say more";
    assert_ended(agent, [Some("WARNING"), Some(message), None]);
    assert_eq!(agent.events[0].name, "tracing_genai.run.poll_failed");
    let kind = agent.events[0].attributes["error.type"].as_text();
    assert_eq!(kind, Some("invalid_request_error"));
}

#[tokio::test]
async fn although_some_polls_failed() {
    let script = Script::start().await;
    script.create("run_1").await;
    for _ in 0..4 {
        let refused = json!({"error": {"message": "No.", "code": "forbidden"}});
        script.next(Reply::json(403, refused));
        assert_eq!(script.caller.get("/threads/t/runs/run_1").await.0, 403);
    }
    let answer = run_object("run_1", "completed", counts(10, 5));
    script.get("/threads/t/runs/run_1", answer).await;
    let told = script.caller.told().await;
    assert_eq!(told.names().len(), 2);
    assert_ended(told.agent(), [None, None, None]);
    let failures = told.agent().events.iter();
    let failures = failures.filter(|event| event.name == "tracing_genai.run.poll_failed");
    assert_eq!(failures.count(), 4);
}
