//! Whatever stands on a span: no panic, no invalid usage, no key twice, nothing lost.

use std::collections::{HashMap, HashSet};

use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue, Value};
use proptest::prelude::*;
use serde_json::Value as Json;

use super::{attribute, span};
use crate::backends::backend::MapOptions;
use crate::backends::langfuse::keys;
use crate::backends::langfuse::mapping::map;
use crate::backends::langfuse::usage::is_counted;
use crate::conventions as c;
use crate::conventions::{observation, trace};

/// Names that mean something to somebody, and two that do not.
const NAMES: &[&str] = &[
    "model",
    "input",
    "output",
    "prompt",
    "events",
    "model_config",
    "note",
    "http.route",
    "input.value",
    "output.value",
    "traceloop.entity.input",
    "llm.input_messages.0.message.content",
    "llm.model_name",
    "operation.name",
    keys::OPENINFERENCE_KIND,
    keys::TYPE,
    keys::INPUT,
    keys::USAGE_DETAILS,
    "langfuse.observation.metadata.model",
    "langfuse.observation.metadata.attributes_",
    c::OPERATION_NAME,
    c::REQUEST_MODEL,
    c::RESPONSE_MODEL,
    c::REQUEST_MAX_TOKENS,
    c::REQUEST_TEMPERATURE,
    c::REQUEST_STOP_SEQUENCES,
    c::INPUT_MESSAGES,
    c::OUTPUT_MESSAGES,
    c::SYSTEM_INSTRUCTIONS,
    c::TOOL_DEFINITIONS,
    c::TOOL_CALL_ARGUMENTS,
    c::TOOL_CALL_RESULT,
    c::TOOL_NAME,
    c::PROMPT_NAME,
    c::USAGE_INPUT_TOKENS,
    c::USAGE_OUTPUT_TOKENS,
    c::USAGE_CACHE_READ_INPUT_TOKENS,
    c::USAGE_AUDIO_INPUT_TOKENS,
    c::USAGE_REASONING_OUTPUT_TOKENS,
    c::RESPONSE_TIME_TO_FIRST_CHUNK,
    c::OPENAI_RESPONSE_SERVICE_TIER,
    observation::TYPE,
    observation::INPUT,
    observation::OUTPUT,
    observation::LEVEL,
    observation::STATUS_MESSAGE,
    observation::COMPLETION_START_TIME,
    observation::PROMPT_NAME,
    observation::PROMPT_VERSION,
    observation::APP_ROOT,
    "tracing_genai.observation.cost.total",
    "tracing_genai.observation.metadata.attributes",
    "tracing_genai.observation.metadata.model",
    "tracing_genai.trace.metadata.scope",
    "tracing_genai.request.verbosity",
    "tracing_genai.request.max_tokens",
    "tracing_genai.stream.end",
    "tracing_genai.",
    trace::NAME,
    trace::TAGS,
    trace::PUBLIC,
    trace::ENVIRONMENT,
];

/// Neutral names whose value may be dropped: one of Langfuse's own that the user set wins over
/// them, a prompt belongs to generations only, a flag says nothing if it is not set.
const OVERRIDDEN: &[(&str, &str)] = &[
    (observation::TYPE, keys::TYPE),
    (observation::INPUT, keys::INPUT),
];
const CONDITIONAL: &[&str] = &[
    observation::PROMPT_NAME,
    observation::PROMPT_VERSION,
    observation::APP_ROOT,
];

const WORDS: &[&str] = &[
    "chat",
    "execute_tool",
    "invoke_agent",
    "create_agent",
    "generation",
    "LLM",
    "true",
    "17",
    "5.5",
    "-3",
    "2026-01-01T00:00:00Z",
    "gpt-4o-audio-preview",
    "",
];

/// Text that carries `marker`, in shapes that the mapping takes apart.
fn text_around(marker: &str, shape: usize) -> String {
    match shape {
        0 => marker.to_owned(),
        1 => format!(r#"[{{"role":"user","parts":[{{"type":"text","content":"{marker}"}}]}}]"#),
        2 => format!(r#"[{{"role":"a","parts":[{{"type":"tool_call","name":"{marker}"}}]}}]"#),
        3 => format!(
            r#"[{{"role":"a","parts":[{{"type":"tool_call_response","response":{{"x":["{marker}"]}}}}]}}]"#
        ),
        4 => format!(r#"[{{"role":"a","parts":[{{"type":"{marker}"}},7,null]}},"x",null]"#),
        5 => format!(r#"[{{"type":"function","name":"{marker}"}}]"#),
        6 => format!(r#"{{"role":"a","parts":"{marker}"}}"#),
        7 => format!(r#"[{{"role":"a","parts":[{{"type":"text","content":"{marker}"#),
        8 => format!(r#"{{"{marker}":1}}"#),
        9 => format!(
            r#"[{{"role":"a","parts":[{{"type":"blob","modality":"image","content":"{marker}"}}]}}]"#
        ),
        10 => format!(
            r#"[{{"role":"a","name":"{marker}","parts":[{{"type":"reasoning","content":"r"}}]}}]"#
        ),
        _ => format!("\u{0}\"\\{marker}"),
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let marker = "[a-z]{12}";
    prop_oneof![
        4 => (marker, 0..12_usize).prop_map(|(marker, shape)| text_around(&marker, shape).into()),
        2 => prop::sample::select(WORDS).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        2 => prop_oneof![any::<i64>(), 0..1000_i64].prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => prop::collection::vec(any::<f64>(), 0..3).prop_map(|list| Value::Array(Array::F64(list))),
        1 => prop::collection::vec(marker, 0..3).prop_map(|list| {
            Value::Array(Array::String(list.into_iter().map(Into::into).collect()))
        }),
    ]
}

fn any_attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let one = (prop::sample::select(NAMES), any_value());
    prop::collection::vec(one, 0..24).prop_map(|list| {
        list.into_iter()
            .map(|(key, value)| attribute(key, value))
            .collect()
    })
}

/// The words by which a value is found again: its markers, or its digits.
fn traces_of(value: &Value) -> Vec<String> {
    match value {
        Value::I64(number) => vec![number.to_string()],
        value => {
            let text = value.as_str().into_owned();
            text.split(|char: char| !char.is_ascii_lowercase())
                .filter(|word| word.len() == 12)
                .map(str::to_owned)
                .collect()
        }
    }
}

fn is_usage(text: &str) -> bool {
    match serde_json::from_str(text) {
        Ok(Json::Object(buckets)) => buckets.values().all(Json::is_u64),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn are_mapped_without_loss(
        given in any_attributes(),
        has_failed in any::<bool>(),
        keep_genai_content in any::<bool>(),
        keep_translated in any::<bool>(),
    ) {
        let mut span = span(given.clone());
        if has_failed {
            span.status = Status::error("");
        }
        let options = MapOptions {
            keep_genai_content,
            keep_translated,
            ..MapOptions::default()
        };
        map(&mut span, options);

        let mut seen = HashSet::new();
        for attribute in &span.attributes {
            prop_assert!(seen.insert(attribute.key.as_str()), "{} twice", attribute.key);
        }

        let last: HashMap<&str, &Value> = given
            .iter()
            .map(|attribute| (attribute.key.as_str(), &attribute.value))
            .collect();
        let usage = span.attributes.iter().find(|a| a.key.as_str() == keys::USAGE_DETAILS);
        if let Some(usage) = usage.filter(|_| !last.contains_key(keys::USAGE_DETAILS)) {
            prop_assert!(is_usage(&usage.value.as_str()), "{usage:?}");
        }

        for (key, value) in &last {
            if key.starts_with(keys::PREFIX) && *key != keys::TYPE {
                let kept = span.attributes.iter().find(|a| a.key.as_str() == *key);
                let same = kept.is_some_and(|kept| kept.value.as_str() == value.as_str());
                prop_assert!(same, "{key} was {value:?} and is {kept:?}");
            }
            let is_overridden = OVERRIDDEN
                .iter()
                .any(|(neutral, own)| neutral == key && last.contains_key(own));
            // Sums stand for counts, and a time for a duration.
            let is_translated = !keep_translated
                && (is_counted(key, value)
                    || *key == c::RESPONSE_TIME_TO_FIRST_CHUNK
                    // Of two parameters of a name one counts.
                    || *key == c::REQUEST_MAX_TOKENS);
            if is_overridden || is_translated || CONDITIONAL.contains(key) {
                continue;
            }
            for trace in traces_of(value) {
                let found = span.attributes.iter().any(|a| a.value.as_str().contains(&trace));
                prop_assert!(found, "{key}: {trace} is lost in {:#?}", span.attributes);
            }
        }
    }
}
