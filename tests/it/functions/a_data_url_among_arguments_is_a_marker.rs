//! A data URL that a function was given or has returned is a marker, unless the destination asks for media: then it is
//! sent as it was recorded.

use tracing_genai::testing::{InMemory, ReceivedSpan};
use tracing_genai::{Mapping, Telemetry};

use crate::support::media::{data_url, png};
use crate::support::{SOON, assert_delivered, builder, destination, only, within};

#[tracing::instrument(ret)]
fn describe(image: &str, question: &str) -> String {
    format!("{question} {image}")
}

fn recorded(mapping: Option<Mapping>) -> [ReceivedSpan; 2] {
    let memories = [InMemory::new(), InMemory::new()];
    let media = [true, false];
    let destinations = memories.iter().zip(media);
    let builder = destinations.fold(builder(), |builder, (memory, media)| {
        builder.with_destination(destination(memory, mapping).with_media(media))
    });
    let telemetry: Telemetry = builder.build().unwrap();
    let image = data_url("image/png", &png(900));
    within(&telemetry, || describe(&image, "Is it data:, or <a, b>?"));
    assert_delivered(&telemetry.flush(SOON));
    memories.map(|memory| only(&memory))
}

#[test]
fn unless_media_are_asked_for() {
    let image = data_url("image/png", &png(900));
    for mapping in [None, Some(Mapping::Langfuse), Some(Mapping::OpenInference)] {
        let [with, without] = recorded(mapping).map(|span| format!("{span:?}"));
        assert_eq!(
            with.matches(&image).count(),
            without.matches("<image/png, 900 bytes, sha256 ").count()
        );
        assert!(
            with.contains(&image) && !without.contains("base64,"),
            "{without}"
        );
        for text in [with, without] {
            assert!(text.contains("Is it data:, or <a, b>?"), "{text}");
        }
    }
}
