//! A model that calls functions: each call is a span, between the answer that asks and the request that
//! brings the result.
//!
//! Nothing is said about tools here. A function with `#[instrument]` is the span of its tool; for one without, a span
//! is derived from the requests.
//!
//! Without `OPENAI_BASE_URL` or `OPENAI_API_KEY` it talks to a simulated server.
//!
//! ```sh
//! cargo run --example tools
//! ```
#![expect(clippy::print_stdout, reason = "the answer is for whoever runs this")]

#[path = "support/openai_sim/mod.rs"]
mod openai_sim;
#[path = "support/server.rs"]
mod server;

use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionMessageToolCalls, ChatCompletionRequestAssistantMessageArgs,
    ChatCompletionRequestMessage, ChatCompletionRequestToolMessage,
    ChatCompletionRequestUserMessage, ChatCompletionTool, ChatCompletionTools,
    CreateChatCompletionRequestArgs, FunctionObjectArgs,
};
use serde_json::{Value, json};

type Client = async_openai::Client<OpenAIConfig>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _telemetry = tracing_genai::init()?;
    let server = server::Server::find().await?;
    let client = Client::with_config(server.config())
        .with_http_service(tracing_genai::openai::http_service());
    for question in [
        "What is the weather in Oslo and in Bergen?",
        "What time is it in Tokyo?",
    ] {
        println!("{}", answer(&client, question).await?);
    }
    Ok(())
}

/// Lets the model call functions until it speaks.
#[tracing::instrument(skip(client), ret, err)]
async fn answer(client: &Client, question: &str) -> Result<String, OpenAIError> {
    let mut messages: Vec<ChatCompletionRequestMessage> =
        vec![ChatCompletionRequestUserMessage::from(question).into()];
    loop {
        let request = CreateChatCompletionRequestArgs::default()
            .model("gpt-4o-mini")
            .messages(messages.clone())
            .tools([
                tool("get_weather", "The weather in a city", "city")?,
                tool("get_time", "What time it is in a city", "location")?,
            ])
            .build()?;
        let answer = client.chat().create(request).await?;
        let Some(choice) = answer.choices.into_iter().next() else {
            return Ok(String::new());
        };
        let calls = choice.message.tool_calls.unwrap_or_default();
        if calls.is_empty() {
            return Ok(choice.message.content.unwrap_or_default());
        }
        let asked = ChatCompletionRequestAssistantMessageArgs::default()
            .tool_calls(calls.clone())
            .build()?;
        messages.push(asked.into());
        for call in calls {
            let ChatCompletionMessageToolCalls::Function(call) = call else {
                continue;
            };
            let arguments: Value =
                serde_json::from_str(&call.function.arguments).unwrap_or_default();
            let content = match call.function.name.as_str() {
                "get_weather" => get_weather(&arguments["city"]).await,
                "get_time" => get_time(arguments["location"].as_str().unwrap_or_default()),
                other => format!("there is no {other}"),
            };
            let result = ChatCompletionRequestToolMessage {
                content: content.into(),
                tool_call_id: call.id,
            };
            messages.push(result.into());
        }
    }
}

/// Not traced; it is seen nevertheless.
async fn get_weather(city: &Value) -> String {
    // As long as a service for the weather might take.
    tokio::time::sleep(std::time::Duration::from_millis(120)).await;
    match city.as_str() {
        Some("Bergen") => "7 °C and rain".into(),
        _ => "4 °C and sunny".into(),
    }
}

/// Traced, and so the span of the tool.
#[tracing::instrument(ret)]
fn get_time(location: &str) -> String {
    match location {
        "Tokyo" => "21:30".into(),
        _ => "13:30".into(),
    }
}

fn tool(name: &str, description: &str, place: &str) -> Result<ChatCompletionTools, OpenAIError> {
    let mut properties = serde_json::Map::new();
    properties.insert(place.into(), json!({"type": "string"}));
    let function = FunctionObjectArgs::default()
        .name(name)
        .description(description)
        .parameters(json!({"type": "object", "properties": properties, "required": [place]}))
        .build()?;
    Ok(ChatCompletionTools::Function(ChatCompletionTool {
        function,
    }))
}
