//! Threads, messages, lists, changes and deletions. By default, their content is exported with the run.

use serde_json::{Value, json};
use tracing_genai::openai::TraceOptions;

use crate::support::assistants::{Caller, Spans, assert_ended};
use crate::support::simulator::{Wire, id, run_path};

/// Everything except the creation of an assistant and runs.
async fn lesson(wire: &Wire, caller: &Caller) -> Spans {
    let assistant = caller.assistant(json!({"model": "gpt-4o"})).await;
    caller.get("/assistants").await;
    let of_assistant = format!("/assistants/{assistant}");
    caller.get(&of_assistant).await;
    caller.create(&of_assistant, json!({"name": "Tutor"})).await;
    let empty = caller.thread().await;
    caller.get(&format!("/threads/{empty}/messages")).await;
    caller.get(&format!("/threads/{empty}/runs")).await;
    let thread = caller.thread().await;
    let of_thread = format!("/threads/{thread}");
    caller.get(&of_thread).await;
    caller
        .create(&of_thread, json!({"metadata": {"a": "b"}}))
        .await;
    let messages = format!("{of_thread}/messages");
    let body = json!({"role": "user", "content": "3x + 11 = 14"});
    let message = id(&caller.create(&messages, body).await);
    caller.get(&messages).await;
    let of_message = format!("{messages}/{message}");
    caller.get(&of_message).await;
    caller
        .create(&of_message, json!({"metadata": {"a": "b"}}))
        .await;
    let runs = format!("{of_thread}/runs");
    let run = caller
        .create(&runs, json!({"assistant_id": assistant}))
        .await;
    caller.until_it_stops(&run).await;
    caller.get(&runs).await;
    let of_run = run_path(&run);
    caller
        .create(&of_run, json!({"metadata": {"a": "b"}}))
        .await;
    caller.get(&format!("{of_run}/steps")).await;
    let steps = wire.steps(&run).await;
    caller
        .get(&format!("{of_run}/steps/{}", id(&steps[0])))
        .await;
    caller.get(&format!("{messages}?run_id={}", id(&run))).await;
    caller.delete(&of_message).await;
    caller.delete(&of_thread).await;
    caller.delete(&of_assistant).await;
    caller.shutdown().await
}

#[tokio::test]
async fn otherwise_it_is_none() {
    let wire = Wire::instant().await;
    let spans = lesson(&wire, &Caller::new(wire.url(""))).await;
    let mut names = spans.names();
    names.sort_unstable();
    assert_eq!(names, ["chat gpt-4o", "create_agent", "invoke_agent Tutor"]);
}

#[tokio::test]
async fn on_request() {
    let wire = Wire::instant().await;
    let mut caller = Caller::new(wire.url(""));
    caller.service = caller
        .service
        .with_options(TraceOptions::new().with_housekeeping(true));
    let spans = lesson(&wire, &caller).await;
    let plain: Vec<_> = spans
        .all
        .iter()
        .filter(|span| span.text("gen_ai.operation.name").is_none())
        .collect();
    // Everything except the creation of the assistant and of the run, and the polls.
    assert_eq!(plain.len(), 21, "{:?}", spans.names());
    for span in &plain {
        assert_eq!(span.kind, "CLIENT");
        assert_eq!(span.int("http.response.status_code"), Some(200));
        assert_eq!(span.text("openai.api.type"), Some("assistants"));
        assert_eq!(span.error, None);
        assert!(span.text("gen_ai.input.messages").is_none(), "{span:?}");
    }
    let count = |name: &str| plain.iter().filter(|span| span.name == name).count();
    assert_eq!(count("POST /v1/threads"), 2);
    assert_eq!(count("POST /v1/threads/{thread_id}/messages"), 1);
    assert_eq!(count("DELETE /v1/threads/{thread_id}"), 1);
    assert_eq!(count("GET /v1/threads/{thread_id}/runs/{run_id}"), 0);
    assert_eq!(spans.agents().len(), 1);
    spans.assert_only_generations_count();
}

#[tokio::test]
async fn when_it_fails() {
    let wire = Wire::instant().await;
    let caller = Caller::new(wire.url(""));
    let calls: [(&str, Option<Value>); 4] = [
        ("/threads/thread_none", None),
        (
            "/threads/thread_none/messages",
            Some(json!({"role": "user", "content": "x"})),
        ),
        ("/threads/thread_none/runs/run_none", None),
        ("/threads/thread_none/runs/run_none/cancel", Some(json!({}))),
    ];
    for (path, body) in calls {
        let (status, answer) = match body {
            Some(body) => caller.post(path, body).await,
            None => caller.get(path).await,
        };
        assert_eq!(status, 404, "{path}");
        let spans = caller.flush().await;
        let span = spans.all.last().unwrap();
        let message = answer["error"]["message"].as_str();
        assert_ended(span, [None, message, Some("invalid_request_error")]);
        assert!(span.error.is_some());
        assert!(
            span.name.contains("/v1/threads/{thread_id}"),
            "{}",
            span.name
        );
    }
    assert_eq!(caller.shutdown().await.all.len(), 4);
}
