//! While a run is active its thread takes neither messages nor another run.

use serde_json::json;

use crate::simulator::{Wire, id};

#[tokio::test]
async fn messages_and_runs_are_refused_until_the_run_is_over() {
    let wire = Wire::endless().await;
    let (assistant, thread) = (wire.assistant().await, wire.thread().await);
    let run = id(&wire.run(&thread, &assistant).await);

    let (status, body) = wire
        .post(
            &format!("/threads/{thread}/messages"),
            &json!({"role": "user", "content": "x"}),
        )
        .await;
    assert_eq!(status, 400);
    let expected = format!("Can't add messages to {thread} while a run {run} is active.");
    assert_eq!(body["error"]["message"], expected.as_str());

    let (status, body) = wire
        .post(
            &format!("/threads/{thread}/runs"),
            &json!({"assistant_id": assistant}),
        )
        .await;
    assert_eq!(status, 400);
    let expected = format!("Thread {thread} already has an active run {run}.");
    assert_eq!(body["error"]["message"], expected.as_str());
}

#[tokio::test]
async fn a_finished_run_gives_the_thread_back() {
    let wire = Wire::instant().await;
    let (assistant, thread) = (wire.assistant().await, wire.thread().await);
    wire.run(&thread, &assistant).await;
    wire.say(&thread, "And 5x = 10?").await;
    wire.run(&thread, &assistant).await;
    let messages = wire
        .fetch(&format!("/threads/{thread}/messages?order=asc"))
        .await;
    let roles: Vec<_> = messages["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["assistant", "user", "assistant"]);
}
