//! `gen_ai.*` set by hand reaches every destination with the types of the conventions.

use tracing_genai::Mapping;
use tracing_genai::testing::Value;

use crate::support::received;

fn record() {
    let stop = ["stop"];
    let _span = tracing::info_span!(
        "chat",
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = "openai",
        gen_ai.request.model = "gpt-4o",
        gen_ai.request.max_tokens = "100",
        gen_ai.request.temperature = "0.7",
        gen_ai.response.finish_reasons = ?stop,
        gen_ai.usage.input_tokens = "14",
        gen_ai.usage.output_tokens = ?3_usize,
    );
}

#[test]
fn for_any_mapping() {
    for mapping in [None, Some(Mapping::OpenInference), Some(Mapping::Langfuse)] {
        let memory = received(mapping, |builder| builder, record);
        let spans = memory.spans();
        let attributes = format!("{:?}", spans[0].attributes);
        for text in [r#""14""#, r#""100""#, r#""0.7""#] {
            assert!(!attributes.contains(text), "{mapping:?}: {attributes}");
        }
    }
}

#[test]
fn on_the_wire() {
    let memory = received(None, |builder| builder, record);
    let spans = memory.spans();
    let span = &spans[0];
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(14));
    assert_eq!(span.int("gen_ai.usage.output_tokens"), Some(3));
    assert_eq!(span.int("gen_ai.request.max_tokens"), Some(100));
    for (key, expected) in [
        ("gen_ai.request.temperature", Value::Double(0.7)),
        (
            "gen_ai.response.finish_reasons",
            Value::Array(vec!["stop".into()]),
        ),
    ] {
        assert_eq!(span.attributes[key], expected, "{key}");
    }
}
