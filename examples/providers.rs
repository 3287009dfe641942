//! The same question to every provider, each in its own words, by one traced HTTP client: one tree, with content,
//! counts and the name of who answered.
//!
//! ```sh
//! cargo run --example providers
//! ```
#![expect(clippy::print_stdout, reason = "the answers are for whoever runs this")]

#[path = "support/openai_sim/mod.rs"]
mod openai_sim;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method, Request};
use serde_json::{Value, json};
use tower::{ServiceBuilder, ServiceExt};
use tracing_genai::http::{Trace, TraceLayer};

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;
/// Any HTTP client that is traced.
type Traced = Trace<Client>;

const QUESTION: &str = "Solve 3x + 11 = 14";

#[tokio::main]
async fn main() -> Result<()> {
    let _telemetry = tracing_genai::init()?;
    let server = openai_sim::start().await?;
    let url = format!("http://{}", server.address());
    let client = ServiceBuilder::new()
        .layer(TraceLayer::new())
        .service(Client::new());
    for (provider, bytes) in ask_everyone(&client, &url).await? {
        println!("{provider}: an answer of {bytes} bytes");
    }
    Ok(())
}

/// What each is asked, by its name and path.
fn questions() -> Vec<(&'static str, &'static str, Value)> {
    let messages = json!([{"role": "user", "content": QUESTION}]);
    let parts = json!([{"role": "user", "parts": [{"text": QUESTION}]}]);
    let blocks = json!([{"role": "user", "content": [{"text": QUESTION}]}]);
    vec![
        (
            "OpenAI",
            "/v1/chat/completions",
            json!({"model": "gpt-5-mini", "messages": messages}),
        ),
        (
            "Anthropic",
            "/v1/messages",
            json!({"model": "claude-sonnet-4-5", "max_tokens": 100, "stream": true,
                "messages": messages}),
        ),
        (
            "Amazon Bedrock",
            "/model/amazon.nova-pro-v1:0/converse",
            json!({"messages": blocks}),
        ),
        (
            "Gemini",
            "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
            json!({"contents": parts}),
        ),
        (
            "Ollama",
            "/api/chat",
            json!({"model": "qwen3:8b", "messages": messages}),
        ),
        (
            "Cohere",
            "/v2/chat",
            json!({"model": "command-a-03-2025", "stream": true, "messages": messages}),
        ),
        (
            "Mistral",
            "/v1/ocr",
            json!({"model": "mistral-ocr-latest", "document":
                {"type": "document_url", "document_url": "https://tutor.example/exercise.pdf"}}),
        ),
        (
            "Text Generation Inference",
            "/generate",
            json!({"inputs": QUESTION, "parameters": {"max_new_tokens": 60}}),
        ),
        (
            "a server of tools",
            "/mcp",
            json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params":
                {"name": "solve", "arguments": {"question": QUESTION}}}),
        ),
    ]
}

#[tracing::instrument(skip_all, err)]
async fn ask_everyone(client: &Traced, url: &str) -> Result<Vec<(&'static str, usize)>> {
    let mut answers = Vec::new();
    for (provider, path, question) in questions() {
        let mut request = Request::new(Method::POST, format!("{url}{path}").parse()?);
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, "application/json".parse()?);
        headers.insert("authorization", "Bearer simulated".parse()?);
        *request.body_mut() = Some(question.to_string().into());
        let response = client.clone().oneshot(request).await?;
        let answer = response.error_for_status()?.bytes().await?;
        answers.push((provider, answer.len()));
    }
    Ok(answers)
}
