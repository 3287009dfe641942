//! A request that is full of secrets and of content, each of them a text of its own.

use serde_json::{Value, json};
use tower::ServiceBuilder;
use tower::{Service, ServiceExt};
use tracing_genai::http::TraceLayer;

/// Begins every secret. They have no form that is known: only their places say what they are.
pub const SECRET: &str = "Zq7";
/// Begins every content.
pub const CONTENT: &str = "Grace ";

/// The request and what is in it.
pub struct LeakyRequest {
    pub body: Value,
    /// Texts that leave on no setting.
    pub secrets: Vec<String>,
    /// Texts that leave with content only.
    pub content: Vec<String>,
}

#[derive(Default)]
struct Texts {
    secrets: Vec<String>,
    content: Vec<String>,
}

impl Texts {
    fn secret(&mut self) -> String {
        let text = format!("{SECRET}hidden{:03}w", self.secrets.len());
        self.secrets.push(text.clone());
        text
    }

    fn content(&mut self) -> String {
        let text = format!("{CONTENT}wrote text {:03}.", self.content.len());
        self.content.push(text.clone());
        text
    }
}

/// A request for a chat.
pub fn request() -> LeakyRequest {
    let mut texts = Texts::default();
    let mut body = json!({
        "model": "gpt-4o",
        "temperature": 0.25,
        "vendor_mode": "fast",
        "messages": [{"role": "user", "content": texts.content()}],
    });
    for name in [
        "api_key",
        "apikey",
        "azure_ad_token",
        "aws_secret_access_key",
        "aws_session_token",
        "authorization",
        "client_secret",
        "connection_string",
        "connectionString",
        "langfuse_secret_key",
        "password",
        "vertex_credentials",
        "x-api-key",
    ] {
        body[name] = texts.secret().into();
    }
    body["credentials"] = json!({"region": texts.secret(), "id": [texts.secret()]});
    body["litellm_params"] = json!({"api_key": texts.secret(), "note": texts.content()});
    body["extra_body"] =
        json!({"inner": [{"access_token": texts.secret(), "text": texts.content()}]});
    body["extra_headers"] = json!({
        "Authorization": format!("Bearer {}", texts.secret()),
        "X-Api-Key": texts.secret(),
        "Ocp-Apim-Subscription-Key": texts.secret(),
    });
    body["data_sources"] = json!([
        {"type": "azure_search", "parameters": {
            "endpoint": texts.content(),
            "authentication": {"type": "api_key", "key": texts.secret()},
            "embedding_dependency": {"authentication": {"key": texts.secret()}},
            "role_information": texts.content(),
        }},
        {"type": "azure_cosmos_db", "parameters": {
            "authentication": {"type": "connection_string", "connection_string": texts.secret()},
            "database_name": texts.content(),
        }},
        {"type": "elasticsearch", "parameters": {
            "authentication": {"type": "encoded_api_key", "encoded_api_key": texts.secret()},
        }},
    ]);
    body["metadata"] = json!({"plan": texts.content(), "token": texts.secret()});
    body["plugins"] = json!([{"id": "web", "search_prompt": texts.content()}]);
    body["response_format"] = json!({"type": "json_schema", "json_schema": {
        "name": "answer", "description": texts.content(),
        "schema": {"type": "object", "properties": {"x": {"description": texts.content()}}},
    }});
    body["guided_json"] = json!({"description": texts.content()});
    body["prediction"] = json!({"type": "content", "content": texts.content()});
    body["tools"] = json!([{"type": "function", "function": {
        "name": "look_up", "description": texts.content(), "parameters": {"type": "object"},
    }}]);
    for name in [
        "mock_response",
        "guided_regex",
        "role_information",
        "user",
        "vendor_text",
        "negative_prompt",
        "suffix",
    ] {
        body[name] = texts.content().into();
    }
    body["vendor_object"] = json!({"a": {"b": [texts.content()]}});
    LeakyRequest {
        body,
        secrets: texts.secrets,
        content: texts.content,
    }
}

/// Sends the request to a server at `host:port`, traced, with further secrets in its address and its headers.
/// Returns those and what the caller got.
pub async fn send(
    address: &str,
    path: &str,
    body: &Value,
) -> (Vec<String>, Result<String, String>) {
    let mut secrets = Vec::new();
    let mut secret = || {
        let text = format!("{SECRET}address{:03}w", secrets.len());
        secrets.push(text.clone());
        text
    };
    let url = format!(
        "http://user:{}@{address}{path}?api-version=2024-10-21&key={}&api_key={}&token={}&sig={}",
        secret(),
        secret(),
        secret(),
        secret(),
        secret(),
    );
    let mut request = reqwest::Client::new()
        .post(url)
        .header("content-type", "application/json")
        .body(body.to_string());
    for name in [
        "authorization",
        "api-key",
        "x-api-key",
        "x-goog-api-key",
        "cookie",
        "x-tenant",
        "openai-organization",
    ] {
        request = request.header(name, secret());
    }
    let mut service = ServiceBuilder::new()
        .layer(TraceLayer::new())
        .service(reqwest::Client::new());
    let answer = match service.ready().await {
        Ok(ready) => ready.call(request.build().unwrap()).await,
        Err(error) => Err(error),
    };
    let answer = match answer {
        Ok(response) => response.text().await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    (secrets, answer)
}
