//! The client reads streams in a task of its own. That task only notices that the reader has stopped when the
//! server sends something, and the program may end before that.

use std::time::Duration;

use futures_util::StreamExt;

use crate::support::reply_server::{Ending, Reply, ReplyServer};
use crate::support::versions::{Version, with_each_version};
use crate::support::{SOON, assert_delivered, chat_stream_request, memory, within_async};

#[tracing::instrument(skip_all)]
async fn lesson(version: Version, url: String) {
    let request = chat_stream_request("gpt-4o-mini");
    let stream = version.client(url).chat_stream(&request).await.unwrap();
    stream.take(1).for_each(async |_| ()).await;
}

async fn the_call_and_its_caller_arrive(version: Version) {
    let chunk = r#"{"choices":[{"index":0,"delta":{"content":"x"}}]}"#;
    let parts = vec![format!("data: {chunk}\n\n"); 3];
    let reply = Reply::events(parts, Duration::from_millis(100), Ending::Hangs);
    let server = ReplyServer::start([reply]).await;
    let (memory, telemetry) = memory(None);
    within_async(&telemetry, lesson(version, server.url())).await;
    assert_delivered(&telemetry.shutdown_async(SOON).await);
    let call = memory.span("chat gpt-4o-mini");
    assert_eq!(call.text("tracing_genai.stream.end"), Some("cancelled"));
    assert_eq!(call.parent_span_id, memory.span("lesson").span_id);
}

with_each_version!(the_call_and_its_caller_arrive);
