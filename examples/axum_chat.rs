//! A chat that streams to the browser: axum, server-sent events, a user and a session for each request.
//!
//! Each answer is one trace: the handler's function lasts until the last token has been sent, and everything below
//! it carries the user. Fifty users ask at once and the program ends; with `-- serve` it stays for your browser.
//!
//! ```sh
//! cargo run --example axum_chat
//! cargo run --example axum_chat -- serve
//! ```
#![expect(clippy::print_stdout, reason = "the answers are for whoever runs this")]

#[path = "support/openai_sim/mod.rs"]
mod openai_sim;
#[path = "support/server.rs"]
mod server;

use std::convert::Infallible;
use std::error::Error;

use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::sse::{Event, Sse};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tracing_genai::context::{self, Attributes};
use tracing_genai::observation;
use tracing_genai::openai::{TraceOptions, http_service};

type Client = async_openai::Client<OpenAIConfig>;

const USERS: usize = 50;
const PAGE: &str = r#"<!doctype html><title>Chat</title><input id=q value="Solve 3x + 11 = 14" size=60><pre id=a></pre>
<script>q.onchange = () => {
  a.textContent = "";
  const tokens = new EventSource("/chat?user=ada&session=tab-1&question=" + encodeURIComponent(q.value));
  tokens.onmessage = event => a.textContent += JSON.parse(event.data);
  tokens.onerror = () => tokens.close();
}</script>"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _telemetry = tracing_genai::init()?;
    let server = server::Server::find().await?;
    let options = TraceOptions::new().with_stream_usage(true);
    let client = Client::with_config(server.config())
        .with_http_service(http_service().with_options(options));
    let app = Router::new()
        .route("/", get(async || Html(PAGE)))
        .route("/chat", get(chat))
        .with_state(client);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    if std::env::args().any(|argument| argument == "serve") {
        println!("open {address}");
        axum::serve(listener, app).await?;
        return Ok(());
    }
    tokio::spawn(async move { axum::serve(listener, app).await });
    let mut users = JoinSet::new();
    for user in 0..USERS {
        users.spawn(ask(address.clone(), user));
    }
    let mut answered = 0;
    while let Some(answer) = users.join_next().await {
        answered += usize::from(!answer??.is_empty());
    }
    println!("{answered} users have an answer");
    Ok(())
}

#[derive(Deserialize)]
struct Asked {
    user: String,
    session: String,
    question: String,
}

/// Says whose request it is, before anything else happens.
async fn chat(State(client): State<Client>, Query(asked): Query<Asked>) -> impl IntoResponse {
    let about = Attributes::new()
        .with_user(&asked.user)
        .with_session(&asked.session);
    let tokens = context::scope(about).in_scope(|| answer(client, asked.question));
    let events = tokens.map(|token| {
        let token = token.unwrap_or_else(|error| format!("\n[{error}]"));
        Event::default().json_data(token)
    });
    let events = events.filter_map(async |event| event.ok().map(Ok::<_, Infallible>));
    Sse::new(events)
}

/// Its observation lasts as long as the stream, and the model's call is below it.
#[tracing::instrument(skip(client))]
fn answer(
    client: Client,
    question: String,
) -> impl Stream<Item = Result<String, OpenAIError>> + Send {
    let request = json!({
        "model": "gpt-4o-mini",
        "stream": true,
        "messages": [{"role": "user", "content": question}],
    });
    let tokens = stream::once(async move { client.chat().create_stream_byot(request).await });
    let tokens = tokens.try_flatten().try_filter_map(async |chunk: Value| {
        let token = chunk["choices"][0]["delta"]["content"].as_str();
        Ok(token.map(str::to_owned))
    });
    observation::observe_try_stream(tokens)
}

/// What the browser does.
async fn ask(address: String, user: usize) -> Result<String, reqwest::Error> {
    let url = format!(
        "{address}/chat?user=user-{user}&session=tab-{user}&question=Solve%203x%20%2B%2011%20%3D%2014"
    );
    let events = reqwest::get(url).await?.text().await?;
    let tokens = events
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    let tokens = tokens.filter_map(|token| serde_json::from_str::<String>(token).ok());
    Ok(tokens.collect())
}
