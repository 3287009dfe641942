//! Messages of the Model Context Protocol are spans by its conventions: what was called, with what, in which
//! session, and how it ended; whole and on a stream. Content obeys the settings for content.

use std::time::Duration;

use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use serde_json::{Value, json};
use tracing_genai::http::{TraceMiddleware, TraceOptions};
use tracing_genai::testing::{InMemory, ReceivedSpan};
use tracing_genai::{Mapping, context};

use crate::support::exchange::exchanged;
use crate::support::raw_server::{RawServer, Step, json_response};
use crate::support::reply_server::{Ending, Reply};
use crate::support::{conventions, json_of, only, received_async};

const REQUEST: &[u8] = include_bytes!("../../fixtures/mcp/tool_request.json");
const INITIALIZE: &[u8] = include_bytes!("../../fixtures/mcp/initialize_request.json");
const INITIALIZED: &str = include_str!("../../fixtures/mcp/initialize_response.json");
const ANSWER: &str = include_str!("../../fixtures/mcp/tool_response.json");
const FAILED: &str = include_str!("../../fixtures/mcp/tool_error.json");
const UNKNOWN: &str = include_str!("../../fixtures/mcp/rpc_error.json");
const EVENTS: &str = include_str!("../../fixtures/mcp/tool_stream.sse");
const ARGUMENTS: &str = r#"{"city":"Oslo","days":1.10,"asked":12345678901234567890123}"#;
const RESULT: &str = r#"{"temperature": 4.50, "at": "noon"}"#;

async fn called(mapping: Option<Mapping>, reply: Reply) -> ReceivedSpan {
    exchanged(mapping, "/mcp", REQUEST, reply).await
}

fn events(body: &str) -> Reply {
    let parts = body.split_inclusive("\n\n").map(str::to_owned);
    Reply::events(parts.collect(), Duration::ZERO, Ending::Whole)
}

fn client(options: TraceOptions) -> ClientWithMiddleware {
    ClientBuilder::new(reqwest::Client::new())
        .with(TraceMiddleware::new().with_options(options))
        .build()
}

/// The spans of `work` with a client and the address of a server that answers with these responses.
async fn spans_of<F: Future>(
    responses: Vec<Vec<Step>>,
    work: impl FnOnce(ClientWithMiddleware, String) -> F,
) -> InMemory {
    let server = RawServer::start(responses).await;
    let url = format!("http://{}/mcp", server.address);
    let work = work(client(TraceOptions::new()), url);
    received_async(None, |builder| builder, work).await
}

#[tokio::test]
async fn a_call_of_a_tool_is_one_with_arguments_and_result() {
    let span = called(None, Reply::json(200, ANSWER)).await;
    assert_eq!(span.name, "tools/call get_weather");
    assert_eq!(span.kind, "CLIENT");
    assert_eq!(span.error, None);
    for (key, expected) in [
        ("mcp.method.name", "tools/call"),
        ("jsonrpc.request.id", "3"),
        ("gen_ai.operation.name", "execute_tool"),
        ("gen_ai.tool.name", "get_weather"),
        ("gen_ai.tool.call.arguments", ARGUMENTS),
        ("gen_ai.tool.call.result", RESULT),
        ("network.protocol.name", "http"),
        ("network.transport", "tcp"),
    ] {
        assert_eq!(span.text(key), Some(expected), "{key}");
    }
    for absent in [
        "gen_ai.provider.name",
        "http.request.method",
        "url.template",
    ] {
        assert!(!span.attributes.contains_key(absent), "{absent}");
    }
}

#[tokio::test]
async fn langfuse_shows_a_tool() {
    let span = called(Some(Mapping::Langfuse), Reply::json(200, ANSWER)).await;
    assert_eq!(span.text("langfuse.observation.type"), Some("tool"));
    assert_eq!(span.text("langfuse.observation.input"), Some(ARGUMENTS));
    assert_eq!(span.text("langfuse.observation.output"), Some(RESULT));
    let span = exchanged(
        Some(Mapping::Langfuse),
        "/mcp",
        INITIALIZE,
        Reply::json(200, INITIALIZED),
    )
    .await;
    assert_eq!(span.text("langfuse.observation.type"), Some("span"));
    let output = json_of(&span, "langfuse.observation.output");
    assert_eq!(output["serverInfo"]["name"], "weather");
}

#[tokio::test]
async fn an_answer_on_a_stream_ends_with_the_response() {
    let span = called(None, events(EVENTS)).await;
    assert_eq!(span.error, None);
    let result = json_of(&span, "gen_ai.tool.call.result");
    assert_eq!(result[0], "4 degrees");
    let text = format!("{span:?}");
    assert!(!text.contains("iVBORw0KGgo"), "{text}");
    assert!(!text.contains("time_to_first_chunk"), "{text}");
    // What stays open after the response belongs to nobody.
    let parts = EVENTS.split_inclusive("\n\n").map(str::to_owned).collect();
    let open = Reply::events(parts, Duration::ZERO, Ending::Breaks);
    assert!(called(None, events(EVENTS)).await.attributes.len() > 5);
    let span = exchanged_until_error(open).await;
    assert_eq!(span.text("gen_ai.tool.name"), Some("get_weather"));
    // The client may resume it.
    let cut = EVENTS.split("event: message\nid: 5").next().unwrap();
    let span = called(None, events(cut)).await;
    assert_eq!(span.error, None);
    assert_eq!(
        span.text("tracing_genai.observation.level"),
        Some("WARNING")
    );
}

async fn exchanged_until_error(reply: Reply) -> ReceivedSpan {
    use crate::support::reply_server::ReplyServer;
    let server = ReplyServer::start([reply]).await;
    let work = async {
        let request = client(TraceOptions::new()).post(server.url()).body(REQUEST);
        let _broken = request.send().await.unwrap().bytes().await;
    };
    only(&received_async(None, |builder| builder, work).await)
}

#[tokio::test]
async fn failures_are_those_of_the_tool_or_of_the_protocol() {
    let span = called(None, Reply::json(200, FAILED)).await;
    assert_eq!(span.text("error.type"), Some("tool_error"));
    assert!(span.error.is_some());
    assert!(!span.attributes.contains_key("gen_ai.tool.call.result"));
    let output = span.text("tracing_genai.observation.output");
    assert_eq!(output, Some("no station in Atlantis"));
    for status in [200, 400] {
        let span = called(None, Reply::json(status, UNKNOWN)).await;
        assert_eq!(span.text("error.type"), Some("-32602"));
        assert_eq!(span.text("rpc.response.status_code"), Some("-32602"));
        assert_eq!(span.error.as_deref(), Some("Unknown tool: get_wether"));
    }
    let gateway = json!({"error": {"code": 502, "message": "bad gateway"}});
    let span = called(None, Reply::json(502, gateway)).await;
    assert!(!span.attributes.contains_key("rpc.response.status_code"));
    assert_eq!(span.error.as_deref(), Some("bad gateway"));
}

#[tokio::test]
async fn the_session_is_known_from_its_opening_on() {
    let opened = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nmcp-session-id: s-1\r\n\
         content-length: {}\r\n\r\n{INITIALIZED}",
        INITIALIZED.len()
    );
    let accepted = "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
    let scripts = [opened.as_str(), accepted].map(|text| vec![Step::Send(text.into())]);
    let memory = spans_of(scripts.into(), async |client, url| {
        let answer = client.post(&url).body(INITIALIZE).send().await.unwrap();
        let _read = answer.bytes().await.unwrap();
        let body = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        let notification = client.post(&url).header("mcp-session-id", "s-1");
        let notification = notification.header("mcp-protocol-version", "2025-06-18");
        let _accepted = notification.body(body).send().await.unwrap().bytes().await;
    })
    .await;
    for (name, id) in [
        ("initialize", Some("0")),
        ("notifications/initialized", None),
    ] {
        let span = memory.span(name);
        assert_eq!(span.text("mcp.session.id"), Some("s-1"), "{name}");
        assert_eq!(
            span.text("mcp.protocol.version"),
            Some("2025-06-18"),
            "{name}"
        );
        assert_eq!(span.text("jsonrpc.request.id"), id, "{name}");
        assert_eq!(span.error, None, "{name}");
        assert!(!span.attributes.contains_key("gen_ai.operation.name"));
    }
}

#[tokio::test]
async fn what_belongs_to_the_server_is_no_span() {
    let memory = spans_of(vec![json_response("{}")], async |client, url| {
        let session =
            |request: reqwest_middleware::RequestBuilder| request.header("mcp-session-id", "s-1");
        let answer = r#"{"jsonrpc":"2.0","id":"s1","result":{"content":"private"}}"#;
        for request in [
            client.get(&url).header("accept", "text/event-stream"),
            client.delete(&url),
            client.post(&url).body(answer),
        ] {
            let _read = session(request).send().await.unwrap().bytes().await;
        }
    })
    .await;
    assert!(memory.spans().is_empty());
}

#[tokio::test]
async fn content_is_left_out_on_request() {
    use crate::support::reply_server::ReplyServer;
    let server = ReplyServer::start([Reply::json(200, ANSWER), Reply::json(200, FAILED)]).await;
    let settings = |builder: tracing_genai::TelemetryBuilder| builder.with_content(false);
    let memory = received_async(None, settings, async {
        for _ in 0..2 {
            let request = client(TraceOptions::new()).post(server.url()).body(REQUEST);
            let _read = request.send().await.unwrap().bytes().await.unwrap();
        }
    })
    .await;
    let spans = memory.spans();
    assert_eq!(spans.len(), 2);
    let text = format!("{spans:?}");
    for content in ["Oslo", "noon", "Atlantis"] {
        assert!(!text.contains(content), "{text}");
    }
    conventions::assert_kept(&spans);
}

/// The body that a server receives, and the span of the call.
async fn sent(options: TraceOptions) -> (String, ReceivedSpan) {
    let server = RawServer::start(vec![json_response(ANSWER)]).await;
    let url = format!("http://{}/mcp", server.address);
    let settings = |builder: tracing_genai::TelemetryBuilder| builder.with_baggage(true);
    let memory = received_async(None, settings, async {
        let attributes = context::Attributes::new().with_session("visit-7");
        let call = async {
            let request = client(options).post(url).body(REQUEST);
            let _read = request.send().await.unwrap().bytes().await.unwrap();
        };
        context::scope(attributes).wrap(call).await;
    })
    .await;
    let request = String::from_utf8(server.take_requests().remove(0)).unwrap();
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    (body.to_owned(), only(&memory))
}

#[tokio::test]
async fn the_message_carries_the_context_only_on_request() {
    let (body, span) = sent(TraceOptions::new()).await;
    assert_eq!(body.as_bytes(), REQUEST);
    assert_eq!(span.text("gen_ai.tool.call.arguments"), Some(ARGUMENTS));
    let (body, span) = sent(TraceOptions::new().with_propagation(true)).await;
    let message: Value = serde_json::from_str(&body).unwrap();
    let carried = &message["params"]["_meta"];
    let parent = format!("00-{}-{}-01", span.trace_id, span.span_id);
    assert_eq!(carried["traceparent"], parent);
    assert_eq!(carried["progressToken"], 7);
    let baggage = carried["baggage"].as_str().unwrap();
    assert!(baggage.contains("visit-7"), "{baggage}");
    assert!(body.contains(ARGUMENTS), "{body}");
}

#[tokio::test]
async fn a_client_without_a_span_takes_the_parent_from_the_message() {
    let body = |parent: &str| {
        let meta = json!({ "traceparent": parent });
        let params = json!({"name": "get_weather", "_meta": meta});
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string()
    };
    let memory = spans_of(vec![json_response(ANSWER)], async |client, url| {
        let caller = tracing::info_span!("caller");
        let parent = caller.in_scope(context::traceparent).unwrap();
        let send = async |body: String| {
            let request = client.post(&url).body(body);
            let _read = request.send().await.unwrap().bytes().await.unwrap();
        };
        send(body(&parent)).await;
        send(body("nonsense")).await;
        // Whoever is somewhere is there.
        let there = tracing::info_span!("there");
        tracing::Instrument::instrument(send(body(&parent)), there).await;
    })
    .await;
    let calls: Vec<_> = memory
        .spans()
        .into_iter()
        .filter(|span| span.name.starts_with("tools/"))
        .collect();
    let parents: Vec<_> = calls
        .iter()
        .map(|call| call.parent_span_id.as_str())
        .collect();
    let (caller, there) = (memory.span("caller").span_id, memory.span("there").span_id);
    assert_eq!(parents, [caller.as_str(), "", there.as_str()]);
}

#[tokio::test]
async fn a_tool_that_a_model_asks_for_has_one_span() {
    let asks = json!({"id": "c", "object": "chat.completion", "model": "m", "choices": [{"index": 0,
    "finish_reason": "tool_calls", "message": {"role": "assistant", "tool_calls": [
        {"id": "call_1", "type": "function",
            "function": {"name": "weather__get_weather", "arguments": "{}"}},
        {"id": "call_2", "type": "function", "function": {"name": "add", "arguments": "{}"}},
    ]}}]});
    let scripts = [asks.to_string().as_str(), ANSWER, r#"{"choices":[]}"#].map(json_response);
    let server = RawServer::start(scripts.into()).await;
    let url = |path: &str| format!("http://{}{path}", server.address);
    let results = json!({"model": "m", "messages": [
        {"role": "tool", "tool_call_id": "call_1", "content": "cold"},
        {"role": "tool", "tool_call_id": "call_2", "content": "4"},
    ]});
    let question = json!({"model": "m", "messages": [{"role": "user", "content": "Oslo?"}]});
    let message = String::from_utf8(REQUEST.to_vec()).unwrap();
    let lesson = async {
        let client = client(TraceOptions::new());
        for (path, body) in [
            ("/v1/chat/completions", question.to_string()),
            ("/mcp", message),
            ("/v1/chat/completions", results.to_string()),
        ] {
            let request = client.post(url(path)).body(body);
            let _read = request.send().await.unwrap().bytes().await.unwrap();
        }
    };
    let memory = received_async(None, |builder| builder, async {
        use tracing::Instrument as _;
        lesson.instrument(tracing::info_span!("lesson")).await;
    })
    .await;
    let is_tool = |span: &ReceivedSpan| span.text("gen_ai.operation.name") == Some("execute_tool");
    let spans = memory.spans();
    let mut tools: Vec<_> = spans
        .iter()
        .filter(|span| is_tool(span))
        .map(|span| span.name.as_str())
        .collect();
    tools.sort_unstable();
    assert_eq!(tools, ["execute_tool add", "tools/call get_weather"]);
}
