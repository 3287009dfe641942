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
    input_cached_audio_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_image_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_text_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_reasoning_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_audio_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_image_tokens: Option<u64>,
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
    input_image: u64,
    output_image: u64,
    /// Of the audio and of what was read from the cache.
    cached_audio: u64,
}

const INPUT: &[&str] = &["input_tokens", "prompt_tokens", "prompt"];
const OUTPUT: &[&str] = &["output_tokens", "completion_tokens", "completion"];
const TOTAL: &[&str] = &["total_tokens", "total"];
const CACHE_READ: &[&str] = &[
    "cache_read.input_tokens",
    "cache_read_input_tokens",
    "cache_read_tokens",
    "details.cache_read_tokens",
    "details.cache_read_input_tokens",
    "prompt_details.cache_read",
    "input_cached_tokens",
];
const CACHE_WRITE: &[&str] = &[
    "cache_write.input_tokens",
    "cache_creation.input_tokens",
    "cache_creation_input_tokens",
    "cache_write_tokens",
    "details.cache_write_tokens",
    "details.cache_creation_input_tokens",
    "prompt_details.cache_write",
    "input_cache_creation",
];
const INPUT_AUDIO: &[&str] = &["audio.input_tokens"];
const REASONING: &[&str] = &[
    "reasoning.output_tokens",
    "reasoning_tokens",
    "completion_details.reasoning",
];
const OUTPUT_AUDIO: &[&str] = &["audio.output_tokens", "completion_details.audio"];
const INPUT_IMAGE: &[&str] = &["image.input_tokens"];
const OUTPUT_IMAGE: &[&str] = &["image.output_tokens"];
const CACHED_AUDIO: &[&str] = &["audio.cache_read.input_tokens"];

/// Whether an attribute is a count that becomes a part of the usage.
pub(crate) fn is_counted(key: &str, value: &Value) -> bool {
    const KNOWN: [&[&str]; 11] = [
        INPUT,
        OUTPUT,
        TOTAL,
        CACHE_READ,
        CACHE_WRITE,
        INPUT_AUDIO,
        REASONING,
        OUTPUT_AUDIO,
        INPUT_IMAGE,
        OUTPUT_IMAGE,
        CACHED_AUDIO,
    ];
    let name = key.strip_prefix(conventions::USAGE_PREFIX);
    name.is_some_and(|name| KNOWN.iter().any(|names| names.contains(&name)))
        && count(value).is_some()
}

/// What a model is that has prices of its own for a kind of token. A bucket without a price is free in
/// Langfuse, so other models' tokens stay in the buckets that every model has a price for.
#[derive(Clone, Copy, Debug, Default)]
struct Pricing {
    is_audio_model: bool,
    is_image_model: bool,
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
    let pricing = Pricing {
        is_audio_model: model.is_some_and(is_audio_model),
        is_image_model: model.is_some_and(is_image_model),
    };
    let buckets = counts.into_buckets(pricing);
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

/// Images that go in cost more than text there.
fn is_image_model(name: &str) -> bool {
    let name = name.strip_prefix("openai/").unwrap_or(name);
    name.starts_with("gpt-image") || name.starts_with("chatgpt-image")
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
            input: first(INPUT),
            output: first(OUTPUT),
            total: first(TOTAL),
            cache_read: first(CACHE_READ).unwrap_or(0),
            cache_write: first(CACHE_WRITE).unwrap_or(0),
            input_audio: first(INPUT_AUDIO).unwrap_or(0),
            reasoning: first(REASONING).unwrap_or(0),
            output_audio: first(OUTPUT_AUDIO).unwrap_or(0),
            input_image: first(INPUT_IMAGE).unwrap_or(0),
            output_image: first(OUTPUT_IMAGE).unwrap_or(0),
            cached_audio: first(CACHED_AUDIO).unwrap_or(0),
        };
        (read.input.is_some() || read.output.is_some() || read.total.is_some()).then_some(read)
    }

    /// Disjoint buckets: a token that is in two parts is in one bucket, and what the parts leave of a whole is
    /// its plain bucket.
    fn into_buckets(self, pricing: Pricing) -> Buckets {
        let mut input = Whole::new(self.input);
        let cached_audio = self.cached_audio.min(self.cache_read).min(self.input_audio);
        let cache_read = input.take(self.cache_read);
        let cache_write = input.take(self.cache_write);
        let audio = input.take_at_most(self.input_audio - cached_audio);
        let image = input.take_at_most(if pricing.is_image_model {
            self.input_image
        } else {
            0
        });
        let mut output = Whole::new(self.output);
        let reasoning = output.take(self.reasoning);
        let output_audio = output.take_at_most(self.output_audio);
        let output_image = output.take_at_most(if pricing.is_image_model {
            self.output_image
        } else {
            0
        });

        let mut buckets = Buckets {
            input_cache_creation: not_zero(cache_write),
            input_audio_tokens: not_zero(audio),
            input_image_tokens: not_zero(image),
            output_reasoning_tokens: not_zero(reasoning),
            output_audio_tokens: not_zero(output_audio),
            output_image_tokens: not_zero(output_image),
            ..Buckets::default()
        };
        if pricing.is_audio_model {
            let cached_audio = cached_audio.min(cache_read);
            buckets.input_text_tokens = input.rest();
            buckets.input_cached_text_tokens = not_zero(cache_read - cached_audio);
            buckets.input_cached_audio_tokens = not_zero(cached_audio);
            buckets.output_text_tokens = output.rest();
        } else {
            buckets.input = input.rest();
            buckets.input_cached_tokens = not_zero(cache_read);
            buckets.output = output.rest();
        }
        let parts = cache_read + cache_write + audio + image;
        let parts = parts + reasoning + output_audio + output_image;
        let sum = input.left + output.left + parts;
        buckets.total = match (self.input, self.output) {
            (Some(_), Some(_)) => sum,
            _ => self.total.unwrap_or_default().max(sum),
        };
        buckets
    }
}

/// A count from which buckets are taken.
#[derive(Clone, Copy, Debug)]
struct Whole {
    is_known: bool,
    left: u64,
}

impl Whole {
    fn new(count: Option<u64>) -> Self {
        Self {
            is_known: count.is_some(),
            left: count.unwrap_or_default(),
        }
    }

    /// A part of it. Instrumentations that count exclusively have parts that are larger than the whole.
    fn take(&mut self, part: u64) -> u64 {
        self.left = self.left.saturating_sub(part);
        part
    }

    /// A part that may overlap with those taken before.
    fn take_at_most(&mut self, part: u64) -> u64 {
        let part = if self.is_known {
            part.min(self.left)
        } else {
            part
        };
        self.take(part)
    }

    fn rest(self) -> Option<u64> {
        self.is_known.then_some(self.left)
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
