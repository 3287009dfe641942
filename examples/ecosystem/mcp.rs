//! Tools on servers of the Model Context Protocol, with rmcp: one trace from the client into the server, by HTTP and
//! by stdio.
//!
//! ```sh
//! cargo run --manifest-path examples/ecosystem/Cargo.toml --bin mcp
//! ```
//!
//! By HTTP, rmcp is given a traced client: each message is a span by itself. By stdio there is no HTTP client, so the
//! program makes the span of the tool. Both times `_meta` carries the caller's span: a client of rmcp sends from a
//! task of its own, and the server goes on with the trace where the message says.
#![allow(clippy::print_stdout, reason = "the answers are for whoever runs this")]

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ClientJsonRpcMessage, ContentBlock,
    ErrorData, RequestMetaObject,
};
use rmcp::service::{RequestContext, RoleClient, RoleServer, RunningService};
use rmcp::transport::streamable_http_client::{
    StreamableHttpClient, StreamableHttpClientTransportConfig, StreamableHttpError,
    StreamableHttpPostResponse,
};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{
    StreamableHttpClientTransport, StreamableHttpServerConfig, StreamableHttpService,
    TokioChildProcess, stdio,
};
use rmcp::{ServerHandler, ServiceExt as _};
use serde_json::{Value, json};
use sse_stream::{Error as SseError, Sse, SseStream};
use tower::{Layer as _, ServiceExt as _};
use tracing_genai::http::{Trace, TraceLayer, TraceOptions};
use tracing_genai::{Telemetry, context, observation};

type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;
type Client = RunningService<RoleClient, ()>;

const SESSION_ID: &str = "mcp-session-id";

#[tokio::main]
async fn main() -> Result<()> {
    // The spans of rmcp itself are about its transports.
    let telemetry = Telemetry::builder().with_filter("info,rmcp=off");
    let _telemetry = telemetry.init()?;
    if std::env::args().any(|argument| argument == "serve") {
        let server = Weather.serve(stdio()).await?;
        server.waiting().await?;
        return Ok(());
    }
    let by_http = connect_by_http(serve_by_http().await?).await?;
    let by_stdio = connect_by_stdio().await?;
    println!("{}", plan_a_trip(&by_http, &by_stdio).await?);
    by_http.cancel().await?;
    by_stdio.cancel().await?;
    Ok(())
}

#[tracing::instrument(skip_all, ret, err)]
async fn plan_a_trip(by_http: &Client, by_stdio: &Client) -> Result<String> {
    let oslo = ask_by_http(by_http, "Oslo").await?;
    let bergen = ask_by_stdio(by_stdio, "Bergen").await?;
    Ok(format!("Oslo: {oslo}; Bergen: {bergen}"))
}

/// The traced client makes the span of the tool.
async fn ask_by_http(client: &Client, city: &str) -> Result<String> {
    let answer = client.call_tool(call(json!({ "city": city }))).await?;
    Ok(text(&answer))
}

/// The program makes the span of the tool.
async fn ask_by_stdio(client: &Client, city: &str) -> Result<String> {
    let arguments = json!({ "city": city });
    let tool = observation::tool("get_weather")
        .with_tool_arguments(&arguments)
        .start();
    let answer = client
        .call_tool(tool.span().in_scope(|| call(arguments)))
        .await?;
    let text = text(&answer);
    tool.set_tool_result(&text);
    Ok(text)
}

/// A call of the tool that carries the current span.
fn call(arguments: Value) -> CallToolRequestParams {
    let mut call = CallToolRequestParams::new("get_weather");
    call.arguments = arguments.as_object().cloned();
    if let Some(parent) = context::traceparent() {
        let mut meta = RequestMetaObject::new();
        meta.set_traceparent(parent);
        call.meta = Some(meta);
    }
    call
}

fn text(answer: &CallToolResult) -> String {
    let texts = answer.content.iter().filter_map(ContentBlock::as_text);
    texts.map(|text| text.text.as_str()).collect()
}

/// The server: it goes on with the trace of the message.
#[derive(Clone)]
struct Weather;

impl ServerHandler for Weather {
    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let city = request
            .arguments
            .as_ref()
            .and_then(|all| all["city"].as_str());
        let city = city.unwrap_or_default().to_owned();
        let parent = context.meta.get_traceparent().map(context::remote_parent);
        let weather = match parent {
            Some(Ok(parent)) => parent.wrap(get_weather(city)).await,
            _ => get_weather(city).await,
        };
        let answer = CallToolResult::success(vec![ContentBlock::text(weather)]);
        Ok(answer.into())
    }
}

#[tracing::instrument(ret)]
async fn get_weather(city: String) -> String {
    format!("{} degrees", city.len())
}

/// Starts a server in this process.
async fn serve_by_http() -> Result<String> {
    let service = StreamableHttpService::new(
        || Ok(Weather),
        Arc::new(LocalSessionManager::default()),
        StreamableHttpServerConfig::default(),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/mcp", listener.local_addr()?);
    let router = axum::Router::new().nest_service("/mcp", service);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

async fn connect_by_http(url: String) -> Result<Client> {
    let options = TraceOptions::new().with_propagation(true);
    let plain = reqwest::Client::new();
    let traced = TraceLayer::new().with_options(options).layer(plain.clone());
    let transport = StreamableHttpClientTransport::with_client(
        Traced { plain, traced },
        StreamableHttpClientTransportConfig::with_uri(url),
    );
    Ok(().serve(transport).await?)
}

/// Starts this program once more, as a server.
async fn connect_by_stdio() -> Result<Client> {
    let mut server = tokio::process::Command::new(std::env::current_exe()?);
    server.arg("serve");
    Ok(().serve(TokioChildProcess::new(server)?).await?)
}

/// A client for rmcp whose messages are traced. What the server sends on its own passes the plain one.
#[derive(Clone)]
struct Traced {
    plain: reqwest::Client,
    traced: Trace<reqwest::Client>,
}

impl StreamableHttpClient for Traced {
    type Error = reqwest::Error;

    async fn post_message(
        &self,
        uri: Arc<str>,
        message: ClientJsonRpcMessage,
        session_id: Option<Arc<str>>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<StreamableHttpPostResponse, StreamableHttpError<reqwest::Error>> {
        let mut request = self.plain.post(&*uri).json(&message);
        request = request.header(ACCEPT, "application/json, text/event-stream");
        request = request.headers(custom_headers.into_iter().collect());
        if let Some(id) = session_id {
            request = request.header(SESSION_ID, &*id);
        }
        if let Some(token) = auth_header {
            request = request.bearer_auth(token);
        }
        let answer = self.traced.clone().oneshot(request.build()?).await?;
        let answer = answer.error_for_status()?;
        let header = |name| answer.headers().get(name)?.to_str().ok().map(str::to_owned);
        let session_id = header(HeaderName::from_static(SESSION_ID));
        let is_stream = header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/event"));
        Ok(match answer.status() {
            StatusCode::ACCEPTED | StatusCode::NO_CONTENT => StreamableHttpPostResponse::Accepted,
            _ if is_stream => {
                let events = SseStream::from_bytes_stream(answer.bytes_stream());
                StreamableHttpPostResponse::Sse(events.boxed(), session_id)
            }
            _ => StreamableHttpPostResponse::Json(answer.json().await?, session_id),
        })
    }

    async fn delete_session(
        &self,
        uri: Arc<str>,
        session_id: Arc<str>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<(), StreamableHttpError<reqwest::Error>> {
        let plain = &self.plain;
        plain
            .delete_session(uri, session_id, auth_header, custom_headers)
            .await
    }

    async fn get_stream(
        &self,
        uri: Arc<str>,
        session_id: Option<Arc<str>>,
        last_event_id: Option<String>,
        auth_header: Option<String>,
        custom_headers: HashMap<HeaderName, HeaderValue>,
    ) -> Result<BoxStream<'static, Result<Sse, SseError>>, StreamableHttpError<reqwest::Error>>
    {
        let plain = &self.plain;
        plain
            .get_stream(uri, session_id, last_event_id, auth_header, custom_headers)
            .await
    }
}
