//! A destination gets media as data URLs if it asks for them and gets content. To every other go the same markers
//! as if nobody had asked.

use tracing_genai::testing::{InMemory, ReceivedSpan};
use tracing_genai::{Destination, Mapping};

use crate::support::collector::Collector;
use crate::support::exchange::exchange;
use crate::support::media::{answer, data_url, of_type, png, question, sent, texts};
use crate::support::{SOON, builder, destination, json_of, only};

const CHAT: &str = "/v1/chat/completions";

/// The span of a question about an image, to a destination with these settings alone.
async fn alone(
    mapping: Option<Mapping>,
    settings: impl FnOnce(Destination) -> Destination,
) -> ReceivedSpan {
    let memory = InMemory::new();
    let destination = settings(destination(&memory, mapping));
    let telemetry = builder().with_destination(destination).build().unwrap();
    let body = question(&[png(900)]).to_string();
    exchange(&telemetry, CHAT, body.as_bytes(), answer()).await;
    only(&memory)
}

fn input(span: &ReceivedSpan) -> &str {
    let keys = ["gen_ai.input.messages", "langfuse.observation.input"];
    keys.iter().find_map(|key| span.text(key)).unwrap()
}

#[tokio::test]
async fn beside_each_other() {
    for mapping in [None, Some(Mapping::Langfuse), Some(Mapping::OpenInference)] {
        let call = (CHAT, &question(&[png(900)]), answer());
        let (with, without) = sent(mapping, |builder| builder, call).await;
        let nobody_asked = alone(mapping, |destination| destination).await;
        let asked = alone(mapping, |destination| destination.with_media(true)).await;
        assert!(input(&with).contains(&data_url("image/png", &png(900))));
        assert_eq!(input(&with), input(&asked));
        assert_eq!(input(&without), input(&nobody_asked));
        assert!(input(&without).contains("<image/png, 900 bytes, sha256 "));
        for span in [&with, &without, &nobody_asked, &asked] {
            assert!(!texts(span).contains("tracing_genai.media"), "{span:?}");
        }
        // Beside the media, nothing is different.
        assert_eq!(with.attributes.len(), without.attributes.len());
    }
}

#[tokio::test]
async fn never_without_content() {
    let span = alone(None, |one| one.with_media(true).with_content(false)).await;
    let all = texts(&span);
    assert!(
        !all.contains("base64,") && !all.contains("image/png"),
        "{all}"
    );

    // Somebody else asks for it, and gets it.
    let (with, without) = (InMemory::new(), InMemory::new());
    let telemetry = builder()
        .with_destination(with.destination().with_media(true))
        .with_destination(without.destination().with_media(true).with_content(false))
        .build()
        .unwrap();
    let body = question(&[png(900)]).to_string();
    exchange(&telemetry, CHAT, body.as_bytes(), answer()).await;
    assert!(texts(&only(&with)).contains(&png(900)));
    assert!(!texts(&only(&without)).contains("image/png"));
}

/// In the places where Langfuse's own SDK puts them.
#[tokio::test]
async fn in_the_places_of_langfuse() {
    let (image, sound) = (png(900), of_type(b"ID3", 5000));
    let (file, document) = (of_type(b"%PDF", 700), "application/pdf");
    let body = serde_json::json!({"model": "gpt-4o", "messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": data_url("image/png", &image)}},
        {"type": "input_audio", "input_audio": {"data": sound, "format": "mp3"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": data_url(document, &file)}},
    ]}]});
    let call = (CHAT, &body, answer());
    let (with, without) = sent(Some(Mapping::Langfuse), |builder| builder, call).await;
    let parts = &json_of(&with, "langfuse.observation.input")[0]["content"];
    let expected = [
        ("/0/image_url/url", data_url("image/png", &image)),
        ("/1/input_audio/data", data_url("audio/mpeg", &sound)),
        ("/1/input_audio/format", "mp3".to_owned()),
        ("/2/file/file_data", data_url(document, &file)),
    ];
    for (place, text) in expected {
        assert_eq!(
            parts.pointer(place).and_then(|found| found.as_str()),
            Some(text.as_str()),
            "{place}"
        );
    }
    let parts = &json_of(&without, "langfuse.observation.input")[0]["content"];
    for (place, media_type) in [("/0", "image/png"), ("/1", "audio/mpeg"), ("/2", document)] {
        let part = parts.pointer(place).unwrap();
        assert_eq!(part["type"], "text");
        assert!(
            part["text"]
                .as_str()
                .unwrap()
                .starts_with(&format!("<{media_type}, "))
        );
    }
}

/// Over the wire, compressed and batched like any other span.
#[tokio::test]
async fn to_a_server() {
    let collector = Collector::start();
    let langfuse = Destination::langfuse("pk-lf-1", "sk-lf-1")
        .with_base_url(&collector.url)
        .with_media(true);
    let telemetry = builder().with_destination(langfuse).build().unwrap();
    let body = question(&[png(2 << 20)]).to_string();
    exchange(&telemetry, CHAT, body.as_bytes(), answer()).await;
    assert_eq!(telemetry.shutdown_async(SOON).await.exported(), 1);
    let spans = collector.spans();
    assert!(input(&spans[0]).contains(&data_url("image/png", &png(2 << 20))));
}
