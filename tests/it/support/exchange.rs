//! One call of any API, by a traced client, to a server that gives one reply.

use reqwest_middleware::ClientBuilder;
use tracing_genai::Mapping;
use tracing_genai::openai::TraceMiddleware;
use tracing_genai::testing::ReceivedSpan;

use super::reply_server::{Reply, ReplyServer};
use super::{conventions, only, received_async};

/// Posts the body to the path, reads the reply to its end, and returns the only span.
pub async fn exchanged(
    mapping: Option<Mapping>,
    path: &str,
    body: &[u8],
    reply: Reply,
) -> ReceivedSpan {
    let server = ReplyServer::start([reply]).await;
    let root = server.url().trim_end_matches("/v1").to_owned();
    let memory = received_async(mapping, |builder| builder, async {
        let client = ClientBuilder::new(reqwest::Client::new())
            .with(TraceMiddleware::new())
            .build();
        let post = client.post(format!("{root}{path}"));
        let post = post.header("content-type", "application/json");
        let answer = post.body(body.to_vec()).send().await.unwrap();
        let _read = answer.bytes().await.unwrap();
    })
    .await;
    let span = only(&memory);
    if mapping.is_none() {
        conventions::assert_kept(std::slice::from_ref(&span));
    }
    span
}
