//! One trace through two processes: a client that asks, and a server that asks the model.
//!
//! The client sends `traceparent`, the server continues the trace; each process exports its own spans, and
//! the backend puts them together. Without an argument this program is the client and starts the server
//! as a second process of its own.
//!
//! ```sh
//! cargo run --example two_processes
//! ```
#![expect(clippy::print_stdout, reason = "the answer is for whoever runs this")]

#[path = "support/openai_sim/mod.rs"]
mod openai_sim;
#[path = "support/server.rs"]
mod server;

use std::error::Error;
use std::process::Stdio;

use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs,
};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Command;
use tracing_genai::{Telemetry, context};

type Client = async_openai::Client<OpenAIConfig>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == "server") {
        return serve().await;
    }
    let mut server = Command::new(std::env::current_exe()?);
    server.arg("server");
    println!("{}", ask_with(server).await?);
    Ok(())
}

/// The first process: starts the second, asks it, and lets it end.
pub(crate) async fn ask_with(mut server: Command) -> Result<String, Box<dyn Error>> {
    let _telemetry = Telemetry::builder()
        .with_service_name("lesson-client")
        .init()?;
    let mut server = server
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut lines = BufReader::new(server.stdout.take().ok_or("no output")?).lines();
    let url = loop {
        let line = lines.next_line().await?.ok_or("the server has ended")?;
        if let Some(start) = line.find("http://") {
            break line[start..].to_owned();
        }
    };
    let answer = ask(&url, "I need to solve 3x + 11 = 14").await?;
    drop(server.stdin.take());
    // Whatever else it says, so that it does not wait for a reader.
    while lines.next_line().await?.is_some() {}
    server.wait().await?;
    Ok(answer)
}

#[tracing::instrument(skip(url), ret, err)]
async fn ask(url: &str, question: &str) -> Result<String, reqwest::Error> {
    let mut request = reqwest::Client::new().post(url).body(question.to_owned());
    if let Some(parent) = context::traceparent() {
        request = request.header("traceparent", parent);
    }
    request.send().await?.error_for_status()?.text().await
}

/// The second process: says where it listens, and serves until its input is closed.
pub(crate) async fn serve() -> Result<(), Box<dyn Error>> {
    let _telemetry = Telemetry::builder()
        .with_service_name("lesson-server")
        .init()?;
    let model = server::Server::find().await?;
    let client = Client::with_config(model.config())
        .with_http_service(tracing_genai::openai::http_service());

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let app = Router::new().route("/", post(handle)).with_state(client);
    let asked_to_end = async {
        let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
    };
    axum::serve(listener, app)
        .with_graceful_shutdown(asked_to_end)
        .await?;
    Ok(())
}

async fn handle(
    State(client): State<Client>,
    headers: HeaderMap,
    question: String,
) -> Result<String, StatusCode> {
    let parent = headers
        .get("traceparent")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| context::remote_parent(value).ok());
    let answer = answer(&client, &question);
    let answer = match parent {
        Some(parent) => parent.wrap(answer).await,
        None => answer.await,
    };
    answer.map_err(|_| StatusCode::BAD_GATEWAY)
}

#[tracing::instrument(skip(client), ret, err)]
async fn answer(client: &Client, question: &str) -> Result<String, OpenAIError> {
    let message = ChatCompletionRequestUserMessage::from(question);
    let request = CreateChatCompletionRequestArgs::default()
        .model("gpt-4o-mini")
        .messages([message.into()])
        .build()?;
    let answer = client.chat().create(request).await?;
    let choice = answer.choices.into_iter().next();
    Ok(choice
        .and_then(|choice| choice.message.content)
        .unwrap_or_default())
}
