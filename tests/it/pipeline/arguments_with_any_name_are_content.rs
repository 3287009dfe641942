//! Names such as `target` and `level`, which some layers write themselves, are arguments like any other.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tracing_genai::testing::InMemory;
use tracing_genai::{Mapping, Meaning, TelemetryBuilder};

use crate::support::collector::Collector;
use crate::support::{SOON, builder, within};

const NAMES: [&str; 4] = ["busy_ns", "level", "target", "text"];

#[tracing::instrument(ret)]
fn send(target: &str, level: &str, busy_ns: &str, text: &str) -> usize {
    target.len() + level.len() + busy_ns.len() + text.len()
}

fn run(builder: TelemetryBuilder) {
    let telemetry = builder.build().unwrap();
    within(&telemetry, || {
        send("secret-1", "secret-2", "secret-3", "secret-4")
    });
    telemetry.flush(SOON);
}

#[test]
fn without_content_none_of_them_is_sent() {
    for mapping in [None, Some(Mapping::Langfuse), Some(Mapping::OpenInference)] {
        let collector = Collector::start();
        let endpoint = format!("{}/v1/traces", collector.url);
        let mut destination = tracing_genai::Destination::otlp(endpoint)
            .with_content(false)
            .with_compression(tracing_genai::Compression::None);
        if let Some(mapping) = mapping {
            destination = destination.with_mapping(mapping);
        }
        run(builder().with_destination(destination));
        let [request] = &collector.requests()[..] else {
            panic!("one request");
        };
        assert_eq!(request.spans()[0].name, "send");
        let bytes = request.plain();
        let is_there = |text: &str| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        assert!(is_there("send"));
        assert!(!is_there("secret-"), "{:?}", request.spans());
        for key in NAMES {
            assert!(!request.spans()[0].attributes.contains_key(key), "{key}");
        }
    }
}

#[test]
fn a_mask_receives_each_of_them_as_an_input() {
    let asked = Arc::<Mutex<BTreeSet<String>>>::default();
    let seen = Arc::clone(&asked);
    let memory = InMemory::new();
    run(builder()
        .with_destination(memory.destination())
        .with_mask(move |field, text| {
            if field.meaning() == Meaning::Input {
                seen.lock().unwrap().insert(field.key().to_owned());
                return "masked".into();
            }
            Cow::Borrowed(text)
        }));
    let asked: Vec<_> = asked.lock().unwrap().iter().cloned().collect();
    assert_eq!(asked, NAMES);
    let span = memory.span("send");
    for key in NAMES {
        assert_eq!(span.text(key), Some("masked"), "{key}");
    }
}
