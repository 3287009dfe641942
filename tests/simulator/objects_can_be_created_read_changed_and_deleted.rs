//! A run takes its settings from its request, and the rest from its assistant.

use serde_json::json;

use crate::simulator::{Wire, id};

#[tokio::test]
async fn assistants() {
    let wire = Wire::instant().await;
    let function = json!({"type": "function", "function": {"name": "f", "parameters": {}}});
    let body = json!({
        "model": "gpt-4o", "name": "Tutor", "tools": [{"type": "code_interpreter"}, function],
        "metadata": {"k": "v"}, "temperature": 0.5,
    });
    let created = wire.create("/assistants", body.clone()).await;
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&created[name], value, "{name}");
    }
    let path = format!("/assistants/{}", id(&created));
    assert_eq!(wire.fetch(&path).await, created);

    let changed = wire.create(&path, json!({"name": "Other"})).await;
    let mut expected = created;
    expected["name"] = json!("Other");
    assert_eq!(changed, expected, "what is not named stays");
    let (status, _) = wire
        .post(&path, &json!({"name": "Third", "model": 1}))
        .await;
    assert_eq!(status, 400);
    assert_eq!(
        wire.fetch(&path).await,
        expected,
        "a refused change changes nothing"
    );

    let deleted = json!({"id": id(&expected), "object": "assistant.deleted", "deleted": true});
    assert_eq!(wire.delete(&path).await, (200, deleted));
    assert_eq!(wire.delete(&path).await.0, 404);
}

#[tokio::test]
async fn threads_and_messages() {
    let wire = Wire::instant().await;
    let picture = json!({"type": "image_url", "image_url": {"url": "https://example.com/a.png"}});
    let body = json!({"metadata": {"k": "v"}, "messages": [
        {"role": "assistant", "content": "How can I help?"},
        {"role": "user", "content": [picture, {"type": "text", "text": "5x = 10"}]},
    ]});
    let thread = wire.create("/threads", body).await;
    assert_eq!(thread["metadata"], json!({"k": "v"}));
    let path = format!("/threads/{}", id(&thread));
    assert_eq!(wire.fetch(&path).await, thread);

    let messages = wire.fetch(&format!("{path}/messages?order=asc")).await;
    let second = &messages["data"][1];
    assert_eq!(second["content"][0], picture);
    let text = json!({"type": "text", "text": {"value": "5x = 10", "annotations": []}});
    assert_eq!(second["content"][1], text);
    assert_eq!(
        wire.fetch(&format!("{path}/messages/{}", id(second))).await,
        *second
    );

    let changed = wire.create(&path, json!({"metadata": {}})).await;
    assert_eq!(changed["metadata"], json!({}));
    let deleted = json!({"id": id(&thread), "object": "thread.deleted", "deleted": true});
    assert_eq!(wire.delete(&path).await, (200, deleted));
    assert_eq!(wire.get(&format!("{path}/messages")).await.0, 404);
}

#[tokio::test]
async fn runs_take_over_what_their_request_names() {
    let wire = Wire::instant().await;
    let assistant = json!({"model": "gpt-4o", "instructions": "Be brief.", "temperature": 0.25});
    let assistant = id(&wire.create("/assistants", assistant).await);
    let thread = wire.thread().await;
    let runs = format!("/threads/{thread}/runs");

    let run = wire.run(&thread, &assistant).await;
    assert_eq!(run["model"], "gpt-4o");
    assert_eq!(run["instructions"], "Be brief.");
    assert_eq!(run["temperature"], 0.25);

    let body = json!({
        "assistant_id": assistant, "model": "o4-mini", "temperature": 0.5,
        "additional_instructions": "Speak like a pirate.", "reasoning_effort": "low",
        "additional_messages": [{"role": "user", "content": "And 5x = 10?"}],
        "tools": [{"type": "file_search"}], "max_completion_tokens": 500,
        "truncation_strategy": {"type": "last_messages", "last_messages": 3},
        "tool_choice": "none", "parallel_tool_calls": false,
        "response_format": {"type": "text"}, "metadata": {"k": "v"}, "stream": false,
    });
    let run = wire.create(&runs, body.clone()).await;
    assert_eq!(run["instructions"], "Be brief. Speak like a pirate.");
    for (name, value) in body.as_object().unwrap() {
        if !["additional_instructions", "additional_messages", "stream"].contains(&name.as_str()) {
            assert_eq!(&run[name], value, "{name}");
        }
    }
    let messages = wire
        .fetch(&format!("/threads/{thread}/messages?limit=2"))
        .await;
    let texts: Vec<_> = messages["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["content"][0]["text"]["value"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts,
        ["Divide both sides by 5 to get x = 2.", "And 5x = 10?"]
    );
}

#[tokio::test]
async fn metadata_of_runs_and_messages_changes_and_messages_go() {
    let wire = Wire::instant().await;
    let (assistant, thread) = (wire.assistant().await, wire.thread().await);
    let message = id(&wire.say(&thread, "3x + 11 = 14").await);
    let run = id(&wire.run(&thread, &assistant).await);
    for path in [
        format!("/threads/{thread}/messages/{message}"),
        format!("/threads/{thread}/runs/{run}"),
    ] {
        let before = wire.fetch(&path).await;
        let changed = wire
            .create(&path, json!({"metadata": {"lesson": "1"}}))
            .await;
        assert_eq!(changed["metadata"], json!({"lesson": "1"}));
        assert_eq!(wire.fetch(&path).await, changed);
        assert_eq!(changed["id"], before["id"]);
        assert_eq!(wire.post(&path, &json!({"content": "x"})).await.0, 400);
    }
    let path = format!("/threads/{thread}/messages/{message}");
    let deleted = json!({"id": message, "object": "thread.message.deleted", "deleted": true});
    assert_eq!(wire.delete(&path).await, (200, deleted));
    assert_eq!(wire.get(&path).await.0, 404);
    let left = wire.fetch(&format!("/threads/{thread}/messages")).await;
    assert_eq!(left["data"].as_array().unwrap().len(), 1);
}
