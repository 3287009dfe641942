//! cancelling → cancelled from every state but the last; a stream has an event for it.
#![expect(
    deprecated,
    reason = "the last release with Assistants marks all of it"
)]

use std::time::Duration;

use async_openai_041::types::assistants::RunStatus;
use reqwest::Method;
use serde_json::{Value, json};

use crate::simulator::{Wire, events, function, id, run_path};

#[tokio::test]
async fn a_run_that_is_under_way_stops() {
    let wire = Wire::with_run_duration(Duration::from_millis(600)).await;
    let assistant = wire.assistant().await;
    let run = wire.asked(&assistant, "3x + 11 = 14", json!({})).await;
    let thread = run["thread_id"].as_str().unwrap();
    let client = wire.typed();
    let threads = client.threads();
    let typed = threads.runs(thread).cancel(&id(&run)).await.unwrap();
    assert_eq!(typed.status, RunStatus::Cancelling);
    let (status, answer) = wire
        .post(&format!("{}/cancel", run_path(&run)), &json!({}))
        .await;
    assert_eq!(status, 400, "{answer}");
    let run = wire.until(&run, &["cancelled"]).await;
    assert!(run["cancelled_at"].is_u64(), "{run}");
    assert_eq!(run["completed_at"], Value::Null);
    assert_eq!(run["expires_at"], Value::Null);
    assert_eq!(
        run["usage"],
        json!({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0})
    );
    let (status, answer) = wire
        .post(&format!("{}/cancel", run_path(&run)), &json!({}))
        .await;
    assert_eq!(
        (status, answer["error"]["message"].as_str()),
        (400, Some("Cannot cancel run with status 'cancelled'."))
    );
    wire.say(run["thread_id"].as_str().unwrap(), "5x = 10")
        .await;
}

#[tokio::test]
async fn a_run_that_waits_for_outputs_stops() {
    let wire = Wire::instant().await;
    let tools = json!([function("get_weather", "city")]);
    let assistant = wire.assistant_with("gpt-4o", tools).await;
    let run = wire.asked(&assistant, "Oslo?", json!({})).await;
    let run = wire.until(&run, &["requires_action"]).await;
    let cancelling = wire
        .create(&format!("{}/cancel", run_path(&run)), json!({}))
        .await;
    assert_eq!(cancelling["status"], "cancelling");
    assert_eq!(cancelling["required_action"], Value::Null);
    let run = wire.until(&run, &["cancelled"]).await;
    let steps = wire.steps(&run).await;
    assert_eq!(
        (&steps[0]["status"], &steps[0]["usage"]),
        (&json!("cancelled"), &Value::Null)
    );
    assert!(steps[0]["cancelled_at"].is_u64());
}

#[tokio::test]
async fn a_stream_ends_with_the_run_that_is_cancelled() {
    let wire = Wire::with_run_duration(Duration::from_secs(6)).await;
    let assistant = wire.assistant().await;
    let (thread, body) = (
        wire.thread().await,
        json!({"assistant_id": assistant, "stream": true}),
    );
    wire.say(&thread, "3x + 11 = 14").await;
    let path = format!("/threads/{thread}/runs");
    let request = wire.request(Method::POST, &path).body(body.to_string());
    let mut response = request.send().await.unwrap();
    let mut text = String::new();
    while !text.contains("thread.message.delta") {
        let chunk = response.chunk().await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let runs = wire.fetch(&path).await;
    let run = &runs["data"][0];
    wire.create(&format!("{}/cancel", run_path(run)), json!({}))
        .await;
    while let Some(chunk) = response.chunk().await.unwrap() {
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    let events = events(&text);
    let names: Vec<_> = events
        .iter()
        .filter_map(|event| event.name.as_deref())
        .collect();
    assert!(
        names.ends_with(&[
            "thread.run.cancelling",
            "thread.message.incomplete",
            "thread.run.step.cancelled",
            "thread.run.cancelled",
            "done",
        ]),
        "{names:?}"
    );
    let incomplete = names
        .iter()
        .position(|name| *name == "thread.message.incomplete");
    let message = events[incomplete.unwrap()].json();
    assert_eq!(
        message["incomplete_details"],
        json!({"reason": "run_cancelled"})
    );
    // The message stays in the thread.
    let output = &message["content"][0]["text"]["value"];
    let heard: String = events
        .iter()
        .filter(|event| event.name.as_deref() == Some("thread.message.delta"))
        .map(|event| {
            let delta = event.json();
            delta["delta"]["content"][0]["text"]["value"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(output, heard.as_str());
    let messages = wire.fetch(&format!("/threads/{thread}/messages")).await;
    assert_eq!(messages["data"][0]["content"][0]["text"]["value"], *output);
}
