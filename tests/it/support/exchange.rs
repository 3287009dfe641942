//! One call of any API, by a traced client, to a server that gives one reply.

use reqwest_middleware::ClientBuilder;
use tracing_genai::openai::TraceMiddleware;
use tracing_genai::testing::ReceivedSpan;
use tracing_genai::{Mapping, Telemetry};

use super::reply_server::{Reply, ReplyServer};
use super::{SOON, assert_delivered, conventions, memory_with, only, within_async};

/// Posts the body to the path and reads the reply to its end; the span of it is delivered.
pub async fn exchange(telemetry: &Telemetry, path: &str, body: &[u8], reply: Reply) {
    let server = ReplyServer::start_slow([reply], telemetry).await;
    let root = server.url().trim_end_matches("/v1").to_owned();
    within_async(telemetry, async {
        let client = ClientBuilder::new(reqwest::Client::new())
            .with(TraceMiddleware::new())
            .build();
        let post = client.post(format!("{root}{path}"));
        let post = post.header("content-type", "application/json");
        let answer = post.body(body.to_vec()).send().await.unwrap();
        let _read = answer.bytes().await.unwrap();
    })
    .await;
    assert_delivered(&telemetry.flush_async(SOON).await);
}

/// Posts the body to the path, reads the reply to its end, and returns the only span.
pub async fn exchanged(
    mapping: Option<Mapping>,
    path: &str,
    body: &[u8],
    reply: Reply,
) -> ReceivedSpan {
    let (memory, telemetry) = memory_with(mapping, |builder| builder);
    exchange(&telemetry, path, body, reply).await;
    let span = only(&memory);
    if mapping.is_none() {
        conventions::assert_kept(std::slice::from_ref(&span));
    }
    span
}
