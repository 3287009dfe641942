//! Streamed chats that are read to the end, abandoned, never read or broken off.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::Value;
use tower_service::Service;
use tracing_genai::testing::{ReceivedSpan, Value as Attribute};

use super::reference::{PAUSE, Recorded};
use super::{assert_has_what_the_wrapper_exports, assert_is_the_chat, only_call, replayed, shown};
use crate::support::only;
use crate::support::reply_server::Ending;
use crate::support::versions::{Version, with_each_version};

/// Streams a case, reads this number of items, and drops the stream.
async fn stream(version: Version, call: Recorded, ending: Ending, items: usize) -> ReceivedSpan {
    let memory = replayed(call.chat_stream(ending), async |url| {
        let client = version.client(url);
        let request = call.chat_stream_request();
        let stream = client.chat_stream(&request).await.unwrap();
        stream.take(items).for_each(async |_| ()).await;
    })
    .await;
    let span = only(&memory);
    let streamed = span.attributes.get("gen_ai.request.stream");
    assert_eq!(streamed, Some(&Attribute::Bool(true)));
    assert_eq!(shown(&span, "input"), call.json("input").unwrap());
    span
}

/// The first content counts, not the chunk with only the role that came one pause earlier.
fn assert_starts_with_its_content(span: &ReceivedSpan) {
    let Attribute::Double(first) = span.attributes["gen_ai.response.time_to_first_chunk"] else {
        panic!("{span:?}")
    };
    let start = span
        .text("langfuse.observation.completion_start_time")
        .unwrap();
    let start = nanoseconds(start).checked_sub(span.start).unwrap();
    let chunk = Duration::from_secs_f64(first);
    let content = Duration::from_nanos(start);
    assert!(content >= chunk + PAUSE / 8, "{content:?} and {chunk:?}");
    assert!(span.start + start <= span.end);
}

fn nanoseconds(time: &str) -> u64 {
    let format = &time::format_description::well_known::Rfc3339;
    let time = time::OffsetDateTime::parse(time, format).unwrap();
    time.unix_timestamp_nanos().try_into().unwrap()
}

async fn whole(version: Version, case: &str) {
    let call = only_call(case);
    let span = stream(version, call, Ending::Whole, usize::MAX).await;
    assert_is_the_chat(&span, call);
    assert_starts_with_its_content(&span);
}

async fn read_to_the_end_with_usage(version: Version) {
    whole(version, "chat_stream_usage").await;
}

async fn read_to_the_end_without_usage(version: Version) {
    whole(version, "chat_stream_nousage").await;
}

async fn read_to_the_end_with_tools(version: Version) {
    whole(version, "chat_tools_stream").await;
}

async fn read_to_the_end_as_a_helper_does(version: Version) {
    whole(version, "chat_stream_helper").await;
}

/// What arrived is exported as incomplete, without an invented usage.
#[track_caller]
fn assert_was_left(span: &ReceivedSpan, call: Recorded) {
    assert_has_what_the_wrapper_exports(span, call);
    assert_eq!(span.text("langfuse.observation.level"), Some("WARNING"));
    let message = span.text("langfuse.observation.status_message").unwrap();
    assert!(message.contains("cancelled"), "{message}");
    assert_eq!(span.error, None);
    assert_eq!(span.text("gen_ai.response.id"), Some("chatcmpl-ref"));
    let text = shown(span, "output")[0]["content"].clone();
    let expected = call.outputs()[0]["content"].clone();
    let trimmed = |text: &Value| text.as_str().unwrap().trim_end().to_owned();
    assert_eq!(trimmed(&text), trimmed(&expected));
}

async fn left_after_three_items(version: Version) {
    let call = only_call("chat_stream_break");
    let span = stream(version, call, Ending::Hangs, 3).await;
    assert_was_left(&span, call);
    assert_starts_with_its_content(&span);
}

async fn left_because_its_task_was_cancelled(version: Version) {
    let call = only_call("async_stream_cancel");
    let reply = call.chat_stream(Ending::Hangs);
    let items = reply.parts();
    let memory = replayed(reply, async |url| {
        let client = version.client(url);
        let request = call.chat_stream_request();
        let (all, all_are_read) = tokio::sync::oneshot::channel();
        let reading = async {
            let mut stream = client.chat_stream(&request).await.unwrap();
            for _ in 0..items {
                stream.next().await.unwrap().unwrap();
            }
            all.send(()).unwrap();
            stream.next().await
        };
        tokio::select! {
            item = reading => panic!("{item:?}"),
            read = all_are_read => read.unwrap(),
        }
    })
    .await;
    assert_was_left(&only(&memory), call);
}

/// The wrapper exports nothing.
async fn never_read(version: Version) {
    assert!(super::reference::calls("chat_stream_never_iterated").is_empty());
    let call = only_call("chat_stream_usage");
    let span = stream(version, call, Ending::Hangs, 0).await;
    assert_eq!(span.text("langfuse.observation.level"), Some("WARNING"));
    assert_eq!(span.text("langfuse.observation.type"), Some("generation"));
    assert_eq!(shown(&span, "usage_details"), Value::Null);
}

/// The wrapper's span ends like a success.
async fn broken_off_by_the_server(version: Version) {
    let call = only_call("chat_stream_server_dies");
    let span = stream(version, call, Ending::Breaks, usize::MAX).await;
    assert_eq!(span.text("langfuse.observation.level"), Some("ERROR"));
    assert!(span.error.as_deref().is_some_and(|error| !error.is_empty()));
    assert!(span.text("error.type").is_some());
    assert_has_what_the_wrapper_exports(&span, call);
    let text = shown(&span, "output")[0]["content"].clone();
    assert_eq!(text, call.outputs()[0]["content"]);
}

/// The caller reads the bytes of the body; the wrapper exports nothing.
#[tokio::test]
async fn read_as_bytes() {
    assert!(super::reference::calls("chat_streaming_response").is_empty());
    let call = only_call("chat_stream_usage");
    let memory = replayed(call.chat_stream(Ending::Whole), async |url| {
        let factory = async_openai::middleware::HttpRequestFactory::new(move || {
            let client = reqwest::Client::new();
            let post = client.post(format!("{url}/chat/completions"));
            let request = post.body(call.chat_stream_request().to_string()).build();
            async { request.map_err(async_openai::error::OpenAIError::Reqwest) }
        });
        let mut service = tracing_genai::openai::http_service();
        let response =
            Service::<async_openai::middleware::HttpRequestFactory>::call(&mut service, factory);
        let mut response = response.await.unwrap();
        while let Some(chunk) = response.chunk().await.unwrap() {
            assert!(!chunk.is_empty());
        }
    })
    .await;
    assert_is_the_chat(&only(&memory), call);
}

with_each_version!(
    read_to_the_end_with_usage,
    read_to_the_end_without_usage,
    read_to_the_end_with_tools,
    read_to_the_end_as_a_helper_does,
    left_after_three_items,
    left_because_its_task_was_cancelled,
    never_read,
    broken_off_by_the_server
);
