//! With `store: true`, a completion can be fetched with its usage, listed, changed and deleted.

use serde_json::{Value, json};

use crate::simulator::{Wire, id};

const PATH: &str = "/chat/completions";

fn asked(fields: Value) -> Value {
    let mut body = fields;
    body["model"] = json!("gpt-4o-mini");
    body["messages"] = json!([{"role": "user", "content": "3x + 11 = 14"}]);
    body
}

#[tokio::test]
async fn a_stored_chat_is_read_again_with_its_usage() {
    let wire = Wire::instant().await;
    let metadata = json!({"lesson": "1"});
    let body = asked(json!({"store": true, "metadata": metadata}));
    let made = wire.create(PATH, body).await;
    let path = format!("{PATH}/{}", id(&made));
    let mut read = wire.fetch(&path).await;
    assert!(made["usage"]["total_tokens"].is_u64());
    assert_eq!(
        read.as_object_mut().unwrap().remove("metadata"),
        Some(metadata)
    );
    assert_eq!(read, made);
    let messages = wire.fetch(&format!("{path}/messages")).await;
    assert_eq!(messages["data"][0]["content"], "3x + 11 = 14");

    let changed = wire
        .create(&path, json!({"metadata": {"lesson": "2"}}))
        .await;
    assert_eq!(changed["metadata"], json!({"lesson": "2"}));
    for (query, count) in [
        ("", 1),
        ("?metadata[lesson]=2", 1),
        ("?metadata[lesson]=1", 0),
        ("?model=gpt-4", 0),
    ] {
        let list = wire.fetch(&format!("{PATH}{query}")).await;
        assert_eq!(list["data"].as_array().unwrap().len(), count, "{query}");
    }
    let (status, gone) = wire.delete(&path).await;
    assert_eq!((status, &gone["deleted"]), (200, &json!(true)));
    assert_eq!(wire.get(&path).await.0, 404);
}

#[tokio::test]
async fn a_stream_is_stored_as_a_whole_and_others_are_not_stored() {
    let wire = Wire::instant().await;
    let body = asked(json!({"store": true, "stream": true}));
    let events = wire.stream(PATH, &body).await;
    let read = wire
        .fetch(&format!("{PATH}/{}", id(&events[0].json())))
        .await;
    assert_eq!(read["object"], "chat.completion");
    assert!(read["usage"]["total_tokens"].is_u64());
    let made = wire.create(PATH, asked(json!({}))).await;
    assert_eq!(wire.get(&format!("{PATH}/{}", id(&made))).await.0, 404);
}
