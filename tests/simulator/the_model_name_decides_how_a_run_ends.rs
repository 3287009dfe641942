//! `run-failed`, `run-incomplete`, `run-expired` and others, polled and streamed, with the steps, the usage
//! and the message that remain.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::requests::shape;
use crate::simulator::{Event, Wire, events, function, id, read, run_path};

const QUESTION: &str = "3x + 11 = 14";
const TERMINAL: [&str; 5] = ["completed", "failed", "incomplete", "expired", "cancelled"];

async fn ended(wire: &Wire, model: &str, fields: Value) -> Value {
    let assistant = wire.assistant_with(model, json!([])).await;
    let run = wire.asked(&assistant, QUESTION, fields).await;
    wire.until(&run, &TERMINAL).await
}

/// The message of the assistant, if there is one.
async fn message_of(wire: &Wire, run: &Value) -> Option<String> {
    let thread = run["thread_id"].as_str().unwrap();
    let list = format!("/threads/{thread}/messages?run_id={}", id(run));
    let list = wire.fetch(&list).await;
    let text = list["data"][0]["content"][0]["text"]["value"].as_str();
    text.map(str::to_owned)
}

async fn text(wire: &Wire, model: &str) -> String {
    let assistant = wire.assistant_with(model, json!([])).await;
    let body = json!({"assistant_id": assistant, "stream": true,
        "thread": {"messages": [{"role": "user", "content": QUESTION}]}});
    let request = wire.request(Method::POST, "/threads/runs");
    let mut response = request.body(body.to_string()).send().await.unwrap();
    let mut text = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        text.extend_from_slice(&chunk);
    }
    String::from_utf8(text).unwrap()
}

fn names(events: &[Event]) -> Vec<&str> {
    let names = events.iter().filter_map(|event| event.name.as_deref());
    names.collect()
}

#[tokio::test]
async fn failed_before_it_spoke() {
    let wire = Wire::instant().await;
    let run = ended(&wire, "run-failed", json!({})).await;
    let fixture = include_str!("../fixtures/run_failed.json");
    let recorded: Value = serde_json::from_str(fixture).unwrap();
    assert_eq!(shape(&run), shape(&recorded));
    for name in ["status", "last_error", "usage"] {
        assert_eq!(run[name], recorded[name], "{name}");
    }
    assert!(wire.steps(&run).await.is_empty());
    assert_eq!(message_of(&wire, &run).await, None);
    let events = events(&text(&wire, "run-failed").await);
    assert!(names(&events).ends_with(&["thread.run.in_progress", "thread.run.failed", "done"]));
}

#[tokio::test]
async fn failed_while_it_spoke() {
    let wire = Wire::instant().await;
    for (model, ending) in [
        (
            "run-failed-step",
            &[
                "thread.message.incomplete",
                "thread.run.step.failed",
                "thread.run.failed",
                "done",
            ][..],
        ),
        ("error-stream", &["thread.message.delta", "error", "done"]),
    ] {
        let run = ended(&wire, model, json!({})).await;
        assert_eq!(run["last_error"]["code"], "server_error");
        let steps = wire.steps(&run).await;
        assert_eq!(
            (&steps[0]["status"], &steps[0]["usage"]),
            (&json!("failed"), &Value::Null)
        );
        assert_eq!(steps[0]["last_error"], run["last_error"]);
        let half = message_of(&wire, &run).await.unwrap();
        assert!(
            "Subtract 11 from both sides to get 3x = 3".starts_with(&half),
            "{half}"
        );
        let events = events(&text(&wire, model).await);
        assert!(names(&events).ends_with(ending), "{:?}", names(&events));
    }
    let events = events(&text(&wire, "error-stream").await);
    let fixture = include_str!("../fixtures/assistant_stream_step_delta.sse");
    let recorded = crate::simulator::events(fixture);
    let [.., error, done] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(error.json(), recorded[recorded.len() - 2].json());
    assert_eq!(done, &recorded[recorded.len() - 1]);
}

#[tokio::test]
async fn incomplete() {
    let wire = Wire::instant().await;
    for (model, fields, reason) in [
        ("run-incomplete", json!({}), "max_completion_tokens"),
        (
            "gpt-4o",
            json!({"max_completion_tokens": 7}),
            "max_completion_tokens",
        ),
        (
            "gpt-4o",
            json!({"max_prompt_tokens": 3}),
            "max_prompt_tokens",
        ),
    ] {
        let run = ended(&wire, model, fields).await;
        assert_eq!(run["status"], "incomplete");
        assert_eq!(run["incomplete_details"], json!({"reason": reason}));
        assert!(run["completed_at"].is_u64());
        let steps = wire.steps(&run).await;
        if reason == "max_prompt_tokens" {
            assert!(steps.is_empty());
            continue;
        }
        assert_eq!(run["usage"], steps[0]["usage"]);
        assert_eq!(steps[0]["status"], "completed");
        let half = message_of(&wire, &run).await.unwrap();
        assert!(
            "Subtract 11 from both sides to get 3x = 3".starts_with(&half),
            "{half}"
        );
    }
    let events = events(&text(&wire, "run-incomplete").await);
    let ending = [
        "thread.message.incomplete",
        "thread.run.step.completed",
        "thread.run.incomplete",
        "done",
    ];
    assert!(names(&events).ends_with(&ending), "{:?}", names(&events));
}

#[tokio::test]
async fn expired() {
    let wire = Wire::with_run_duration(Duration::from_millis(30)).await;
    let run = ended(&wire, "run-expired", json!({})).await;
    assert_eq!(
        (&run["status"], &run["usage"]),
        (&json!("expired"), &Value::Null)
    );
    assert!(run["expires_at"].is_u64());
    let text = text(&wire, "run-expired").await;
    let events = events(&text);
    let ending = ["thread.run.in_progress", "thread.run.expired", "done"];
    assert!(names(&events).ends_with(&ending), "{:?}", names(&events));

    let tools = json!([{"type": "code_interpreter"}, function("python", "code")]);
    let assistant = wire.assistant_with("run-expired", tools).await;
    let serial = json!({"parallel_tool_calls": false});
    let run = wire.asked(&assistant, QUESTION, serial).await;
    let run = wire.until(&run, &TERMINAL).await;
    let steps = wire.steps(&run).await;
    let statuses: Vec<_> = steps.iter().map(|step| &step["status"]).collect();
    assert_eq!(statuses, ["completed", "expired"]);
    assert_eq!(run["usage"], steps[0]["usage"], "what was used stays used");
}

#[tokio::test]
async fn a_stream_breaks_off_and_the_run_goes_on() {
    let wire = Wire::with_run_duration(Duration::from_millis(80)).await;
    let text = text(&wire, "run-cut").await;
    let events = events(&text);
    assert!(!names(&events).contains(&"done"), "{:?}", names(&events));
    let run = events
        .iter()
        .find(|event| event.name.as_deref() == Some("thread.run.created"));
    let run = wire.until(&run.unwrap().json(), &TERMINAL).await;
    assert_eq!(run["status"], "completed");
    assert!(
        message_of(&wire, &run)
            .await
            .unwrap()
            .ends_with("so x = 1.")
    );
}

#[tokio::test]
async fn slow() {
    let wire = Wire::instant().await;
    let assistant = wire.assistant_with("run-slow", json!([])).await;
    let run = wire.asked(&assistant, QUESTION, json!({})).await;
    let run = wire.fetch(&run_path(&run)).await;
    assert!(
        !TERMINAL.contains(&run["status"].as_str().unwrap()),
        "{run}"
    );
    let run = wire.until(&run, &TERMINAL).await;
    assert_eq!(run["status"], "completed");
    let time = |name: &str| run[name].as_u64().unwrap();
    assert!(time("completed_at") > time("created_at"));
}

#[tokio::test]
async fn steps_of_an_unknown_type() {
    let wire = Wire::instant().await;
    let run = ended(&wire, "run-unknown-step", json!({})).await;
    let steps = wire.steps(&run).await;
    let kinds: Vec<_> = steps.iter().map(|step| &step["type"]).collect();
    assert_eq!(kinds, ["activities", "message_creation"]);
    assert!(steps[0]["step_details"]["activities"].is_array());
    assert_eq!(run["usage"], steps[1]["usage"]);
    let client = wire.typed();
    let thread = run["thread_id"].as_str().unwrap();
    #[expect(deprecated, reason = "all of Assistants is")]
    let listed = client.threads().runs(thread).steps(&id(&run)).list().await;
    assert!(listed.is_err(), "the typed client does not know it");
}

#[tokio::test]
async fn requests_fail_where_the_name_selects() {
    let wire = Wire::instant().await;
    let (status, error) = wire
        .post("/assistants", &json!({"model": "assistant/error-500"}))
        .await;
    assert_eq!(
        (status, &error["error"]["type"]),
        (500, &json!("server_error"))
    );

    let assistant = wire.assistant_with("error-429", json!([])).await;
    for path in [
        "/threads/runs".to_owned(),
        format!("/threads/{}/runs", wire.thread().await),
    ] {
        for stream in [false, true] {
            let body = json!({"assistant_id": assistant, "stream": stream});
            let (status, error) = wire.post(&path, &body).await;
            assert_eq!(
                (status, &error["error"]["code"]),
                (429, &json!("rate_limit_exceeded"))
            );
        }
    }
    let other = json!({"assistant_id": assistant, "model": "error-500-once"});
    assert_eq!(wire.post("/threads/runs", &other).await.0, 500);
    assert_eq!(wire.post("/threads/runs", &other).await.0, 200);

    let tools = json!([function("python", "code")]);
    for (place, method, path) in [
        ("poll", Method::GET, ""),
        ("steps", Method::GET, "/steps"),
        ("submit", Method::POST, "/submit_tool_outputs"),
        ("cancel", Method::POST, "/cancel"),
    ] {
        let model = format!("{place}/error-503-once");
        let assistant = wire.assistant_with(&model, tools.clone()).await;
        let run = wire.asked(&assistant, QUESTION, json!({})).await;
        let steps = wire.get(&format!("{}/steps", run_path(&run))).await;
        assert_eq!(steps.0 == 200, place != "steps", "{steps:?}");
        let call = &steps.1["data"][0]["step_details"]["tool_calls"][0]["id"];
        let body = json!({"tool_outputs": [{"tool_call_id": call, "output": "1.0"}]});
        let path = format!("{}{path}", run_path(&run));
        let mut statuses = Vec::new();
        for _ in 0..2 {
            let request = wire.request(method.clone(), &path).body(body.to_string());
            statuses.push(read(request.send().await.unwrap()).await.0);
        }
        assert_eq!(statuses, [503, 200], "{place}");
    }
}
