//! Durations, chunks and tokens of calls arrive at a backend with the attributes of their spans.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use tracing_genai::testing::{ReceivedSpan, Value};

use crate::openai_sim;
use crate::support::metrics::{Metrics, Point, measured};
use crate::support::reply_server::{Ending, Reply, ReplyServer};
use crate::support::versions::Version;
use crate::support::{SOON, chat_request, chat_stream_request};

fn attributes_of(span: &ReceivedSpan, keys: &[&str]) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    let one = |key: &&str| Some(((*key).to_owned(), text(span.attributes.get(*key)?)));
    keys.iter().filter_map(one).collect()
}

const CALL: [&str; 6] = [
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "server.address",
    "server.port",
];
const OPENAI: [&str; 2] = [
    "openai.response.service_tier",
    "openai.response.system_fingerprint",
];

/// The value is the span's duration plus what passes between two readings of the clock.
fn assert_lasted(point: &Point, span: &ReceivedSpan) {
    let duration = Duration::from_nanos(span.end - span.start).as_secs_f64();
    assert_eq!(point.count, 1);
    let more = point.sum - duration;
    assert!((0.0..SOON.as_secs_f64()).contains(&more), "{more}");
}

fn tokens(metrics: &Metrics, name: &str) -> Option<i64> {
    let metric = metrics.get(name)?;
    assert_eq!((metric.unit.as_str(), metric.kind), ("{token}", "counter"));
    Some(metric.sum() as i64)
}

#[tokio::test]
async fn a_chat() {
    let server = openai_sim::start().await.unwrap();
    let (memory, metrics) = measured(async {
        let client = Version::V043.client(server.base_url());
        client.chat(&chat_request("gpt-4o-mini")).await.unwrap();
        // By now, part of the prompt is cached.
        client.chat(&chat_request("gpt-4o-mini")).await.unwrap();
    })
    .await;
    let spans = memory.spans();
    let [first, second] = &spans[..] else {
        panic!("{spans:?}")
    };
    let duration = &metrics["gen_ai.client.inference.duration"];
    let expected = attributes_of(first, &[&CALL[..], &OPENAI].concat());
    assert!(expected.len() >= 7, "{expected:?}");
    assert_eq!(duration.point().attributes, expected);
    assert_eq!(duration.count(), 2);
    for (metric, key) in [
        ("usage.input_tokens", "gen_ai.usage.input_tokens"),
        ("usage.output_tokens", "gen_ai.usage.output_tokens"),
        (
            "usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read.input_tokens",
        ),
        (
            "usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning.output_tokens",
        ),
    ] {
        let of_spans = [first, second].map(|span| span.int(key).unwrap_or_default());
        let name = format!("gen_ai.client.inference.{metric}");
        let counted = tokens(&metrics, &name).unwrap_or_default();
        assert_eq!(counted, of_spans.iter().sum::<i64>(), "{name}");
    }
    let input = &metrics["gen_ai.client.inference.usage.input_tokens"];
    let mut with_modality = expected.clone();
    with_modality.insert("gen_ai.token.modality".into(), "unknown".into());
    assert_eq!(input.point().attributes, with_modality);
    let distribution = &metrics["gen_ai.client.inference.operation.input_tokens"];
    assert_eq!((distribution.count(), distribution.sum()), (2, input.sum()));
    assert_eq!(distribution.point().attributes, expected);
    assert!(!metrics.contains_key("gen_ai.client.inference.time_to_first_chunk"));
    assert!(!metrics.contains_key("gen_ai.client.operation.duration"));
}

#[tokio::test]
async fn a_stream_whose_chunks_take_their_time() {
    let chunk = |text: &str, reason: Option<&str>| {
        let choice =
            serde_json::json!({"index": 0, "delta": {"content": text}, "finish_reason": reason});
        let chunk = serde_json::json!({"model": "gpt-4o-mini-1", "choices": [choice]});
        format!("data: {chunk}\n\n")
    };
    let pause = Duration::from_millis(30);
    let parts = vec![
        chunk("x", None),
        chunk(" = ", None),
        chunk("1", None),
        chunk("", Some("stop")),
        "data: [DONE]\n\n".to_owned(),
    ];
    let server = ReplyServer::start([Reply::events(parts, pause, Ending::Whole)]).await;
    let (memory, metrics) = measured(async {
        let client = Version::V043.client(server.url());
        let request = chat_stream_request("gpt-4o-mini");
        let stream = client.chat_stream(&request).await.unwrap();
        stream.for_each(async |_| ()).await;
    })
    .await;
    let span = memory.span("chat gpt-4o-mini");
    let expected = attributes_of(&span, &CALL);
    assert_eq!(expected["gen_ai.response.model"], "gpt-4o-mini-1");

    let first = metrics["gen_ai.client.inference.time_to_first_chunk"].point();
    assert_eq!(first.attributes, expected);
    let Value::Double(of_span) = span.attributes["gen_ai.response.time_to_first_chunk"] else {
        panic!("{span:?}")
    };
    assert_eq!((first.count, first.sum), (1, of_span));
    // Every chunk after the first; the mark of the end is not a chunk.
    let each = metrics["gen_ai.client.inference.time_per_output_chunk"].point();
    assert_eq!(each.attributes, expected);
    assert_eq!(each.count, 3);
    let duration = metrics["gen_ai.client.inference.duration"].point();
    assert_lasted(duration, &span);
    assert!(each.sum < duration.sum - first.sum);
    // The server did not send a usage.
    assert_eq!(
        tokens(&metrics, "gen_ai.client.inference.usage.input_tokens"),
        None
    );
}

#[tokio::test]
async fn embeddings_have_a_duration_of_their_own_and_nothing_else() {
    let server = openai_sim::start().await.unwrap();
    let (memory, metrics) = measured(async {
        let client = Version::V043.client(server.base_url());
        let request = serde_json::json!({"model": "text-embedding-3-small", "input": "a"});
        client.embed(&request).await.unwrap();
        // The conventions do not define this operation.
        let request = serde_json::json!({"input": "a"});
        client.moderate(&request).await.unwrap();
    })
    .await;
    let span = memory.span("embeddings text-embedding-3-small");
    let names: Vec<_> = metrics.keys().collect();
    assert_eq!(names, ["gen_ai.client.operation.duration"]);
    let point = metrics["gen_ai.client.operation.duration"].point();
    assert_lasted(point, &span);
    assert_eq!(point.attributes, attributes_of(&span, &CALL));
}

#[tokio::test]
async fn a_call_that_failed_or_was_retried_counts_once() {
    let server = openai_sim::start().await.unwrap();
    let answer = serde_json::json!({"choices": [
        {"index": 0, "message": {"role": "assistant", "content": "x = 1"}, "finish_reason": "stop"}]});
    let replies = [Reply::json(503, "{}"), Reply::json(200, answer)];
    let flaky = ReplyServer::start(replies).await;
    let (memory, metrics) = measured(async {
        let client = Version::V043.client(server.base_url());
        for model in ["error-401", "error-429"] {
            assert!(client.chat(&chat_request(model)).await.is_err());
        }
        let client = Version::V043.client(flaky.url());
        client.chat(&chat_request("flaky")).await.unwrap();
    })
    .await;
    let duration = &metrics["gen_ai.client.inference.duration"];
    for model in ["error-401", "error-429", "flaky"] {
        let span = memory.span(&format!("chat {model}"));
        let point = duration.of("gen_ai.request.model", model);
        assert_lasted(point, &span);
        assert_eq!(point.text("error.type"), span.text("error.type"));
    }
    assert!(memory.span("chat error-429").text("error.type").is_some());
    let resends = memory.span("chat flaky").int("http.request.resend_count");
    assert_eq!(resends, Some(1));
    assert_eq!(duration.points.len(), 3);
}

#[tokio::test]
async fn audio_tokens_are_separate() {
    let body = serde_json::json!({
        "id": "chatcmpl-1", "model": "gpt-4o-audio", "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "x = 1"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 30, "total_tokens": 130,
            "prompt_tokens_details": {"audio_tokens": 60, "cached_tokens": 32, "cache_write_tokens": 8},
            "completion_tokens_details": {"audio_tokens": 30, "reasoning_tokens": 4}},
    });
    let server = ReplyServer::start([Reply::json(200, body)]).await;
    let (_, metrics) = measured(async {
        let client = Version::V043.client(server.url());
        client.chat(&chat_request("gpt-4o-audio")).await.unwrap();
    })
    .await;
    let of = |metric: &str, modality: &str| {
        let metric = &metrics[&format!("gen_ai.client.inference.usage.{metric}")];
        metric.of("gen_ai.token.modality", modality).sum
    };
    assert_eq!(of("input_tokens", "audio"), 60.0);
    assert_eq!(of("input_tokens", "unknown"), 40.0);
    assert_eq!(of("output_tokens", "audio"), 30.0);
    assert_eq!(of("cache_read.input_tokens", "unknown"), 32.0);
    assert_eq!(of("cache_write.input_tokens", "unknown"), 8.0);
    assert_eq!(of("reasoning.output_tokens", "unknown"), 4.0);
    let output = &metrics["gen_ai.client.inference.usage.output_tokens"];
    assert_eq!(output.sum(), 30.0);
    let distribution = &metrics["gen_ai.client.inference.operation.input_tokens"];
    assert_eq!(
        (distribution.sum(), distribution.point().keys().len()),
        (100.0, 6)
    );
}
