//! A medium is sent whole or not at all: over any bound, its marker stands in its place.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;
use tracing_genai::{Compression, Destination, Mapping, TelemetryBuilder};

use crate::support::collector::Collector;
use crate::support::exchange::exchange;
use crate::support::media::{answer, data_url, of_type, png, question, sent, texts};
use crate::support::{SOON, builder, json_of};

const CHAT: &str = "/v1/chat/completions";
const MIB: usize = 1 << 20;

/// How many of these images arrive whole, and how many as markers.
async fn counted(
    settings: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder,
    images: &[String],
) -> (usize, usize) {
    let call = (CHAT, &question(images), answer());
    let (with, without) = sent(None, settings, call).await;
    let text = with.text("gen_ai.input.messages").unwrap();
    json_of(&with, "gen_ai.input.messages");
    assert!(!texts(&without).contains("base64,"));
    let whole = images.iter().filter(|image| {
        let url = data_url("image/png", image);
        text.contains(&format!("\"{url}\""))
    });
    let whole = whole.count();
    assert_eq!(
        text.matches(";base64,").count(),
        whole,
        "half a medium was sent"
    );
    (whole, text.matches("<image/png, ").count())
}

#[tokio::test]
async fn four_mebibytes_a_medium_and_eight_a_span() {
    for (sizes, expected) in [
        (&[4 * MIB][..], (1, 0)),
        (&[4 * MIB + 1][..], (0, 1)),
        (&[3 * MIB, 3 * MIB + 1, 2 * MIB - 4096][..], (3, 0)),
        // The last ones are kept.
        (&[4 * MIB, 3 * MIB, 2 * MIB][..], (2, 1)),
    ] {
        let images: Vec<_> = sizes.iter().map(|bytes| png(*bytes)).collect();
        // A span may take a quarter of a queue, and two destinations share the bytes.
        let room = |builder: TelemetryBuilder| builder.with_queue_bytes(128 * MIB);
        let found = counted(room, &images).await;
        assert_eq!(found, expected, "{sizes:?}");
    }
}

#[tokio::test]
async fn the_limits_of_texts() {
    let image = [png(9000)];
    let limit = |bytes| move |builder: TelemetryBuilder| builder.with_field_limit(bytes);
    assert_eq!(counted(limit(13_000), &image).await, (1, 0));
    assert_eq!(counted(limit(11_000), &image).await, (0, 1));
    let limit = |characters| {
        move |builder: TelemetryBuilder| builder.with_max_attribute_characters(characters)
    };
    assert_eq!(counted(limit(13_000), &image).await, (1, 0));
    assert_eq!(counted(limit(11_000), &image).await, (0, 1));

    // A text that is truncated beside it.
    let mut request = question(&image);
    request["messages"][0]["content"][0]["text"] = "x".repeat(2 * MIB).into();
    let (with, _) = sent(None, |builder| builder, (CHAT, &request, answer())).await;
    let text = with.text("gen_ai.input.messages").unwrap();
    assert!(text.contains("<image/png, 9000 bytes, sha256 ") && !text.contains("base64,"));
}

/// The same image many times does not make a span of any size.
#[tokio::test]
async fn one_that_stands_there_many_times() {
    let images = vec![png(MIB); 12];
    let call = (CHAT, &question(&images), answer());
    let (with, _) = sent(None, |builder| builder, call).await;
    let text = with.text("gen_ai.input.messages").unwrap();
    let whole = text.matches(&png(MIB)).count();
    assert!((1..12).contains(&whole), "{whole}");
    assert_eq!(text.matches("<image/png, ").count(), 12 - whole);
}

#[tokio::test]
async fn a_backend_that_refuses_the_request() {
    let collector = Collector::with(|_, request| match request.body.len() > 100_000 {
        true => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        false => ().into_response(),
    });
    let destination = Destination::otlp(format!("{}/v1/traces", collector.url))
        .with_mapping(Mapping::Langfuse)
        .with_compression(Compression::None)
        .with_media(true);
    let telemetry = builder().with_destination(destination).build().unwrap();
    let body = question(&[png(300_000)]).to_string();
    exchange(&telemetry, CHAT, body.as_bytes(), answer()).await;
    assert_eq!(telemetry.shutdown_async(SOON).await.exported(), 1);
    let taken = collector.taken();
    let input = json_of(&taken[0], "langfuse.observation.input");
    let url = input[0]["content"][1]["image_url"]["url"].as_str().unwrap();
    assert!(
        url.starts_with("<image/png, 300000 bytes, sha256 "),
        "{url:.100}"
    );
    assert_eq!(input[0]["content"][0]["text"], "What is it?");
}

/// What the queue has no room for is given up, the first media first.
#[tokio::test]
async fn a_span_that_does_not_fit_into_the_queue() {
    let small = |builder: TelemetryBuilder| builder.with_queue_bytes(800_000);
    assert_eq!(counted(small, &[png(60_000)]).await, (1, 0));
    assert_eq!(counted(small, &[png(60_000), png(60_001)]).await, (1, 1));
    assert_eq!(counted(small, &[png(200_000)]).await, (0, 1));
}

#[tokio::test]
async fn bytes_of_unknown_type() {
    let unknown = of_type(b"????", 900);
    let request = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": [
        {"type": "file", "file": {"filename": "a", "file_data": unknown}}]}]});
    let (with, without) = sent(None, |builder| builder, (CHAT, &request, answer())).await;
    assert_eq!(with.attributes, without.attributes);
    assert!(texts(&with).contains("<application/octet-stream, 900 bytes, "));
}
