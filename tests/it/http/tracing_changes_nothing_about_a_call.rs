//! Without a subscriber, unsampled, with bodies that are huge, deeply nested or of a wrong length, unread or
//! never requested: the caller gets what it would get without tracing, and a call is at most one span.

use bytes::Bytes;
use opentelemetry_sdk::trace::Sampler;
use tracing::instrument::WithSubscriber;
use tracing_genai::testing::InMemory;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

use crate::support::outcome::{Reading, both, client, outcome, v043};
use crate::support::raw_server::{RawServer, Step, json_response, response_of_length};
use crate::support::{SOON, memory, memory_with, only, plain_async, within_async};

/// Runs `work` with the address of a server that follows this script, and returns what was exported.
async fn exported<F: Future>(script: Vec<Step>, work: impl FnOnce(String) -> F) -> InMemory {
    let server = RawServer::start(vec![script]).await;
    plain_async(work(server.url())).await
}

#[tokio::test]
async fn without_a_subscriber() {
    let server = RawServer::start(vec![json_response("{}")]).await;
    let client = client().build().unwrap();
    let plain = v043::plain(client.clone(), server.url());
    let plain = outcome(&server, plain, Reading::Frames).await;
    let traced = v043::traced(client, server.url());
    assert_eq!(outcome(&server, traced, Reading::Frames).await, plain);
}

#[tokio::test]
async fn nothing_is_recorded_or_a_filter_hides_it() {
    let server = RawServer::start(vec![json_response("{}")]).await;
    let client = client().build().unwrap();
    let plain = v043::plain(client.clone(), server.url());
    let plain = outcome(&server, plain, Reading::Frames).await;

    let call = async || {
        let traced = v043::traced(client.clone(), server.url());
        outcome(&server, traced, Reading::Frames).await
    };

    let (off, telemetry) = memory_with(None, |builder| builder.with_sampler(Sampler::AlwaysOff));
    assert_eq!(within_async(&telemetry, call()).await, plain);
    let below_a_span = async {
        let span = tracing::info_span!("caller");
        tracing::Instrument::instrument(call(), span).await
    };
    assert_eq!(within_async(&telemetry, below_a_span).await, plain);
    telemetry.flush_async(SOON).await;

    let (hidden, telemetry) = memory(None);
    let subscriber = tracing_subscriber::registry()
        .with(LevelFilter::OFF)
        .with(telemetry.layer());
    assert_eq!(call().with_subscriber(subscriber).await, plain);
    telemetry.flush_async(SOON).await;
    // A filter for logs takes no model call away.
    assert_eq!((off.spans().len(), hidden.spans().len()), (0, 1));
}

#[tokio::test]
async fn a_body_of_50_mb() {
    const SIZE: usize = 50 << 20;
    let mut body = br#"{"id":"chatcmpl-1","choices":[{"index":0,"message":{"content":""#.to_vec();
    body.resize(SIZE, b'a');
    body.extend_from_slice(br#""},"finish_reason":"stop"}],"usage":{"prompt_tokens":7}}"#);
    let memory = exported(response_of_length(body.len(), &body), async |url| {
        let client = client().build().unwrap();
        let response = v043::traced(client, url).await.unwrap();
        assert_eq!(response.content_length(), Some(body.len() as u64));
        let received = response.bytes().await.unwrap();
        // Without `assert_eq`, which would print them.
        assert!(received == body);
    })
    .await;
    let span = only(&memory);
    let size = format!("{span:?}").len();
    assert!(size < 2 << 20, "{size}");
    assert_eq!(span.error, None);
}

#[tokio::test]
async fn json_10_000_deep() {
    let arrays = ["[".repeat(10_000), "]".repeat(10_000)].concat();
    let objects = format!("{}1{}", r#"{"choices":"#.repeat(10_000), "}".repeat(10_000));
    let unclosed = r#"{"choices":[{"message":"#.repeat(10_000);
    for body in [arrays, objects, unclosed] {
        let script = response_of_length(body.len(), body.as_bytes());
        let outcome = both(vec![script], Reading::Whole, client().build().unwrap()).await;
        assert_eq!(outcome.answer.unwrap().whole, Some(Bytes::from(body)));
    }
}

#[tokio::test]
async fn a_length_that_is_not_true() {
    let client = client().build().unwrap();
    let outcome = both(
        vec![response_of_length(9, b"{}")],
        Reading::Whole,
        client.clone(),
    )
    .await;
    assert!(outcome.answer.unwrap().error.is_some());
    let outcome = both(
        vec![response_of_length(2, b"{}{}{}")],
        Reading::Whole,
        client.clone(),
    )
    .await;
    assert_eq!(outcome.answer.unwrap().whole, Some(Bytes::from("{}")));
    let most = usize::MAX >> 1;
    let outcome = both(
        vec![response_of_length(most, b"{}")],
        Reading::Frames,
        client,
    )
    .await;
    assert!(outcome.answer.unwrap().error.is_some());
}

#[tokio::test]
async fn an_unread_body() {
    let mut script = response_of_length(10, b"{");
    script.push(Step::Hang);
    let memory = exported(script, async |url| {
        let response = v043::traced(client().build().unwrap(), url).await.unwrap();
        drop(response);
    })
    .await;
    let span = only(&memory);
    assert_eq!(span.text("tracing_genai.stream.end"), Some("cancelled"));
}

#[tokio::test]
async fn a_future_that_is_never_polled() {
    let memory = exported(vec![Step::Hang], async |url| {
        drop(v043::traced(client().build().unwrap(), url));
    })
    .await;
    assert!(memory.spans().is_empty());
}

#[tokio::test]
async fn a_future_that_is_dropped_before_the_answer() {
    let memory = exported(vec![Step::Hang], async |url| {
        let call = v043::traced(client().build().unwrap(), url);
        let short = std::time::Duration::from_millis(100);
        assert!(tokio::time::timeout(short, call).await.is_err());
    })
    .await;
    let span = only(&memory);
    assert_eq!(span.text("tracing_genai.stream.end"), Some("cancelled"));
}

#[tokio::test]
async fn a_response_that_is_kept() {
    let answer =
        r#"{"choices":[{"message":{"role":"assistant","content":"4"},"finish_reason":"stop"}]}"#;
    let server = RawServer::start(vec![json_response(answer)]).await;
    let (memory, telemetry) = memory(None);
    let call = async {
        let client = client().build().unwrap();
        v043::traced(client, server.url()).await.unwrap()
    };
    let mut response = within_async(&telemetry, call).await;
    telemetry.flush_async(SOON).await;
    // Its body has not ended.
    assert!(memory.spans().is_empty());
    while response.chunk().await.unwrap().is_some() {}
    telemetry.flush_async(SOON).await;
    assert_eq!(memory.spans().len(), 1);
    // Reading on and dropping it do not end it again.
    assert!(response.chunk().await.unwrap().is_none());
    drop(response);
    telemetry.flush_async(SOON).await;
    assert_eq!(only(&memory).error, None);
}
