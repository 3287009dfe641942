//! The same keys, types and nulls as in the recorded objects, at every depth.

use serde_json::json;

use crate::requests::{parsed, shape};
use crate::simulator::{Wire, id};

#[tokio::test]
async fn assistant() {
    let wire = Wire::instant().await;
    let recorded = parsed(include_str!("../fixtures/assistant_response.json"));
    let body = json!({
        "model": "gpt-4o", "name": "Math Tutor", "instructions": "Answer briefly.",
        "tool_resources": {"code_interpreter": {"file_ids": []}},
    });
    let assistant = wire.create("/assistants", body).await;
    assert_eq!(shape(&assistant), shape(&recorded));
    assert_eq!(assistant["object"], recorded["object"]);
    let request = parsed(include_str!("../fixtures/assistant_create_request.json"));
    wire.create("/assistants", request).await;
}

#[tokio::test]
async fn thread_and_message() {
    let wire = Wire::instant().await;
    let thread = wire.create("/threads", json!({})).await;
    let recorded = parsed(include_str!("../fixtures/thread_response.json"));
    assert_eq!(shape(&thread), shape(&recorded));
    assert_eq!(thread["object"], recorded["object"]);

    let request = parsed(include_str!("../fixtures/message_create_request.json"));
    let path = format!("/threads/{}/messages", id(&thread));
    let message = wire.create(&path, request).await;
    let recorded = parsed(include_str!("../fixtures/message_response.json"));
    assert_eq!(shape(&message), shape(&recorded));
    assert_eq!(message["object"], recorded["object"]);
    assert_eq!(message["content"], recorded["content"]);
}

#[tokio::test]
async fn a_queued_run() {
    let wire = Wire::endless().await;
    let (assistant, thread) = (wire.assistant().await, wire.thread().await);
    let mut request = parsed(include_str!("../fixtures/run_create_request.json"));
    request["assistant_id"] = json!(assistant);
    request["tools"] = json!([]);
    let run = wire
        .create(&format!("/threads/{thread}/runs"), request)
        .await;
    let recorded = parsed(include_str!("../fixtures/run_queued.json"));
    assert_eq!(shape(&run), shape(&recorded));
    for name in [
        "object",
        "status",
        "usage",
        "truncation_strategy",
        "response_format",
    ] {
        assert_eq!(run[name], recorded[name], "{name}");
    }
}

#[tokio::test]
async fn a_completed_run_with_its_step_and_messages() {
    let wire = Wire::instant().await;
    let (assistant, thread) = (wire.assistant().await, wire.thread().await);
    wire.say(&thread, "3x + 11 = 14").await;
    let run = id(&wire.run(&thread, &assistant).await);
    let run = wire.fetch(&format!("/threads/{thread}/runs/{run}")).await;
    let recorded = parsed(include_str!("../fixtures/run_completed.json"));
    assert_eq!(shape(&run), shape(&recorded));
    assert_eq!(run["status"], recorded["status"]);

    let steps = wire
        .fetch(&format!("/threads/{thread}/runs/{}/steps", id(&run)))
        .await;
    let mut recorded = parsed(include_str!("../fixtures/steps_response.json"));
    // The recorded run also called tools.
    recorded["data"].as_array_mut().unwrap().remove(0);
    assert_eq!(shape(&steps), shape(&recorded));
    for name in ["object", "type", "status"] {
        assert_eq!(steps["data"][0][name], recorded["data"][0][name], "{name}");
    }

    let messages = wire.fetch(&format!("/threads/{thread}/messages")).await;
    let mut recorded = parsed(include_str!("../fixtures/messages_list_response.json"));
    // The recorded answer also has an image and a citation.
    let answer = recorded["data"][0]["content"].as_array_mut().unwrap();
    answer.remove(0);
    answer[0]["text"]["annotations"] = json!([]);
    assert_eq!(shape(&messages), shape(&recorded));
}

#[tokio::test]
async fn times_are_whole_seconds_in_order() {
    let wire = Wire::instant().await;
    let (assistant, thread) = (wire.assistant().await, wire.thread().await);
    let run = id(&wire.run(&thread, &assistant).await);
    let run = wire.fetch(&format!("/threads/{thread}/runs/{run}")).await;
    let times =
        ["created_at", "started_at", "completed_at"].map(|name| run[name].as_u64().unwrap());
    assert!(times.is_sorted(), "{times:?}");
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!(
        (now - 60..=now).contains(&times[0]),
        "{times:?} is not around {now}"
    );
}
