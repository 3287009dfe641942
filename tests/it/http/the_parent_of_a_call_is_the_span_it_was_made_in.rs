//! Even if the call is awaited elsewhere and its body is read on another task. The server learns of the trace
//! only on request.

use tracing::Instrument;
use tracing_genai::openai::TraceOptions;
use tracing_genai::testing::InMemory;

use crate::support::outcome::{client, traced};
use crate::support::plain_async;
use crate::support::raw_server::{RawServer, json_response};
use crate::support::versions::{Version, with_each_version};

async fn server() -> RawServer {
    RawServer::start(vec![json_response("{}")]).await
}

fn assert_parent(memory: &InMemory, caller: &str, other: &str) {
    let caller = memory.span(caller);
    let spans = memory.spans();
    assert_eq!(spans.len(), 3, "{spans:?}");
    let call = spans.iter().find(|span| span.kind == "CLIENT").unwrap();
    assert_eq!(call.parent_span_id, caller.span_id);
    assert_eq!(call.trace_id, caller.trace_id);
    assert_ne!(memory.span(other).trace_id, caller.trace_id);
}

async fn though_the_body_is_read_on_another_task(version: Version) {
    let server = server().await;
    let memory = plain_async(async {
        let caller = async { traced(version, client().build().unwrap(), server.url()).await };
        let caller = caller.instrument(tracing::info_span!("caller"));
        let response = caller.await.unwrap();
        let reader = async move { response.bytes().await.unwrap() };
        let reader = reader.instrument(tracing::info_span!("reader"));
        assert_eq!(tokio::spawn(reader).await.unwrap(), "{}");
    })
    .await;
    assert_parent(&memory, "caller", "reader");
}

async fn though_the_answer_is_awaited_on_another_task(version: Version) {
    let server = server().await;
    let memory = plain_async(async {
        let call = tracing::info_span!("caller")
            .in_scope(|| traced(version, client().build().unwrap(), server.url()));
        let waiter = async move { call.await.unwrap().bytes().await.unwrap() };
        let waiter = waiter.instrument(tracing::info_span!("waiter"));
        assert_eq!(tokio::spawn(waiter).await.unwrap(), "{}");
    })
    .await;
    assert_parent(&memory, "caller", "waiter");
}

/// The header that the server received, and what it should be if it was sent.
async fn traceparent(
    version: Version,
    service: tracing_genai::openai::HttpService,
) -> (Option<String>, String) {
    let server = server().await;
    let client = version.client_of(server.url(), service);
    let memory = plain_async(async {
        let request = serde_json::json!({"model": "gpt-4o", "messages": []});
        let answer = client.chat(&request).await.unwrap();
        assert_eq!(answer, serde_json::json!({}));
    })
    .await;
    let request = String::from_utf8(server.take_requests().remove(0)).unwrap();
    let header = |line: &str| line.strip_prefix("traceparent: ").map(str::to_owned);
    let span = memory.span("chat gpt-4o");
    let expected = format!("00-{}-{}-01", span.trace_id, span.span_id);
    (request.lines().find_map(header), expected)
}

async fn and_the_server_learns_of_it_only_on_request(version: Version) {
    let service = tracing_genai::openai::http_service;
    let (sent, expected) = traceparent(
        version,
        service().with_options(TraceOptions::new().with_propagation(true)),
    )
    .await;
    assert_eq!(sent, Some(expected));
    let (sent, _) = traceparent(version, service()).await;
    assert_eq!(sent, None);
}

with_each_version!(
    though_the_body_is_read_on_another_task,
    though_the_answer_is_awaited_on_another_task,
    and_the_server_learns_of_it_only_on_request
);
