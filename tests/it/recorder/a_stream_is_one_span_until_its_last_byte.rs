//! A streamed response is recorded in the same form as a whole one, with its true duration and the time of
//! its first token. It is noticed if the reader stops early.

use std::time::Duration;

use futures_util::StreamExt;
use tracing_genai::openai::{TraceOptions, http_service};
use tracing_genai::testing::{InMemory, ReceivedSpan, Value};

use crate::support::reply_server::{Ending, Reply, ReplyServer};
use crate::support::versions::{Version, with_each_version};
use crate::support::{chat_stream_request, json_of, plain_async, traced};

fn request(model: &str, usage: bool) -> serde_json::Value {
    let mut request = chat_stream_request(model);
    request["stream_options"] = serde_json::json!({"include_usage": usage});
    request
}

async fn read(version: Version, model: &str, items: usize) -> InMemory {
    traced(None, async |url| {
        let client = version.client(url);
        if let Ok(stream) = client.chat_stream(&request(model, true)).await {
            stream.take(items).for_each(async |_| ()).await;
        }
    })
    .await
}

fn output(span: &ReceivedSpan) -> serde_json::Value {
    json_of(span, "gen_ai.output.messages")
}

async fn read_to_the_end(version: Version) {
    let memory = read(version, "gpt-4o-mini", usize::MAX).await;
    let span = memory.span("chat gpt-4o-mini");
    assert_eq!(span.error, None);
    assert_eq!(span.attributes["gen_ai.request.stream"], Value::Bool(true));
    let message = &output(&span)[0];
    assert!(
        message["parts"][0]["content"]
            .as_str()
            .unwrap()
            .contains("x = 1")
    );
    assert_eq!(message["finish_reason"], "stop");
    assert!(
        span.int("gen_ai.usage.output_tokens")
            .is_some_and(|tokens| tokens > 0)
    );
    assert_eq!(span.text("tracing_genai.stream.end"), Some("finished"));
    let Value::Double(first) = span.attributes["gen_ai.response.time_to_first_chunk"] else {
        panic!("{span:?}")
    };
    let duration = Duration::from_nanos(span.end - span.start).as_secs_f64();
    assert!(first > 0.0 && first < duration, "{first} of {duration}");
    assert!(
        span.text("tracing_genai.observation.completion_start_time")
            .is_some()
    );
    assert_eq!(span.attributes.get("tracing_genai.observation.level"), None);
}

async fn abandoned_by_its_reader(version: Version) {
    let memory = read(version, "gpt-4o-mini", 3).await;
    // The client's own task only notices it when the server sends something.
    let span = memory.spans().into_iter().next();
    let Some(span) = span else {
        return;
    };
    if span.text("tracing_genai.stream.end") == Some("finished") {
        // The whole stream had arrived before the reader stopped.
        return;
    }
    assert_eq!(span.text("tracing_genai.stream.end"), Some("cancelled"));
    assert_eq!(
        span.text("tracing_genai.observation.level"),
        Some("WARNING")
    );
    assert_eq!(span.error, None);
    assert_eq!(span.attributes.get("gen_ai.usage.output_tokens"), None);
}

async fn failed_midway(version: Version) {
    let memory = read(version, "error-stream", usize::MAX).await;
    let span = memory.span("chat error-stream");
    assert!(span.error.is_some(), "{span:?}");
    assert!(span.text("error.type").is_some());
    assert_eq!(span.int("http.response.status_code"), Some(200));
    assert_eq!(span.text("tracing_genai.stream.end"), Some("error"));
}

async fn broken_off_by_the_server(version: Version) {
    let memory = read(version, "cut", usize::MAX).await;
    let span = memory.span("chat cut");
    let level = span.text("tracing_genai.observation.level");
    assert!(span.error.is_some() || level == Some("WARNING"), "{span:?}");
}

async fn with_token_counts_that_the_service_requested(version: Version) {
    let memory = traced(None, async |url| {
        let service = http_service().with_options(TraceOptions::new().with_stream_usage(true));
        let client = version.client_of(url, service);
        let request = chat_stream_request("gpt-4o-mini");
        let stream = client.chat_stream(&request);
        stream.await.unwrap().for_each(async |_| ()).await;
    })
    .await;
    let span = memory.span("chat gpt-4o-mini");
    assert!(
        span.int("gen_ai.usage.input_tokens")
            .is_some_and(|tokens| tokens > 0)
    );
    assert!(
        span.int("gen_ai.usage.output_tokens")
            .is_some_and(|tokens| tokens > 0)
    );
}

/// One of two choices has ended, the other has not begun, and the body is over.
async fn ended_before_every_choice_had_begun(version: Version) {
    let chunk = |delta: &str, reason: Option<&str>| {
        let delta = serde_json::json!({"content": delta});
        let choice = serde_json::json!({"index": 0, "delta": delta, "finish_reason": reason});
        format!("data: {}\n\n", serde_json::json!({"choices": [choice]}))
    };
    for (count, is_whole) in [(2, false), (1, true)] {
        let parts = vec![chunk("x = 1", None), chunk("", Some("stop"))];
        let reply = Reply::events(parts, Duration::ZERO, Ending::Whole);
        let server = ReplyServer::start([reply]).await;
        let memory = plain_async(async {
            let mut request = request("gpt-4o-mini", false);
            request["n"] = count.into();
            let client = version.client(server.url());
            let stream = client.chat_stream(&request).await.unwrap();
            stream.for_each(async |_| ()).await;
        })
        .await;
        let span = memory.span("chat gpt-4o-mini");
        let (end, level) = match is_whole {
            true => ("finished", None),
            false => ("cut", Some("WARNING")),
        };
        assert_eq!(span.text("tracing_genai.stream.end"), Some(end));
        assert_eq!(span.text("tracing_genai.observation.level"), level);
        assert_eq!(span.error, None);
        let reasons: &[&str] = if is_whole {
            &["stop"]
        } else {
            &["stop", "error"]
        };
        let reasons = reasons.iter().copied().map(Value::from).collect();
        let recorded = &span.attributes["gen_ai.response.finish_reasons"];
        assert_eq!(recorded, &Value::Array(reasons));
    }
}

with_each_version!(
    ended_before_every_choice_had_begun,
    read_to_the_end,
    abandoned_by_its_reader,
    failed_midway,
    broken_off_by_the_server,
    with_token_counts_that_the_service_requested
);
