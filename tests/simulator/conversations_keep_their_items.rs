//! A conversation has the items that were added to it, and those of the responses that name it.

use async_openai_041::types::responses::{CreateConversationRequest, CreateResponse};
use serde_json::json;

use crate::requests::{parsed, shape};
use crate::simulator::{Wire, id};

#[tokio::test]
async fn the_recorded_shapes() {
    let wire = Wire::instant().await;
    let request = parsed(include_str!("../fixtures/conversation_create_request.json"));
    let created = wire.create("/conversations", request).await;
    let theirs = parsed(include_str!(
        "../fixtures/conversation_create_response.json"
    ));
    assert_eq!(shape(&created), shape(&theirs));
    assert_eq!(created["metadata"], theirs["metadata"]);
    let path = format!("/conversations/{}", id(&created));
    assert_eq!(wire.fetch(&path).await, created);
    let items = wire.fetch(&format!("{path}/items")).await;
    let theirs = parsed(include_str!("../fixtures/conversation_items_response.json"));
    assert_eq!(shape(&items), shape(&theirs));
    assert_eq!(items["data"][0]["content"], theirs["data"][0]["content"]);
}

#[tokio::test]
async fn responses_add_to_their_conversation() {
    let wire = Wire::instant().await;
    let client = wire.typed();
    let conversation = client
        .conversations()
        .create(CreateConversationRequest::default())
        .await
        .unwrap();
    for (question, count) in [("Hello there", 1), ("And again", 2)] {
        let request: CreateResponse = serde_json::from_value(json!({
            "model": "gpt-4.1", "input": question, "conversation": conversation.id,
        }))
        .unwrap();
        let response = client.responses().create(request).await.unwrap();
        let expected = format!("You said \"{question}\" in message {count} of our conversation.");
        assert_eq!(response.output_text(), Some(expected));
        assert_eq!(response.conversation.unwrap().id, conversation.id);
    }
    let items = client
        .conversations()
        .items(&conversation.id)
        .list()
        .await
        .unwrap();
    assert_eq!(items.data.len(), 4);
}

#[tokio::test]
async fn items_come_and_go() {
    let wire = Wire::instant().await;
    let conversation = id(&wire.create("/conversations", json!({})).await);
    let path = format!("/conversations/{conversation}");
    let item = json!({"type": "message", "role": "user", "content": "Hello"});
    let added = wire
        .create(&format!("{path}/items"), json!({"items": [item, item]}))
        .await;
    let first = added["data"][0].clone();
    let item_path = format!("{path}/items/{}", id(&first));
    assert_eq!(wire.fetch(&item_path).await, first);
    let (status, kept) = wire.delete(&item_path).await;
    assert_eq!((status, &kept["object"]), (200, &json!("conversation")));
    assert_eq!(wire.delete(&item_path).await.0, 404);
    let left = wire.fetch(&format!("{path}/items")).await;
    assert_eq!(left["data"], json!([added["data"][1]]));

    let changed = wire.create(&path, json!({"metadata": {"k": "v"}})).await;
    assert_eq!(changed["metadata"], json!({"k": "v"}));
    let too_many = json!({"items": vec![item; 21]});
    assert_eq!(wire.post(&format!("{path}/items"), &too_many).await.0, 400);
    let gone = json!({"id": conversation, "object": "conversation.deleted", "deleted": true});
    assert_eq!(wire.delete(&path).await, (200, gone));
    assert_eq!(wire.get(&path).await.0, 404);
}
