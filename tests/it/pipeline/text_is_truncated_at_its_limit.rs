//! A truncated text ends with a mark that has its full length. JSON stays JSON, and nothing else of the span
//! changes.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tracing_genai::message::Message;
use tracing_genai::testing::ReceivedSpan;
use tracing_genai::{Mapping, TelemetryBuilder, observation};

use crate::support::reply_server::{Ending, Reply, ReplyServer};
use crate::support::versions::{Version, with_each_version};
use crate::support::{SOON, chat_stream_request, memory_with, only, received, within_async};

const MIB: usize = 1 << 20;

fn span_of(
    mapping: Option<Mapping>,
    settings: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder,
    work: impl FnOnce(),
) -> ReceivedSpan {
    only(&received(mapping, settings, work))
}

fn conversation(turns: usize, length: usize) -> Vec<Message> {
    (0..turns)
        .map(|turn| Message::user(format!("{turn} {}", "é".repeat(length))))
        .collect()
}

fn ask(messages: Vec<Message>) {
    let generation = observation::generation("chat")
        .with_model("gpt-4o")
        .with_input_messages(messages)
        .start();
    drop(generation);
}

#[test]
fn at_a_mebibyte_by_default() {
    let span = span_of(
        None,
        |builder| builder,
        || {
            tracing::info_span!("work", question = "x".repeat(2 * MIB)).in_scope(|| ());
        },
    );
    let mark = format!("… <truncated: {} bytes in total>", 2 * MIB);
    let question = span.text("question").unwrap();
    assert_eq!(question.len(), MIB + mark.len());
    assert!(question.ends_with(&mark));

    for (mapping, key) in [
        (None, "gen_ai.input.messages"),
        (Some(Mapping::Langfuse), "langfuse.observation.input"),
        (Some(Mapping::OpenInference), "gen_ai.input.messages"),
    ] {
        // A few long messages, and many short ones.
        for (turns, length) in [(3, MIB), (20_000, 40)] {
            let span = span_of(
                mapping,
                |builder| builder,
                || ask(conversation(turns, length)),
            );
            let input = span.text(key).unwrap();
            assert!(input.len() <= MIB, "{key}");
            assert!(input.len() > MIB / 2, "{key}");
            let messages: Value = serde_json::from_str(input).unwrap();
            let messages = messages.as_array().unwrap();
            assert!(messages[0].to_string().contains("0 ééé"), "{key}");
            let last = format!("{} ééé", turns - 1);
            assert!(
                messages.last().unwrap().to_string().contains(&last),
                "{key}"
            );
            assert_eq!(span.text("gen_ai.request.model"), Some("gpt-4o"));
        }
    }
}

#[test]
fn by_code_or_by_variable() {
    let by_variable = |name: &'static str, value: &'static str| {
        move |builder: TelemetryBuilder| builder.with_variables([(name, value)])
    };
    let question = |settings: &dyn Fn(TelemetryBuilder) -> TelemetryBuilder| {
        let span = span_of(None, settings, || {
            tracing::info_span!("a long name of a span", question = "ééééé").in_scope(|| ());
        });
        (span.name.clone(), span.text("question").unwrap().to_owned())
    };
    let cut = "éé… <truncated: 10 bytes in total>".to_owned();
    let name = "a lon… <truncated: 21 bytes in total>".to_owned();
    let expected = (name, cut);
    assert_eq!(question(&|builder| builder.with_field_limit(5)), expected);
    assert_eq!(
        question(&by_variable("TRACING_GENAI_FIELD_LIMIT", "5")),
        expected
    );
    let whole = ("a long name of a span".to_owned(), "ééééé".to_owned());
    let both =
        |builder| by_variable("TRACING_GENAI_FIELD_LIMIT", "5")(builder).with_field_limit(21);
    assert_eq!(question(&both), whole);

    // OpenTelemetry's limits apply to values and count characters.
    let expected = (
        whole.0.clone(),
        "ééé… <truncated: 5 characters in total>".to_owned(),
    );
    for name in [
        "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    ] {
        assert_eq!(question(&by_variable(name, "3")), expected, "{name}");
    }
    assert_eq!(
        question(&|builder| builder.with_max_attribute_characters(3)),
        expected
    );
    let both = |builder: TelemetryBuilder| {
        builder.with_variables([
            ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1"),
            ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3"),
        ])
    };
    assert_eq!(question(&both), expected);
}

#[test]
fn in_lists_and_events_and_after_the_mask() {
    let settings = |builder: TelemetryBuilder| {
        builder
            .with_field_limit(10)
            .with_mask(|field, text| match field.key() {
                "whole" => {
                    assert_eq!(text.len(), 30);
                    "short".into()
                }
                "short" => "y".repeat(30).into(),
                _ => text.into(),
            })
    };
    let span = span_of(None, settings, || {
        let generation = observation::generation("chat")
            .with_stop_sequences(["x".repeat(11), "x".repeat(10)])
            .start();
        drop(generation);
    });
    let stops = format!("{:?}", span.attributes["gen_ai.request.stop_sequences"]);
    assert!(
        stops.contains(r#"Text("xxxxxxxxxx… <truncated: 11 bytes in total>"), Text("xxxxxxxxxx")"#),
        "{stops}"
    );

    let span = span_of(None, settings, || {
        let (whole, short) = ("x".repeat(30), "x");
        tracing::info_span!("work", whole, short).in_scope(|| {
            tracing::info!(field = "0123456789a", "a line");
        });
    });
    assert_eq!(span.text("whole"), Some("short"));
    assert_eq!(
        span.text("short"),
        Some("yyyyyyyyyy… <truncated: 30 bytes in total>")
    );
    let field = span.events[0].attributes["field"].as_text();
    assert_eq!(field, Some("0123456789… <truncated: 11 bytes in total>"));
}

/// The part of a response that is kept while it is read grows with the limit.
async fn a_limit_may_be_raised(version: Version) {
    let piece = "x".repeat(MIB / 8);
    let chunk = json!({"choices": [{"index": 0, "delta": {"content": piece}}]});
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    let mut parts = vec![format!("data: {chunk}\n\n"); 12];
    parts.push(format!("data: {last}\n\ndata: [DONE]\n\n"));
    let mark = format!("… <truncated: {} bytes in total>", 12 * piece.len());
    for limit in [None, Some(2 * MIB)] {
        let (memory, telemetry) = memory_with(None, |builder| match limit {
            Some(limit) => builder.with_field_limit(limit),
            None => builder,
        });
        // Slow enough for the recorder to keep up.
        let pause = Duration::from_millis(20);
        let reply = Reply::events(parts.clone(), pause, Ending::Whole);
        let server = ReplyServer::start([reply]).await;
        let request = chat_stream_request("m");
        within_async(&telemetry, async {
            let stream = version.client(server.url()).chat_stream(&request).await;
            stream.unwrap().for_each(async |_| ()).await;
        })
        .await;
        let report = telemetry.flush_async(SOON).await;
        assert_eq!((report.dropped(), report.content_lost), (0, 0), "{report}");
        let span = memory.span("chat m");
        let output = span.text("gen_ai.output.messages").unwrap();
        let output: Value = serde_json::from_str(output).unwrap();
        let content = output[0]["parts"][0]["content"].as_str().unwrap();
        if limit.is_none() {
            assert!(content.len() < MIB && content.ends_with(&mark));
        } else {
            assert_eq!(content.len(), 12 * piece.len());
        }
    }
}

with_each_version!(a_limit_may_be_raised);
