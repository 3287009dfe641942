//! Clients of Azure find their deployments, keys and versions.

use async_openai_041::Client;
use async_openai_041::config::AzureConfig;
use async_openai_041::types::chat::CreateChatCompletionRequest;
use serde_json::{Value, json};

use crate::simulator::{Wire, read};

fn body() -> Value {
    json!({"messages": [{"role": "user", "content": "Solve 3x + 11 = 14"}]})
}

#[tokio::test]
async fn the_typed_client_of_a_deployment() {
    let wire = Wire::instant().await;
    let config = AzureConfig::new()
        .with_api_base(wire.root_url(""))
        .with_api_key("any")
        .with_api_version("2024-10-21")
        .with_deployment_id("gpt-4.1-mini");
    let mut body = body();
    body["model"] = json!("ignored");
    let request: CreateChatCompletionRequest = serde_json::from_value(body).unwrap();
    let client = Client::with_config(config);
    let answer = client.chat().create(request).await.unwrap();
    assert_eq!(answer.model, "gpt-4.1-mini-2025-04-14");
}

#[tokio::test]
async fn the_deployment_is_the_model_and_the_version_is_needed() {
    let wire = Wire::instant().await;
    let client = reqwest::Client::new();
    let send = async |path: &str, key: Option<&str>, body: Value| {
        let mut request = client.post(wire.root_url(path)).body(body.to_string());
        if let Some(key) = key {
            request = request.header("api-key", key);
        }
        let response = request.send().await.unwrap();
        assert!(response.headers().contains_key("apim-request-id"), "{path}");
        read(response).await
    };
    let chat = "/openai/deployments/gpt-4o/chat/completions";
    let version = "?api-version=2024-10-21";
    let (status, answer) = send(&format!("{chat}{version}"), Some("k"), body()).await;
    assert_eq!(
        (status, &answer["model"]),
        (200, &json!("gpt-4o-2024-11-20"))
    );
    let (status, answer) = send(chat, Some("k"), body()).await;
    assert_eq!(
        (status, &answer["error"]["message"]),
        (404, &json!("Resource not found"))
    );
    let (status, answer) = send(&format!("{chat}{version}"), None, body()).await;
    assert_eq!((status, &answer["error"]["code"]), (401, &json!("401")));

    let failing = format!("/openai/deployments/error-429/chat/completions{version}");
    assert_eq!(send(&failing, Some("k"), body()).await.0, 429);
    let embeddings = format!("/openai/deployments/my%20vectors/embeddings{version}");
    let (status, answer) = send(&embeddings, Some("k"), json!({"input": "x"})).await;
    assert_eq!((status, &answer["model"]), (200, &json!("my vectors")));

    let newer = json!({"model": "gpt-4.1", "input": "Hello"});
    let (status, answer) = send("/openai/v1/responses", Some("k"), newer).await;
    assert_eq!((status, &answer["status"]), (200, &json!("completed")));
}
