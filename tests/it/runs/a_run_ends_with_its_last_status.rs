//! Completed, failed, incomplete, cancelled or expired: the level, the message and the type of the error.

use std::time::Duration;

use serde_json::{Value, json};

use crate::openai_sim::Builder;
use crate::support::assistants::{
    Caller, OUTPUT, ScriptedCaller, Spans, assert_ended, counts, run_object, texts,
};
use crate::support::reply_server::Reply;
use crate::support::simulator::{Wire, function, run_path};

/// A run of this model, polled until it stops.
async fn ended(wire: &Wire, model: &str, tools: Value) -> (Value, Spans) {
    let caller = Caller::new(wire.url(""));
    let body = json!({"model": model, "tools": tools});
    let assistant = caller.assistant(body).await;
    let run = caller.ask(&assistant, "3x + 11 = 14").await;
    let run = caller.until_it_stops(&run).await;
    let thread = run["thread_id"].as_str().unwrap();
    caller.get(&format!("/threads/{thread}/messages")).await;
    (run, caller.shutdown().await)
}

#[tokio::test]
async fn completed() {
    let (run, spans) = ended(&Wire::instant().await, "gpt-4o", json!([])).await;
    assert_eq!(run["status"], "completed");
    assert_ended(spans.agent(), [None, None, None]);
    assert_ended(spans.generations()[0], [None, None, None]);
}

#[tokio::test]
async fn failed() {
    let (run, spans) = ended(&Wire::instant().await, "run-failed", json!([])).await;
    assert_eq!(run["status"], "failed");
    let expected = [
        None,
        Some("You exceeded your current quota."),
        Some("rate_limit_exceeded"),
    ];
    assert_ended(spans.agent(), expected);
    assert!(spans.agent().error.is_some());
    // The model did not start.
    assert_eq!(spans.generations(), [] as [&_; 0]);
}

#[tokio::test]
async fn failed_within_a_step() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let body = json!({"model": "run-failed-step"});
    let assistant = caller.assistant(body).await;
    let run = caller.ask(&assistant, "3x + 11 = 14").await;
    caller.until_it_stops(&run).await;
    caller.get(&format!("{}/steps", run_path(&run))).await;
    let spans = caller.shutdown().await;
    let expected = [
        None,
        Some("Sorry, something went wrong."),
        Some("server_error"),
    ];
    assert_ended(spans.agent(), expected);
    assert_ended(spans.generations()[0], expected);
}

#[tokio::test]
async fn incomplete() {
    let (run, spans) = ended(&Wire::instant().await, "run-incomplete", json!([])).await;
    assert_eq!(run["status"], "incomplete");
    let expected = [
        Some("WARNING"),
        Some("incomplete: max_completion_tokens"),
        None,
    ];
    let agent = spans.agent();
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
    assert!(spans.usage().0 > 0);
}

#[tokio::test]
async fn expired() {
    let wire = Wire::with(
        Builder::default()
            .with_run_duration(Duration::ZERO)
            .with_run_expiry(Duration::from_millis(50)),
    )
    .await;
    let (run, spans) = ended(&wire, "run-expired", json!([])).await;
    assert_eq!(run["status"], "expired");
    let message = "the run expired before it was done";
    assert_ended(spans.agent(), [None, Some(message), Some("run_expired")]);
    assert!(spans.agent().error.is_some());
}

#[tokio::test]
async fn cancelled_here() {
    let wire = Wire::endless().await;
    let caller = Caller::new(wire.url(""));
    let assistant = caller.assistant(json!({"model": "gpt-4o"})).await;
    let run = caller.ask(&assistant, "3x + 11 = 14").await;
    caller
        .create(&format!("{}/cancel", run_path(&run)), json!({}))
        .await;
    let run = caller.until_it_stops(&run).await;
    assert_eq!(run["status"], "cancelled");
    let spans = caller.shutdown().await;
    assert_eq!(spans.names(), ["create_agent", "invoke_agent"]);
    let expected = [Some("WARNING"), Some("cancelled by caller"), None];
    assert_ended(spans.agent(), expected);
}

#[tokio::test]
async fn cancelled_by_somebody_else() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    script.poll("run_1", "cancelled", Value::Null).await;
    let spans = script.caller.shutdown().await;
    assert_ended(spans.agent(), [Some("WARNING"), Some("cancelled"), None]);
}

#[tokio::test]
async fn waiting_for_outputs_that_never_came() {
    let tools = json!([function("get_weather", "city")]);
    let (run, spans) = ended(&Wire::instant().await, "gpt-4o", tools).await;
    assert_eq!(run["status"], "requires_action");
    let message = "still requires_action when last seen";
    assert_ended(spans.agent(), [Some("WARNING"), Some(message), None]);
}

/// Even if a slow poll returns an older status afterwards.
#[tokio::test]
async fn for_good() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    script.poll("run_1", "completed", counts(10, 5)).await;
    script.poll("run_1", "in_progress", Value::Null).await;
    let spans = script.caller.shutdown().await;
    assert_ended(spans.agent(), [None, None, None]);
    assert_eq!(spans.usage(), (10, 5));
}

#[tokio::test]
async fn unknown_to_its_server_at_once() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    let gone = json!({"error": {"message": "No run found.", "type": "invalid_request_error"}});
    script.next(Reply::json(404, gone));
    assert_eq!(script.caller.get("/threads/t/runs/run_1").await.0, 404);
    let spans = script.caller.flush().await;
    let agent = spans.agent();
    let message = "still queued when last seen; the server could not say more";
    assert_ended(agent, [Some("WARNING"), Some(message), None]);
    assert_eq!(agent.events[0].name, "tracing_genai.run.poll_failed");
    let kind = agent.events[0].attributes["error.type"].as_text();
    assert_eq!(kind, Some("invalid_request_error"));
}

#[tokio::test]
async fn although_some_polls_failed() {
    let script = ScriptedCaller::start().await;
    script.create("run_1").await;
    for _ in 0..4 {
        let refused = json!({"error": {"message": "No.", "code": "forbidden"}});
        script.next(Reply::json(403, refused));
        assert_eq!(script.caller.get("/threads/t/runs/run_1").await.0, 403);
    }
    let answer = run_object("run_1", "completed", counts(10, 5));
    script.get("/threads/t/runs/run_1", answer).await;
    let spans = script.caller.shutdown().await;
    assert_eq!(spans.names().len(), 2);
    assert_ended(spans.agent(), [None, None, None]);
    let failures = spans.agent().events.iter();
    let failures = failures.filter(|event| event.name == "tracing_genai.run.poll_failed");
    assert_eq!(failures.count(), 4);
}
