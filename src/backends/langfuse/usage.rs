//! Token counts and costs.
//!
//! The conventions count inclusively, Langfuse adds up whatever buckets it gets: cached tokens
//! leave the input, reasoning leaves the output, and every bucket is written under exactly one of
//! its priced aliases, as a non-negative integer. The attributes under the GenAI names stay on the
//! span; the server does not look at them once it has `usage_details`.

use opentelemetry::Value;
use serde::Serialize;
use serde_json::{Map, Number, Value as Json};

use super::attributes::{Attributes, MAX_SAFE_INTEGER, to_f64, to_i64};
use super::classification::Classification;
use super::keys;
use crate::conventions;
use crate::conventions::observation;

/// Buckets in the order in which they are written.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Buckets {
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_text_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_cached_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_cached_text_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_cache_creation: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_audio_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_text_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_reasoning_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_audio_tokens: Option<u64>,
    total: u64,
}

/// Inclusive counts, as they stand on the span.
#[derive(Debug, Default)]
struct Counts {
    input: Option<u64>,
    output: Option<u64>,
    total: Option<u64>,
    cache_read: u64,
    cache_write: u64,
    input_audio: u64,
    reasoning: u64,
    output_audio: u64,
}

/// Writes the token counts, or zeros where the server would otherwise estimate what was never
/// spent.
pub(crate) fn map(attributes: &mut Attributes, kind: &Classification, failed_without_output: bool) {
    if kind.is_agent_run {
        return;
    }
    let model = model(attributes);
    let counts = match Counts::read(attributes) {
        Some(counts) => counts,
        None if has_any_count(attributes) || kind.is_foreign || model.is_none() => return,
        None if kind.is_inference() && !failed_without_output => return,
        None => Counts {
            input: Some(0),
            output: Some(0),
            ..Counts::default()
        },
    };
    let buckets = counts.into_buckets(model.is_some_and(is_audio_model));
    if let Ok(text) = serde_json::to_string(&buckets) {
        attributes.write(keys::USAGE_DETAILS, text);
    }
}

/// Writes the costs as numbers. The server adds nothing up if there is more than input and
/// output, so the total is written too.
pub(crate) fn map_cost(attributes: &mut Attributes) {
    let mut costs = Map::new();
    for (name, value) in attributes.neutral.take_prefixed(observation::COST_PREFIX) {
        let cost = match value {
            Value::I64(cost) => (cost >= 0).then(|| Number::from(cost)),
            _ => to_f64(&value)
                .filter(|cost| *cost >= 0.0)
                .and_then(Number::from_f64),
        };
        match cost {
            Some(cost) => _ = costs.insert(name, Json::Number(cost)),
            None => attributes.move_to_metadata(&format!("cost.{name}"), value),
        }
    }
    if costs.is_empty() {
        return;
    }
    if !costs.contains_key("total") {
        let total = costs.values().filter_map(Json::as_f64).sum();
        costs.extend(Number::from_f64(total).map(|total| ("total".to_owned(), total.into())));
    }
    attributes.write(keys::COST_DETAILS, Json::Object(costs).to_string());
}

/// The model whose prices hold.
pub(crate) fn model(attributes: &Attributes) -> Option<&str> {
    attributes
        .langfuse
        .text(keys::MODEL_NAME)
        .or_else(|| attributes.gen_ai.text(conventions::RESPONSE_MODEL))
        .or_else(|| attributes.gen_ai.text(conventions::REQUEST_MODEL))
}

/// OpenAI's audio models have prices for split keys only, also when no audio was counted.
fn is_audio_model(name: &str) -> bool {
    let name = name.strip_prefix("openai/").unwrap_or(name);
    name.starts_with("gpt-")
        && name
            .split('-')
            .any(|word| matches!(word, "audio" | "realtime" | "transcribe" | "tts"))
}

fn has_any_count(attributes: &Attributes) -> bool {
    attributes.gen_ai.iter().any(|(key, _)| {
        key.starts_with(conventions::USAGE_PREFIX) && key != conventions::USAGE_COST
    })
}

impl Counts {
    /// Reads the names of the conventions and those that older instrumentations use for the same
    /// thing. `None` if there is no count of all tokens.
    fn read(attributes: &Attributes) -> Option<Self> {
        let counts: Vec<(&str, u64)> = attributes
            .gen_ai
            .iter()
            .filter_map(|(key, value)| {
                Some((key.strip_prefix(conventions::USAGE_PREFIX)?, count(value)?))
            })
            .collect();
        let first = |names: &[&str]| {
            names.iter().find_map(|name| {
                let (_, count) = counts.iter().find(|(there, _)| there == name)?;
                Some(*count)
            })
        };
        let read = Self {
            input: first(&["input_tokens", "prompt_tokens", "prompt"]),
            output: first(&["output_tokens", "completion_tokens", "completion"]),
            total: first(&["total_tokens", "total"]),
            cache_read: first(&[
                "cache_read.input_tokens",
                "cache_read_input_tokens",
                "cache_read_tokens",
                "details.cache_read_tokens",
                "details.cache_read_input_tokens",
                "prompt_details.cache_read",
                "input_cached_tokens",
            ])
            .unwrap_or(0),
            cache_write: first(&[
                "cache_write.input_tokens",
                "cache_creation.input_tokens",
                "cache_creation_input_tokens",
                "cache_write_tokens",
                "details.cache_write_tokens",
                "details.cache_creation_input_tokens",
                "prompt_details.cache_write",
                "input_cache_creation",
            ])
            .unwrap_or(0),
            input_audio: first(&["audio.input_tokens"]).unwrap_or(0),
            reasoning: first(&[
                "reasoning.output_tokens",
                "reasoning_tokens",
                "completion_details.reasoning",
            ])
            .unwrap_or(0),
            output_audio: first(&["audio.output_tokens", "completion_details.audio"]).unwrap_or(0),
        };
        (read.input.is_some() || read.output.is_some() || read.total.is_some()).then_some(read)
    }

    fn into_buckets(self, is_audio_model: bool) -> Buckets {
        let input = self.input.map(|all| {
            all.saturating_sub(self.cache_read)
                .saturating_sub(self.cache_write)
                .saturating_sub(self.input_audio)
        });
        let output = self.output.map(|all| {
            all.saturating_sub(self.reasoning)
                .saturating_sub(self.output_audio)
        });
        let mut buckets = Buckets {
            input_cache_creation: not_zero(self.cache_write),
            input_audio_tokens: not_zero(self.input_audio),
            output_reasoning_tokens: not_zero(self.reasoning),
            output_audio_tokens: not_zero(self.output_audio),
            ..Buckets::default()
        };
        if is_audio_model {
            buckets.input_text_tokens = input;
            buckets.input_cached_text_tokens = not_zero(self.cache_read);
            buckets.output_text_tokens = output;
        } else {
            buckets.input = input;
            buckets.input_cached_tokens = not_zero(self.cache_read);
            buckets.output = output;
        }
        let inclusive = match (self.input, self.output) {
            (Some(input), Some(output)) => input + output,
            (known, None) | (None, known) => self.total.or(known).unwrap_or(0),
        };
        let details = self.cache_read
            + self.cache_write
            + self.input_audio
            + self.reasoning
            + self.output_audio;
        let sum = input.unwrap_or(0) + output.unwrap_or(0) + details;
        buckets.total = inclusive.max(sum);
        buckets
    }
}

fn not_zero(count: u64) -> Option<u64> {
    (count > 0).then_some(count)
}

fn count(value: &Value) -> Option<u64> {
    to_i64(value)
        .filter(|count| *count <= MAX_SAFE_INTEGER)
        .and_then(|count| u64::try_from(count).ok())
}
